"""What a forked child finds renewed: hooks that run in it, locks that are free, thread-local data that is empty."""

import copy as copying
import pickle
import threading

from conformance.clocks import never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import Call, Refusal, after_collection, refuse, running
from conformance.specs.deeds import answer_of_child, hold, tell


class Notes:
    """Keeps what hooks tell of themselves."""

    def __init__(self):
        self.words = []

    def note(self, word):
        """Note a word."""
        self.words.append(word)


@requirement("util.register-after-fork")
def test_after_fork_hooks_run_in_the_child_in_order(mp):
    """Each is called with its object, in the order of registration, several for one object; none in the parent."""
    first, second, log = Notes(), Notes(), []
    register = mp.module("util").register_after_fork
    register(second, lambda notes: log.append((notes is second, "one")))
    register(first, lambda notes: log.append((notes is first, "two")))
    register(second, lambda notes: log.append((notes is second, "three")))
    assert [(True, "one"), (True, "two"), (True, "three")] == answer_of_child(mp, lambda: log), "calls in the child"
    assert [] == log, "calls in the parent"


def log_of_child(mp, log):
    return answer_of_child(mp, lambda: log)


@requirement("util.register-after-fork")
def test_after_fork_hooks_run_in_grandchildren_too(mp):
    """They hold for the children of children."""
    notes = Notes()
    mp.module("util").register_after_fork(notes, lambda notes: notes.note("run"))
    assert ["run", "run"] == answer_of_child(mp, log_of_child, mp, notes.words), "calls in child and grandchild"


@requirement("util.register-after-fork")
def test_after_fork_hooks_of_dead_objects_do_not_run(mp):
    """A hook does not keep its object alive, and ends with it."""
    notes, log = Notes(), []
    mp.module("util").register_after_fork(notes, lambda notes: log.append("run"))
    del notes
    after_collection(lambda: [] == answer_of_child(mp, lambda: log), "the end of the hook")


@requirement("util.register-after-fork")
def test_after_fork_hook_that_fails_does_not_stop_the_others(mp):
    """The error is not the child's."""
    notes, log = Notes(), []
    mp.module("util").register_after_fork(notes, lambda notes: refuse())
    mp.module("util").register_after_fork(notes, lambda notes: log.append("run"))
    assert ["run"] == answer_of_child(mp, lambda: log), "calls in the child"


def family(mp):
    return mp.current_process().name, mp.parent_process().name, len(mp.active_children())


@requirement("util.register-after-fork.child", needs=("parent_process",))
def test_after_fork_hooks_find_the_child_in_place(mp):
    """They may ask whom they run for: the current process is the child, its parent known, its siblings none of its."""
    notes, log, box, gate = Notes(), [], Mailbox(), Gate()
    with running(mp, hold, args=(gate,)):
        mp.module("util").register_after_fork(notes, lambda notes: log.append(family(mp)))
        child = mp.Process(target=tell, args=(box, lambda: log), name="child")
        child.start()
        child.join()
        gate.open()
    expected = [("child", mp.current_process().name, 0)]
    assert expected == box.first(patience=0), "(name of current process and of its parent, number of its children)"


@requirement("util.fork-aware-lock")
def test_fork_aware_lock_held_by_the_parent_is_free_in_the_child(mp):
    """The child can take it, whoever held it at the fork; in the parent it stays taken."""
    lock = mp.module("util").ForkAwareThreadLock()
    lock.acquire()
    assert [True, False] == answer_of_child(mp, lambda: [lock.acquire(False), lock.acquire(False)]), "in the child"
    assert False is lock.acquire(False), "what a second acquire(False) gave in the parent"
    lock.release()
    assert True is lock.acquire(False), "what acquire(False) gave after release()"


def enter_and_leave(lock):
    with lock:
        pass


@requirement("util.fork-aware-lock.with")
def test_fork_aware_lock_can_be_held_by_a_with_block(mp):
    """The block waits for it, holds it, and lets go of it, also by an exception, which gets out."""
    lock = mp.module("util").ForkAwareThreadLock()
    with lock:
        assert False is lock.acquire(False), "what acquire(False) gave in the block"
        waiting = Call(enter_and_leave, lock)
        never(waiting.returned, "the end of a block that another thread's should wait for", glance=0.05)
    waiting.result()
    assert True is lock.acquire(False), "what acquire(False) gave after the block"
    lock.release()
    with mp.raises(Refusal), lock:
        refuse()
    assert True is lock.acquire(False), "what acquire(False) gave after a block that raised"


@requirement("util.fork-aware-local")
def test_fork_aware_local_is_empty_in_the_child(mp):
    """What the parent's thread kept in it stays with the parent."""
    local = mp.module("util").ForkAwareLocal()
    local.word = "of the parent"
    assert {} == answer_of_child(mp, lambda: dict(vars(local))), "attributes in the child"
    assert "of the parent" == local.word, "the attribute in the parent afterwards"


@requirement("util.fork-aware-local.threads")
def test_fork_aware_local_has_attributes_for_each_thread(mp):
    """A thread does not see what another keeps in it, and it is pickled empty."""
    local, seen = mp.module("util").ForkAwareLocal(), []
    local.word = "of the main thread"
    thread = threading.Thread(target=lambda: seen.append(hasattr(local, "word")))
    thread.start()
    thread.join()
    copy = pickle.loads(pickle.dumps(local))
    seen += [hasattr(copy, "word"), type(copy) is type(local)]
    assert [False, False, True] == seen, "(seen by the thread, by a pickled copy; whether that is of the same class)"

    class Special(type(local)):
        pass

    assert Special is type(copying.copy(Special())), "class of a copy of an object of a subclass"
