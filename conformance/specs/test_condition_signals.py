"""Condition: waits that signals interrupt."""

import contextlib
import signal
import time

from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, SHORT, TICK, Call, Refusal, after_ticks, alarms, patience, running
from conformance.specs.waiters import notify, release_or_error, tries, wait_once, wait_with

FEW = 5
"""Alarms after which the main thread has come from its last step to the next."""


@contextlib.contextmanager
def handling_alarms(handle):
    """Let `handle()` be called in the main thread, every hundredth of a second, by a signal."""
    previous = signal.signal(signal.SIGALRM, lambda number, frame: handle())
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def notify_when_told(condition, box, gate):
    """With the lock taken, tell so; at the gate notify, and tell that too."""
    assert condition.acquire(True, patience()), "the condition's lock did not come free"
    box.post("entered")
    gate.wait()
    condition.notify()
    condition.release()
    box.post("notified")


@requirement("condition.wait.signals")
def test_condition_wait_goes_on_after_signals(mp):
    """Signals whose handler returns end no wait; its timeout stays, and so does the notification that ends it."""
    condition = mp.Condition()
    with alarms(0.01):
        start = time.monotonic()
        assert False is wait_with(condition, SHORT), "wait(timeout) without notification"
        seconds = time.monotonic() - start
    assert SHORT - TICK <= seconds, "seconds that wait(timeout) took"
    for timeout in (None, LONG):
        with alarms() as ticks:
            notifying = after_ticks(ticks, notify, condition)
            assert True is wait_with(condition, timeout), f"wait({timeout}) while signals arrived"
        assert FEW <= len(ticks), "signals handled before wait() returned"
        notifying.result()


@requirement("condition.wait.signals")
def test_condition_wait_holds_the_lock_when_a_handler_raises(mp):
    """A handler's exception leaves wait with all levels of the lock taken again."""
    condition = mp.Condition()
    condition.acquire()
    condition.acquire()
    with alarms() as ticks:
        with mp.raises(Refusal):
            ticks.fail()
            condition.wait(LONG)
    assert False is tries(condition), "another thread's acquire(False) after wait() was left"
    assert [None, None, "AssertionError"] == [release_or_error(condition) for _ in range(3)], "three releases"
    assert True is tries(condition), "another thread's acquire(False) after the releases"


@requirement("condition.wait.signals")
def test_condition_waiter_that_a_handler_made_leave_swallows_no_notification(mp):
    """Who left wait by an exception waits no longer: the next notification is for another."""
    condition, box = mp.Condition(), Mailbox()
    with condition:
        with alarms() as ticks:
            with mp.raises(Refusal):
                ticks.fail()
                condition.wait(LONG)
    other = Call(wait_once, condition, box)
    box.wait()
    notify(condition)
    other.result()
    assert True is box.letters()[1], "what wait() gave to the other waiter"


@requirement("condition.notify.none-waiting", platforms=["posix"])  # where there are alarms
def test_condition_notification_of_one_who_just_leaves_is_not_kept(mp):
    """A waiter that leaves by an exception, amid a notification, leaves none behind for the next to wait."""
    condition, box, gate, alarmed = mp.Condition(), Mailbox(), Gate(), []

    def leave_amid_notification():
        # The child can have entered only if this thread has given up the lock.
        alarmed.extend(box.letters()[:1])
        if len(alarmed) == FEW:
            gate.open()
            with contextlib.suppress(AssertionError):  # A notifier may wait until its waiter has taken note.
                box.wait(2, patience=0.1)
            raise Refusal("raised by the signal handler")

    with condition:
        with running(mp, notify_when_told, args=(condition, box, gate)):
            with handling_alarms(leave_amid_notification):
                with mp.raises(Refusal):
                    condition.wait(LONG)
        assert False is condition.wait(SHORT), "wait(timeout) after the notification of one who left"
