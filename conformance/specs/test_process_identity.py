"""Process: name, pid, authkey, and who is the current and the parent process."""

import os
import pickle

from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import Call, running
from conformance.specs.deeds import answer_of_child, hold, nothing, refusal, report_and_hold, tell

CLASS_NAMES = {"fork": "ForkProcess", "spawn": "SpawnProcess", "forkserver": "ForkServerProcess"}


def current_name(mp):
    return mp.current_process().name


def current_key(mp):
    return bytes(mp.current_process().authkey)


def name_of_grandchild(mp):
    return mp.Process().name


CURRENT = """
import TARGET

class Mine(TARGET.get_context("METHOD").Process):
    def run(self):
        print(TARGET.current_process() is self)

if __name__ == "__main__":
    mine = Mine()
    mine.start()
    mine.join()
"""


@requirement("process.name.default-format")
def test_process_name_counts_children_and_grandchildren(mp):
    """Default names end in the ordinals of the children on the way down: -1 and -2, then -1:1 for a child's child."""
    names = [mp.Process().name, mp.Process().name]
    box = Mailbox()
    third = mp.Process(target=tell, args=(box, name_of_grandchild, mp))
    third.start()
    third.join()
    ordinals = [name.rpartition("-")[2] for name in [*names, third.name, box.first(patience=0)]]
    assert ["1", "2", "3", "3:1"] == ordinals, "what follows the last hyphen of the names"


@requirement("process.name.default-classname")
def test_process_name_begins_with_that_of_the_class(mp):
    """The leading part of a default name is the name of the class: the context's, the package's or a subclass's."""

    class Mine(mp.Process):
        pass

    names = [kind().name.partition("-")[0] for kind in (mp.context.Process, mp.package.Process, Mine)]
    assert [CLASS_NAMES[mp.method], "Process", "Mine"] == names, "what precedes the hyphen of the names"


@requirement("process.name.explicit")
def test_process_name_given_is_seen_in_the_child(mp):
    """A name given to the constructor stays, and the child goes by it."""
    box = Mailbox()
    child = mp.Process(target=tell, args=(box, current_name, mp), name="worker of note")
    child.start()
    child.join()
    assert ["worker of note"] * 2 == [child.name, box.first(patience=0)], "name here, and in the child"


@requirement("process.name.settable")
def test_process_name_can_be_changed_before_start(mp):
    """A name assigned before start() is the child's."""
    box = Mailbox()
    child = mp.Process(target=tell, args=(box, current_name, mp), name="before")
    child.name = "after"
    child.start()
    child.join()
    assert ["after"] * 2 == [child.name, box.first(patience=0)], "name here, and in the child"


@requirement("process.name.after-start")
def test_process_name_can_be_changed_after_start(mp):
    """To its parent a process has whatever name the parent gives it, at any time."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        child.name = "running"
        names = [child.name]
        gate.open()
    child.name = "ended"
    assert ["running", "ended"] == [*names, child.name], "names assigned while it ran, and when it had ended"


@requirement("process.name.duplicates")
def test_process_name_need_not_be_unique(mp):
    """Two processes of the same name run side by side."""
    box = Mailbox()
    twins = [mp.Process(target=tell, args=(box, current_name, mp), name="twin") for _ in range(2)]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join()
    assert ["twin", "twin"] == box.letters(), "names that the two reported"


@requirement("process.name.setter-type")
def test_process_name_must_be_text(mp):
    """Only a string may be assigned to name."""
    child = mp.Process(name="kept")
    with mp.misuse(AssertionError):
        child.name = 7
    assert "kept" == child.name, "name after the refused assignment"


@requirement("process.name.empty-means-default")
def test_process_name_empty_means_the_default(mp):
    """An empty name given to the constructor is none."""
    assert mp.Process.__name__ + "-1" == mp.Process(name="").name, "name of Process(name='')"


@requirement("process.pid.before-start")
def test_process_pid_is_none_before_start(mp):
    """There is no pid before there is a process."""
    assert None is mp.Process(target=nothing).pid, "pid before start()"


@requirement("process.pid.after-start")
def test_process_pid_is_the_childs_own(mp):
    """After start() pid is what the child gets from os.getpid()."""
    box, gate = Mailbox(), Gate()
    with running(mp, report_and_hold, args=(box, gate)) as child:
        pid = child.pid
        gate.open()
    assert box.first(patience=0) == pid, "pid while the child runs, and what it reported"


@requirement("process.pid.after-end")
def test_process_pid_stays_after_the_end(mp):
    """A joined process keeps its pid."""
    box = Mailbox()
    child = mp.Process(target=tell, args=(box, os.getpid))
    child.start()
    child.join()
    assert box.first(patience=0) == child.pid, "pid after join(), and what the child reported"


@requirement("process.ident.alias")
def test_process_ident_is_the_pid(mp):
    """As threads have an ident, so have processes: it is the pid at every stage."""
    gate = Gate()
    child = mp.Process(target=hold, args=(gate,))
    pairs = [(child.ident, child.pid)]
    child.start()
    pairs.append((child.ident, child.pid))
    gate.open()
    child.join()
    pairs.append((child.ident, child.pid))
    pid = child.pid
    assert [(None, None), (pid, pid), (pid, pid)] == pairs, "(ident, pid) before, during and after the run"


def own_pid(mp):
    current = mp.current_process()
    return current.ident, current.pid, os.getpid()


@requirement("process.ident.alias")
def test_process_pid_of_the_current_process_is_its_own(mp):
    """In a child the object that runs knows its pid too, by both names."""
    ident, pid, real = answer_of_child(mp, own_pid, mp)
    assert (real, real) == (ident, pid), "(ident, pid) of the current process in a child"


@requirement("process.authkey.random")
def test_process_authkey_differs_between_runs(mp):
    """Each main process makes up a key of its own."""
    done = mp.script("import TARGET\nprint(TARGET.current_process().authkey.hex())\n", form="command")
    assert 0 == done.returncode, done
    assert current_key(mp).hex() != done.stdout.strip(), "keys of two interpreters"


@requirement("process.authkey.inherited")
def test_process_authkey_is_inherited(mp):
    """A new Process has its creator's key, and so has the child."""
    mp.current_process().authkey = b"the key of the creator"
    box = Mailbox()
    child = mp.Process(target=tell, args=(box, current_key, mp))
    child.start()
    child.join()
    keys = [bytes(child.authkey), box.first(patience=0)]
    assert [b"the key of the creator"] * 2 == keys, "keys of the object and of the child"


@requirement("process.authkey.settable")
def test_process_authkey_can_be_set_before_start(mp):
    """The child has the key that was assigned to its Process."""
    box = Mailbox()
    child = mp.Process(target=tell, args=(box, current_key, mp))
    child.authkey = b"another key"
    child.start()
    child.join()
    keys = [bytes(child.authkey), box.first(patience=0)]
    assert [b"another key"] * 2 == keys, "keys of the object and of the child"


@requirement("process.authkey.bytes-subclass")
def test_process_authkey_is_32_bytes(mp):
    """The key that a main process makes up is of type bytes and 32 long."""
    key = mp.current_process().authkey
    assert (True, 32) == (isinstance(key, bytes), len(key)), "(is it of type bytes, length)"


@requirement("process.authkey.unpicklable")
def test_process_authkey_cannot_be_pickled(mp):
    """The key must not get out by accident: it can be pickled for a child only."""
    with mp.raises(TypeError):
        pickle.dumps(mp.current_process().authkey)


def refusal_of_own_key(mp):
    return refusal(mp, TypeError, pickle.dumps, mp.current_process().authkey)


@requirement("process.authkey.unpicklable")
def test_process_authkey_that_was_assigned_cannot_be_pickled(mp):
    """Neither can a key that the program has chosen, nor the same key in the child."""
    box = Mailbox()
    child = mp.Process(target=tell, args=(box, refusal_of_own_key, mp))
    child.authkey = b"a chosen key"
    with mp.raises(TypeError):
        pickle.dumps(child.authkey)
    child.start()
    child.join()
    assert "TypeError" == box.first(patience=0), "pickling the key in the child"


@requirement("process.authkey.setter-type")
def test_process_authkey_must_be_bytes(mp):
    """Text is no key, and leaves the one that there is."""
    child = mp.Process(target=nothing)
    key = bytes(child.authkey)
    with mp.misuse(TypeError):
        child.authkey = "text"
    assert key == bytes(child.authkey), "key after the refused assignment"


@requirement("process.pickle-refused")
def test_process_object_cannot_be_pickled(mp):
    """A Process can be pickled for its child only."""
    with mp.raises(TypeError):
        pickle.dumps(mp.Process(target=nothing))


@requirement("process.current.main")
def test_current_process_of_the_main_process(mp):
    """The main process is called MainProcess and has this process's pid."""
    current = mp.current_process()
    assert ("MainProcess", os.getpid()) == (current.name, current.pid), "(name, pid) of the current process"


@requirement("process.current.child")
def test_current_process_in_a_child_is_the_object_that_runs(mp):
    """In run() self and current_process() are one object."""
    done = mp.script(CURRENT)
    assert "True\n" == done.stdout, done


def names_by_thread(mp):
    return [current_name(mp), Call(current_name, mp).result(), Call(current_name, mp).result()]


@requirement("process.current.threads")
def test_current_process_is_the_same_in_all_threads(mp):
    """In a child every thread has the child for its current process."""
    box = Mailbox()
    child = mp.Process(target=tell, args=(box, names_by_thread, mp), name="child")
    child.start()
    child.join()
    assert ["child"] * 3 == box.first(patience=0), "current_process().name in the main thread and in two others"


@requirement("process.current.main-close", needs=("Process.close",))
def test_current_process_of_the_main_process_is_not_closed_by_close(mp):
    """close() on the main process's object does nothing."""
    current = mp.current_process()
    assert None is current.close(), "what close() returned"
    assert True is current.is_alive(), "is_alive() after close()"


@requirement("process.current.exitcode-none")
def test_current_process_has_no_exitcode(mp):
    """A process that asks for its own exit code has none yet."""
    assert None is mp.current_process().exitcode, "exitcode of the current process"


def parent_identity(mp):
    parent = mp.parent_process()
    assert parent.ident == parent.pid, "ident and pid of the parent"
    return parent.pid, parent.name


def parent_of_grandchild(mp):
    return answer_of_child(mp, parent_identity, mp), (os.getpid(), mp.current_process().name)


def parent_state(mp):
    parent = mp.parent_process()
    return parent.exitcode, parent.daemon


@requirement("process.parent.main-none", needs=("parent_process",))
def test_parent_process_of_the_main_process_is_none(mp):
    """A process that nobody started by this package has no parent process."""
    assert None is mp.parent_process(), "parent_process() in the main process"


@requirement("process.parent.child-pid", needs=("parent_process",))
def test_parent_process_is_the_one_that_called_start(mp):
    """A child knows pid and name of its starter, and not those of a server in between."""
    assert (os.getpid(), "MainProcess") == answer_of_child(mp, parent_identity, mp), "(pid, name) of the parent"


@requirement("process.parent.child-pid", needs=("parent_process",))
def test_parent_process_of_a_grandchild_is_the_child(mp):
    """One level further down it is the child that is the parent."""
    seen, real = answer_of_child(mp, parent_of_grandchild, mp)
    assert real == seen, "(pid, name) of the parent that a grandchild sees"


@requirement("process.parent.exitcode-none", needs=("parent_process",))
def test_parent_process_has_no_exitcode_and_is_not_daemonic(mp):
    """What a child cannot know of its parent is None and False, though it be daemonic itself."""
    box = Mailbox()
    child = mp.Process(target=tell, args=(box, parent_state, mp), daemon=True)
    child.start()
    child.join()
    assert (None, False) == box.first(patience=0), "(exitcode, daemon) of the parent"
