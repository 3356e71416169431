"""Process.close: giving back what a finished process holds, and what it costs to have many."""

import gc
import os

from conformance.clocks import eventually
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import Call, after_collection, open_descriptors, running
from conformance.specs.deeds import hold, nothing, report_and_hold, tell
from conformance.specs.kin import children_of


def started(mp, target=nothing, *args):
    child = mp.Process(target=target, args=args)
    child.start()
    return child


@requirement("process.close.running", needs=("Process.close",))
def test_close_of_a_running_process_is_refused(mp):
    """A running process is not closed, and can still be joined."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        with mp.raises(ValueError):
            Call(child.close).result()
        gate.open()
        child.join()
        assert 0 == child.exitcode, "exitcode after the refused close()"


@requirement("process.close.after-end", needs=("Process.close",))
def test_close_makes_the_object_useless(mp):
    """After close() neither state nor methods are to be had."""
    child = started(mp)
    child.join()
    child.close()
    for name in ("exitcode", "pid", "ident", "sentinel"):
        with mp.raises(ValueError):
            getattr(child, name)
    for name in ("join", "is_alive", "start", "terminate"):
        with mp.raises(ValueError):
            getattr(child, name)()


@requirement("process.close.after-end", needs=("Process.close",))
def test_close_finds_the_end_by_itself(mp):
    """A child that has ended may be closed although nobody asked for its end before."""
    child = started(mp)

    def is_closed():
        try:
            child.close()
        except ValueError:
            return False
        return True

    eventually(is_closed, "the acceptance of close()")


@requirement("process.close.twice", needs=("Process.close",))
def test_close_may_be_repeated(mp):
    """Closing what is closed does nothing."""
    child = started(mp)
    child.join()
    assert [None, None] == [child.close(), child.close()], "what close() returned"


@requirement("process.close.unstarted", needs=("Process.close",))
def test_close_of_an_unstarted_process_is_final(mp):
    """A process that was closed before its start will never start."""
    child = mp.Process(target=nothing)
    child.close()
    with mp.raises(ValueError):
        child.start()


@requirement("process.close.name-still-readable", needs=("Process.close",))
def test_close_leaves_name_daemon_authkey_and_repr(mp):
    """What the system does not hold stays readable."""
    child = mp.Process(target=nothing, name="shut", daemon=True)
    key = bytes(child.authkey)
    child.start()
    child.join()
    child.close()
    assert ("shut", True, key) == (child.name, child.daemon, bytes(child.authkey)), "(name, daemon, authkey)"
    assert "shut" in repr(child), repr(child)


@requirement("process.close.releases-fds", needs=("Process.close",))
def test_close_frees_the_descriptors(mp):
    """A closed process holds no descriptor, although the object lives."""
    # The first start may leave descriptors that are held for all that follow.
    children = [started(mp)]
    children[0].join()
    children[0].close()
    before = open_descriptors()
    children.append(started(mp))
    children[1].join()
    children[1].close()
    assert before == open_descriptors(), "descriptors after a second process was closed"


@requirement("process.close.removes-from-active", needs=("Process.close",))
def test_close_ends_membership_of_active_children(mp):
    """A child that is closed without having been joined is not active any more."""
    child = started(mp)
    # Reading the exit code finds the end, and joins nothing.
    eventually(lambda: child.exitcode is not None, "the end of the child")
    child.close()
    assert [] == mp.active_children(), "active children after the only one was closed"


@requirement("process.garbage-releases-fds")
def test_finished_process_that_is_dropped_frees_its_descriptors(mp):
    """Nobody need close a joined process: that its object dies is enough."""
    started(mp).join()
    gc.collect()
    before = open_descriptors()
    for _ in range(3):
        started(mp).join()
    after_collection(lambda: open_descriptors() <= before, "the freeing of the descriptors of three processes")


@requirement("process.many")
def test_many_processes_run_at_once(mp):
    """Dozens of children live side by side, and each is joined."""
    gate, box = Gate(), Mailbox()
    count = {"spawn": 6}.get(mp.method, 20)
    with running(mp, *[report_and_hold] * count, args=(box, gate)) as children:
        box.wait(count)
        gate.open()
        for child in children:
            child.join()
        assert [0] * count == [child.exitcode for child in children], "exitcodes of all"
    assert sorted(child.pid for child in children) == sorted(box.letters()), "pids, as reported"


@requirement("process.many-sequential", needs=("Process.close",))
def test_many_processes_in_turn_leave_nothing(mp):
    """After any number of children, joined and closed, descriptors and child processes are as many as after one."""
    pair = mp.Pipe()

    def run_one():
        child = started(mp, id, pair)
        child.join()
        child.close()
        return open_descriptors(), len(children_of(os.getpid()))

    first = run_one()
    for _ in range({"spawn": 3}.get(mp.method, 20)):
        last = run_one()
    assert first == last, "(descriptors, child processes) after many"


@requirement("process.fd-inflation", needs=("Process.close",))
def test_many_processes_in_turn_see_the_same_descriptors(mp):
    """A child has no more descriptors than the one before it."""
    box = Mailbox()
    for _ in range(4):
        child = started(mp, tell, box, open_descriptors)
        child.join()
        child.close()
    counts = box.letters()
    assert counts[:1] * 4 == counts, "number of descriptors that each child saw"
