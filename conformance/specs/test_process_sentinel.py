"""Process.sentinel: a handle that becomes ready when the process ends."""

import select

from conformance.gates import Gate
from conformance.requirement import requirement
from conformance.specs.aids import patience, running
from conformance.specs.deeds import hold, nothing


@requirement("process.sentinel.int")
def test_sentinel_is_an_integer(mp):
    """After start() the sentinel is a handle of the system, a number."""
    child = mp.Process(target=nothing)
    child.start()
    assert int is type(child.sentinel), "type of the sentinel"
    child.join()


@requirement("process.sentinel.before-start")
def test_sentinel_before_start_is_refused(mp):
    """There is nothing to wait for before start()."""
    with mp.raises(ValueError):
        mp.Process(target=nothing).sentinel


@requirement("process.sentinel.ready-on-end")
def test_sentinel_becomes_ready_when_the_child_ends(mp):
    """connection.wait finds the sentinel ready once the child has ended, and not before."""
    wait, gate = mp.module("connection").wait, Gate()
    with running(mp, hold, args=(gate,)) as child:
        before = wait([child.sentinel], 0)
        gate.open()
        after = wait([child.sentinel], patience())
        assert ([], [child.sentinel]) == (before, after), "what was ready before and after the end"


@requirement("process.sentinel.stays-ready")
def test_sentinel_stays_ready_after_join(mp):
    """The sentinel of a joined process is still there, and ready."""
    child = mp.Process(target=nothing)
    child.start()
    child.join()
    # Not at once: a server that reports the exit code may close its end of a pipe a moment later.
    ready = mp.module("connection").wait([child.sentinel], patience())
    assert [child.sentinel] == ready, "what is ready after join()"


@requirement("process.sentinel.selectable")
def test_sentinel_can_be_selected(mp):
    """On POSIX the sentinel is a descriptor that select() takes."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        before = select.select([child.sentinel], [], [], 0)[0]
        gate.open()
        after = select.select([child.sentinel], [], [], patience())[0]
        assert ([], [child.sentinel]) == (before, after), "what was readable before and after the end"


@requirement("process.sentinel.handle")
def test_sentinel_on_windows_is_a_handle(mp):
    """The system's own functions wait for it."""
    kernel, timed_out = __import__("ctypes").windll.kernel32, 0x102
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        before = kernel.WaitForSingleObject(child.sentinel, 0)
        gate.open()
        after = kernel.WaitForSingleObject(child.sentinel, int(patience() * 1000))
        assert (timed_out, 0) == (before, after), "what waiting for it gave before and after the end"


@requirement("process.sentinel.closed", needs=("Process.close",))
def test_sentinel_after_close_is_refused(mp):
    """A closed Process has none."""
    child = mp.Process(target=nothing)
    child.start()
    child.join()
    child.close()
    with mp.raises(ValueError):
        child.sentinel


@requirement("process.sentinel.ready-before-reap")
def test_sentinel_ready_means_that_join_finds_the_exitcode(mp):
    """Who waits for the sentinel and then joins always has the exit code."""
    children = [mp.Process(target=nothing) for _ in range(3)]
    for child in children:
        child.start()
    exitcodes = []
    for child in children:
        mp.module("connection").wait([child.sentinel], patience())
        child.join()
        exitcodes.append(child.exitcode)
    assert [0, 0, 0] == exitcodes, "exitcodes after wait() and join()"
