"""The resource tracker: who starts it, what it outlives, what it cleans away, and that it keeps quiet."""

import os
import signal
import warnings

from conformance.clocks import eventually, never
from conformance.requirement import requirement
from conformance.specs.deeds import answer_of_child, exitcode_of, nothing
from conformance.specs.kin import is_running, trackers_of


@requirement("resource-tracker.started-by-spawn")
def test_resource_tracker_is_started_with_the_first_child(mp):
    """A process that starts a child has a tracker."""
    assert 0 == exitcode_of(mp, nothing), "exitcode"
    eventually(lambda: trackers_of(os.getpid()), "the start of a tracker")


@requirement("resource-tracker.not-by-fork")
def test_resource_tracker_is_not_needed_by_fork(mp):
    """Locks and children of a fork context start no tracker."""
    mp.Lock()
    assert 0 == exitcode_of(mp, nothing), "exitcode"
    assert [] == trackers_of(os.getpid()), "trackers"


def trackers_of_locker(mp):
    lock = mp.Lock()
    with lock:
        return trackers_of(os.getpid())


@requirement("resource-tracker.shared")
def test_resource_tracker_is_shared_with_children(mp):
    """A child that makes a lock uses the tracker of its parent."""
    assert [] == answer_of_child(mp, trackers_of_locker, mp), "trackers that the child started"


def running_tracker(mp):
    mp.module("resource_tracker").ensure_running()
    return eventually(lambda: trackers_of(os.getpid()), "the start of a tracker")[0]


@requirement("resource-tracker.survives-signals")
def test_resource_tracker_survives_signals(mp):
    """SIGINT and SIGTERM, which may go to the whole process group, do not end it."""
    tracker = running_tracker(mp)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(tracker, number)
    never(lambda: not is_running(tracker), "the end of the tracker")


@requirement("resource-tracker.relaunch")
def test_resource_tracker_is_started_again_after_its_death(mp):
    """Who finds the tracker dead starts another, and warns."""
    tracker = running_tracker(mp)
    os.kill(tracker, signal.SIGKILL)
    eventually(lambda: not is_running(tracker), "the end of the tracker")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert tracker != running_tracker(mp), "the new tracker is the dead one"
    assert [UserWarning] == [warning.category for warning in caught], "categories of the warnings"


@requirement("resource-tracker.long-name")
def test_resource_tracker_refuses_a_name_that_is_too_long(mp):
    """A name that cannot be told to the tracker in one piece is refused."""
    with mp.misuse(ValueError):
        mp.module("resource_tracker").register("/" + "x" * 10000, "semaphore")


KILLED = """
import os, signal
import TARGET as mp
lock = mp.get_context("METHOD").Lock()
os.kill(os.getpid(), signal.SIGKILL)
"""


@requirement("resource-tracker.leaked-semaphore", methods=("spawn", "forkserver"))
def test_resource_tracker_removes_the_semaphore_of_a_killed_process(mp):
    """The name is unlinked, and a warning counts it."""
    done = mp.script(KILLED, family=True)
    assert -signal.SIGKILL == done.returncode, done
    assert "1 leaked semaphore" in done.stderr, done


CLEAN = """
import TARGET as mp
if __name__ == "__main__":
    context = mp.get_context("METHOD")
    lock, queue = context.Lock(), context.Queue()
    child = context.Process(target=queue.put, args=("from the child",))
    child.start()
    print(queue.get())
    child.join()
"""


@requirement("resource-tracker.no-warning-clean")
def test_resource_tracker_keeps_quiet_after_a_clean_end(mp):
    """A program that ends normally is not warned of anything."""
    done = mp.script(CLEAN, family=True)
    assert ("from the child\n", "") == (done.stdout, done.stderr), "(output, errors)"
