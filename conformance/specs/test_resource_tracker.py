"""The resource tracker: who starts it, who shares it, and what happens when it has died."""

import os
import signal
import warnings

from conformance.clocks import eventually
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import open_descriptors, running
from conformance.specs.deeds import answer_of_child, exitcode_of, nothing
from conformance.specs.kin import exists, is_running, trackers_of
from conformance.specs.rivals import all_at_once


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
    with mp.Lock():
        mp.module("resource_tracker").ensure_running()
        return trackers_of(os.getpid())


@requirement("resource-tracker.shared")
def test_resource_tracker_is_shared_with_children(mp):
    """A child that makes a lock uses the tracker of its parent."""
    running_tracker(mp)
    assert [] == answer_of_child(mp, trackers_of_locker, mp), "trackers that the child started"


def running_tracker(mp):
    mp.module("resource_tracker").ensure_running()
    return eventually(lambda: trackers_of(os.getpid()), "the start of a tracker")[0]


@requirement("resource-tracker.one", methods=("spawn",))
def test_resource_tracker_is_started_once_by_any_number_of_threads(mp):
    """Threads that need a tracker at the same time get the same."""
    all_at_once(mp.module("resource_tracker").ensure_running)
    tracker = running_tracker(mp)
    eventually(lambda: trackers_of(os.getpid()) == [tracker], "that there is one tracker")


@requirement("resource-tracker.one")
def test_resource_tracker_is_started_once_for_all_children(mp):
    """Children that follow need no other."""
    for _ in range(2):
        exitcode_of(mp, nothing)
    assert 1 == len(trackers_of(os.getpid())), "number of trackers"


@requirement("resource-tracker.signal-mask", methods=("spawn",))
def test_resource_tracker_start_leaves_no_signal_blocked(mp):
    """Signals that the tracker is shielded from while it begins are not blocked here afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    running_tracker(mp)
    assert before == signal.pthread_sigmask(signal.SIG_BLOCK, ()), "blocked signals"


@requirement("resource-tracker.signal-mask-kept", methods=("spawn",))
def test_resource_tracker_start_leaves_blocked_what_was(mp):
    """A program that blocks SIGINT or SIGTERM goes on doing so."""
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    running_tracker(mp)
    assert before == signal.pthread_sigmask(signal.SIG_BLOCK, ()), "blocked signals"


def kill_tracker(pid):
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not is_running(pid), "the end of the tracker")


@requirement("resource-tracker.relaunch", methods=("spawn",))
def test_resource_tracker_is_started_again_after_its_death(mp):
    """Who finds the tracker dead reaps it, closes what led to it, starts another, and warns."""
    tracker = running_tracker(mp)
    descriptors = open_descriptors()
    kill_tracker(tracker)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert tracker != running_tracker(mp), "the new tracker is the dead one"
    assert [UserWarning] == [warning.category for warning in caught], "categories of the warnings"
    assert not exists(tracker), "the dead tracker has not been reaped"
    assert descriptors == open_descriptors(), "open descriptors"


@requirement("resource-tracker.relaunch", methods=("spawn",))
def test_resource_tracker_that_somebody_else_reaped_is_started_again(mp):
    """The program may have waited for the dead tracker as for any child."""
    tracker = running_tracker(mp)
    kill_tracker(tracker)
    os.waitpid(tracker, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert tracker != running_tracker(mp), "the new tracker is the dead one"


def wait_and_lock(mp, box, gate):
    box.post("ready")
    gate.wait()
    warnings.simplefilter("ignore")
    with mp.Lock():
        running_tracker(mp)
    box.post("locked")


@requirement("resource-tracker.relaunch")
def test_resource_tracker_of_the_parent_is_replaced_by_a_child(mp):
    """A child that finds its parent's tracker dead starts one of its own."""
    tracker = running_tracker(mp)
    box, gate = Mailbox(), Gate()
    with running(mp, wait_and_lock, args=(mp, box, gate)) as child:
        box.wait()
        kill_tracker(tracker)
        gate.open()
        assert ["ready", "locked"] == box.wait(2), "what the child posted"
    assert 0 == child.exitcode, "exitcode"


@requirement("resource-tracker.long-name", methods=("spawn",))
def test_resource_tracker_refuses_a_name_that_is_too_long(mp):
    """A name that cannot be told to the tracker in one piece is refused; one of 200 characters is not."""
    tracker = mp.module("resource_tracker")
    with mp.misuse(ValueError):
        tracker.register("/" + "x" * 10000, "semaphore")
    tracker.register("/" + "x" * 200, "semaphore")
    tracker.unregister("/" + "x" * 200, "semaphore")


CLEAN = """
import TARGET as mp
def lock_and_put(queue):
    with mp.get_context("METHOD").Lock():
        queue.put("from the child")
if __name__ == "__main__":
    context = mp.get_context("METHOD")
    lock, queue = context.Lock(), context.Queue()
    child = context.Process(target=lock_and_put, args=(queue,))
    child.start()
    print(queue.get())
    child.join()
"""


@requirement("resource-tracker.no-warning-clean")
def test_resource_tracker_keeps_quiet_after_a_clean_end(mp):
    """A program that ends normally is not warned of anything."""
    done = mp.script(CLEAN, family=True)
    assert ("from the child\n", "") == (done.stdout, done.stderr), "(output, errors)"
