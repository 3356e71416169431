"""What the manual's programming guidelines warn of, and what they recommend."""

import os
import sys

from conformance.clocks import eventually, never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import BIG, Call, replaced, running
from conformance.specs.deeds import hold, nothing
from conformance.specs.kin import exists, is_running


@requirement("guidelines.deadlock-join-before-get")
def test_guidelines_read_a_queue_before_joining_who_filled_it(mp):
    """A child that has put much does not end before it is read, and then it does."""
    queue = mp.Queue()
    with running(mp, queue.put, args=("x" * BIG,)) as child:
        joining = Call(child.join)
        never(joining.returned, "the return of join() before the item was read")
        assert BIG == len(Call(queue.get).result()), "length of the item"
        joining.result()
        assert 0 == child.exitcode, "exitcode of the child"


def finished_children(mp):
    """Children that have ended and that nobody has joined."""
    children = [mp.Process(target=nothing) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        eventually(lambda pid=child.pid: not is_running(pid), "the end of a child")
    return children


def await_reaping(children):
    # Where a server is the parent, it reaps by itself.
    for child in children:
        eventually(lambda pid=child.pid: not exists(pid), "the reaping of a child", patience=3.0)


@requirement("guidelines.zombies-bounded")
def test_guidelines_no_zombies_remain_when_the_next_child_starts(mp):
    """All children that have ended until then are collected by the next start()."""
    children = finished_children(mp)
    gate = Gate()
    with running(mp, hold, args=(gate,)):
        await_reaping(children)
        gate.open()


@requirement("guidelines.zombies-bounded")
def test_guidelines_no_zombies_remain_after_active_children(mp):
    """All children that have ended until then are collected by active_children()."""
    children = finished_children(mp)
    # A child may show as ended a moment before its status can be had.
    eventually(lambda: [] == mp.active_children(), "the emptying of active_children()")
    await_reaping(children)


def try_and_take(lock, box, gate):
    box.post(lock.acquire(False))
    gate.wait()
    with lock:
        box.post("taken")


@requirement("guidelines.explicit-args-portable")
def test_guidelines_a_lock_passed_as_argument_is_shared(mp):
    """The child's lock is the parent's, under every start method."""
    lock, box, gate = mp.Lock(), Mailbox(), Gate()
    with lock, running(mp, try_and_take, args=(lock, box, gate)) as child:
        refused = box.first()
        lock.release()
        gate.open()
        child.join()
        taken = box.wait(2)[1]
        lock.acquire()
    assert (False, "taken") == (refused, taken), "acquire(False) while the parent had the lock, and later"


GLOBAL_LOCK = """
import TARGET

lock = TARGET.get_context("METHOD").Lock()

def work():
    print(lock.acquire(False))

if __name__ == "__main__":
    lock.acquire()
    child = TARGET.get_context("METHOD").Process(target=work)
    child.start()
    child.join()
"""


@requirement("guidelines.global-lock-not-shared")
def test_guidelines_a_lock_in_a_global_is_not_shared(mp):
    """A child that imports the main module makes a lock of its own."""
    done = mp.script(GLOBAL_LOCK)
    assert "True\n" == done.stdout, done


UNPICKLABLE = """
import TARGET

class Mine(TARGET.get_context("METHOD").Process):
    def __init__(self):
        super().__init__()
        self.attribute = lambda: None

    def run(self):
        print("ran")

if __name__ == "__main__":
    mine = Mine()
    try:
        mine.start()
    except Exception:
        print("refused", mine.pid, TARGET.active_children())
    else:
        mine.join()
"""


@requirement("guidelines.picklable-subclass")
def test_guidelines_attributes_of_a_subclass_must_be_picklable(mp):
    """start() fails in the parent, and there is no child."""
    done = mp.script(UNPICKLABLE)
    assert "refused None []\n" == done.stdout, done


UNIMPORTABLE = """
import TARGET

if __name__ != "__main__":
    raise ImportError("this module cannot be imported")

if __name__ == "__main__":
    child = TARGET.get_context("METHOD").Process(target=print, args=("ran",))
    try:
        child.start()
    except (OSError, EOFError):
        print("refused")
    else:
        child.join()
        print(child.exitcode)
"""


@requirement("guidelines.main-importable")
def test_guidelines_a_main_module_must_be_importable(mp):
    """A child whose import of it fails runs nothing and ends with 1; a server that imports it may not come up."""
    done = mp.script(UNIMPORTABLE)
    answers = ["1\n", "refused\n"] if mp.method == "forkserver" else ["1\n"]
    assert [] != [answer for answer in answers if answer == done.stdout], done
    assert "this module cannot be imported" in done.stderr, done


class Input:
    """A stand-in for sys.stdin that tells who closes it."""

    def __init__(self, box):
        self.box = box

    def close(self):
        self.box.post(os.getpid())


@requirement("guidelines.stdin-replaced")
def test_guidelines_a_replaced_stdin_is_closed_in_each_child(mp):
    """The parent's object is closed once by each child, and not by the parent."""
    box = Mailbox()
    with replaced(sys, "stdin", Input(box)):
        children = [mp.Process(target=nothing) for _ in range(2)]
        for child in children:
            child.start()
        for child in children:
            child.join()
    assert sorted(child.pid for child in children) == sorted(box.letters()), "pids of those who closed it"
