"""Condition.wait_for: to wait, notification after notification, until a predicate is true."""

import threading
import time

from conformance.clocks import eventually, never
from conformance.gates import Gate
from conformance.requirement import requirement
from conformance.specs.aids import LONG, SHORT, TICK, Call, Refusal, jumping_clock, running
from conformance.specs.waiters import enter, notify, tries, wait_for


def notify_in_steps(condition, steps):
    """Notify once for nothing, and once after opening the gate that the waiter's predicate looks at."""
    first, second, truth = steps
    for gate in (first, second):
        gate.wait()
        with condition:
            if gate is second:
                truth.open()
            condition.notify()


@requirement("condition.wait-for.true")
def test_condition_wait_for_a_true_predicate_does_not_wait(mp):
    """wait_for gives the predicate's own true value at once, with the lock kept, whatever the timeout."""
    condition = mp.Condition()
    for timeout in (None, LONG, 0, -1):
        assert ["true"] == Call(wait_for, condition, lambda: ["true"], timeout).result(), "what wait_for() returned"
    with condition:
        condition.wait_for(lambda: True)
        assert False is tries(condition), "another thread's acquire(False) after wait_for()"


@requirement("condition.wait-for.loop")
def test_condition_wait_for_waits_until_the_predicate_is_true(mp):
    """wait_for goes on waiting after a notification that changed nothing, and gives the value at last."""
    condition, steps, looks = mp.Condition(), [Gate(), Gate(), Gate()], []

    def predicate():
        looks.append("look")
        return ["true"] if steps[2].is_open() else []

    with running(mp, notify_in_steps, args=(condition, steps)):
        call = Call(wait_for, condition, predicate)
        eventually(lambda: looks, "the first look at the predicate")
        enter(condition)  # Only once it waits can another take the lock.
        condition.release()
        steps[0].open()
        eventually(lambda: len(looks) > 1, "the look after the first notification")
        never(call.returned, "the return of wait_for() with the predicate false")
        steps[1].open()
        assert ["true"] == call.result(), "what wait_for() returned"


@requirement("condition.wait-for.timeout")
def test_condition_wait_for_gives_the_false_value_after_its_timeout(mp):
    """wait_for with a timeout gives the predicate's last value after that time, not before."""
    condition = mp.Condition()
    call = Call(wait_for, condition, list, SHORT)
    assert [] == call.result(), "what wait_for() returned"
    assert SHORT - TICK <= call.seconds, "seconds that wait_for(timeout) took"
    for timeout in (0, -LONG):
        assert [] == Call(wait_for, condition, list, timeout).result(), f"wait_for(timeout={timeout})"


@requirement("condition.wait-for.looks")
def test_condition_wait_for_looks_seldom_when_nobody_notifies(mp):
    """It does not ask its predicate over and over: neither while it waits, nor when its time is over."""
    looks = []
    assert None is Call(wait_for, mp.Condition(), lambda: looks.append("look"), SHORT).result(), "what wait_for() gave"
    assert 10 >= len(looks), "looks at a predicate for which nobody notified"


@requirement("condition.wait-for.timeout")
def test_condition_wait_for_timeout_ignores_the_wall_clock(mp):
    """A system clock that is put forward does not cut wait_for(timeout=t) short."""
    condition = mp.Condition()
    with jumping_clock():
        call = Call(wait_for, condition, list, SHORT)
        assert [] == call.result(), "what wait_for() returned"
    assert SHORT - TICK <= call.seconds, "seconds that wait_for(timeout) took"


@requirement("condition.wait-for.timeout")
def test_condition_wait_for_times_out_however_often_it_is_notified(mp):
    """Notifications that change nothing do not prolong wait_for(timeout=t)."""
    condition = mp.Condition()
    call = Call(wait_for, condition, list, SHORT)

    def notify_and_look():
        notify(condition)
        return call.returned()

    eventually(notify_and_look, "the end of wait_for(timeout) among notifications")
    assert [] == call.result(), "what wait_for() returned"
    assert SHORT - TICK <= call.seconds, "seconds that wait_for(timeout) took"


def ends_first(condition, timeout):
    """Whether wait_for(timeout), notified until shortly before its time is over, ends before half of it has passed."""
    alarm, start = threading.Event(), time.monotonic()
    call, control = Call(wait_for, condition, list, timeout), Call(alarm.wait, 1.5 * timeout)
    while time.monotonic() < start + 0.9 * timeout:
        notify(condition)
    eventually(lambda: call.returned() or control.returned(), "the end of wait_for(timeout), or of half its time more")
    first = not control.returned()
    call.result()
    return first


@requirement("condition.wait-for.timeout")
def test_condition_wait_for_counts_its_time_from_the_call(mp):
    """A notification does not let the time begin anew: what is waited for afterwards is what was left of it."""
    condition = mp.Condition()
    # On a busy machine one try, or another, may be late.
    timeouts = (SHORT * 2**number for number in range(6))
    assert any(ends_first(condition, timeout) for timeout in timeouts), "whether it ended in time, once in six tries"


@requirement("condition.wait-for.timeout")
def test_condition_wait_for_looks_once_more_when_its_time_is_over(mp):
    """A predicate that came true meanwhile counts, though nobody notified."""
    condition, start = mp.Condition(), time.monotonic()
    call = Call(wait_for, condition, lambda: ["true"] * (time.monotonic() > start + SHORT / 2), SHORT)
    assert ["true"] == call.result(), "what wait_for() returned"


def looking(condition, answer):
    """A predicate that calls `answer(n)` for its nth look, and the list of what tries of the lock gave meanwhile."""
    looks = []

    def predicate():
        looks.append(tries(condition))
        return answer(len(looks))

    return predicate, looks


def notify_until(call, condition):
    """Notify again and again, until `call` has returned; what it gives."""

    def notify_and_look():
        notify(condition)
        return call.returned()

    eventually(notify_and_look, "the end of wait_for() among notifications")
    return call.result()


@requirement("condition.wait-for.looks")
def test_condition_wait_for_looks_with_the_lock_and_no_more_than_it_must(mp):
    """The predicate is asked with the lock held, and not again once it was true, at the first look or a later one."""
    condition = mp.Condition()
    for number in (1, 3):
        for timeout in (None, LONG):
            predicate, looks = looking(condition, lambda look, number=number: f"look {look}" * (look == number))
            call = Call(wait_for, condition, predicate, timeout)
            assert f"look {number}" == notify_until(call, condition), f"what wait_for({timeout}) returned"
            assert [False] * number == looks, "another thread's acquire(False) during each look"


@requirement("condition.wait-for.error")
def test_condition_wait_for_lets_an_error_of_the_predicate_pass(mp):
    """What the predicate raises, at the first look or a later one, comes out of wait_for, with the lock held."""
    condition = mp.Condition()

    def wait_for_error(predicate):
        with condition:
            with mp.raises(Refusal):
                condition.wait_for(predicate, LONG)
            return tries(condition)

    for number in (1, 2):
        predicate, looks = looking(condition, lambda look, number=number: refuse_at(look == number))
        taken = notify_until(Call(wait_for_error, predicate), condition)
        assert False is taken, f"another thread's acquire(False) after the error of look {number}"
        assert number == len(looks), "looks at the predicate"
    assert True is tries(condition), "acquire(False) after the block"


def refuse_at(now):
    if now:
        raise Refusal("raised by the predicate")
    return False
