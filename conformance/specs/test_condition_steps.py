"""Condition: what others do while a waiter or a notifier is stopped, step by step, amid its call."""

from conformance.requirement import requirement
from conformance.specs.aids import LONG, Call
from conformance.specs.steps import stepping
from conformance.specs.waiters import notify, wait_with


def wait(watch, condition):
    with condition:
        return watch(condition.wait, LONG)


@requirement("condition.wait.atomic")
def test_condition_wait_misses_no_notification(mp):
    """A child that was stopped at any step of wait when another got the lock and notified comes back, with True."""
    condition = mp.Condition()
    with stepping(mp, wait, condition) as child:
        for step in child.steps():
            _, waited = child.meanwhile(notify, condition)
            assert True is waited, f"what wait() returned, stopped at step {step} when it was notified"


def wait_briefly(watch, condition):
    with condition:
        return watch(condition.wait, 0)


@requirement("condition.notify.after-timeouts", methods=("fork",))
def test_condition_that_timed_out_amid_a_notification_wakes_nobody_later(mp):
    """A child that was stopped at any step of a wait that times out when another notified leaves nothing behind."""
    condition = mp.Condition()
    with stepping(mp, wait_briefly, condition) as child:
        for step in child.steps():
            child.meanwhile(notify, condition)
            left = Call(wait_with, condition, 0).result()
            assert False is left, f"wait(0), after another one stopped at step {step} when it was notified"
