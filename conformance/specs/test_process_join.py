"""Process.join: waiting for the end of a child, with and without a limit."""

import sys
import weakref

from conformance.clocks import eventually, never
from conformance.gates import Gate
from conformance.requirement import requirement
from conformance.specs.aids import LONG, SHORT, TICK, Call, Refusal, after_collection, after_ticks, alarms, running
from conformance.specs.deeds import answer_of_child, hold, nothing, refusal


def refusal_of_joining_itself(mp):
    return refusal(mp, AssertionError, mp.current_process().join)


@requirement("process.join.blocks")
def test_process_join_returns_only_after_the_end(mp):
    """Without a timeout join() waits until the child has terminated."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        joining = Call(child.join)
        never(joining.returned, "the return of join() while the child runs")
        gate.open()
        joining.result()
        assert (False, 0) == (child.is_alive(), child.exitcode), "(is_alive(), exitcode) after join()"


@requirement("process.join.timeout-expires")
def test_process_join_with_a_timeout_gives_up(mp):
    """When the time is over join(timeout) returns, although the child still runs, and not earlier."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        joining = Call(child.join, SHORT)
        joining.result()
        alive = child.is_alive()
        gate.open()
    assert True is alive, "is_alive() after join(timeout) of a child that is held at a gate"
    assert SHORT - TICK <= joining.seconds, "seconds that join(timeout) took"


@requirement("process.join.timeout-expires")
def test_process_join_with_a_timeout_returns_at_the_end(mp):
    """join(timeout) does not sit out its time when the child ends before."""
    child = mp.Process(target=nothing)
    child.start()
    Call(child.join, LONG).result()
    assert (False, 0) == (child.is_alive(), child.exitcode), "(is_alive(), exitcode) after join(timeout)"


@requirement("process.join.interrupted")
def test_process_join_survives_signals(mp):
    """A signal whose handler returns does not end join(), with or without a timeout."""
    for timeout in (None, LONG):
        gate = Gate()
        with running(mp, hold, args=(gate,)) as child, alarms() as ticks:
            opening = after_ticks(ticks, gate.open)
            child.join(timeout)
            assert 0 == child.exitcode, "exitcode after join({}) in the midst of signals".format(timeout)
            opening.result()


@requirement("process.join.interrupted")
def test_process_join_lets_a_signal_handler_raise(mp):
    """What the handler raises ends join(), and the child can be joined again."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        with alarms() as ticks, mp.raises(Refusal):
            ticks.fail()
            child.join()
        alive = child.is_alive()
        gate.open()
        child.join()
        assert (True, 0) == (alive, child.exitcode), "(is_alive() after the interruption, exitcode in the end)"


@requirement("process.join.returns-none")
def test_process_join_returns_none(mp):
    """Nothing tells whether the time ran out: join() returns None in both cases."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        expired = Call(child.join, SHORT).result()
        gate.open()
        assert [None, None] == [expired, child.join()], "what join() returned when time was out, and at the end"


@requirement("process.join.repeat")
def test_process_join_may_be_repeated(mp):
    """A finished child may be joined again and again, with and without a timeout."""
    child = mp.Process(target=nothing)
    child.start()
    returned = [child.join(), child.join(), child.join(LONG), child.join(0)]
    assert ([None] * 4, 0) == (returned, child.exitcode), "what four joins returned, and exitcode"


@requirement("process.join.unstarted")
def test_process_join_before_start_is_refused(mp):
    """There is nothing to wait for before start()."""
    with mp.misuse(AssertionError):
        mp.Process(target=nothing).join()


@requirement("process.join.self")
def test_process_join_of_itself_is_refused(mp):
    """A process that joins its own object gets an error instead of waiting for ever."""
    assert "AssertionError" == answer_of_child(mp, refusal_of_joining_itself, mp), "join() of the current process"


@requirement("process.join.foreign")
def test_process_join_of_somebody_elses_child_is_refused(mp):
    """Only the parent may join a child; a sibling that inherited the object may not."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        answer = answer_of_child(mp, refusal, mp, AssertionError, child.join)
        gate.open()
    assert "AssertionError" == answer, "join() in a sibling"


def poll(mp, timeout):
    """Whether join(timeout) comes back while the child is held; its exitcode by such joins alone once it may end."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        Call(child.join, timeout=timeout).result()
        alive = child.is_alive()
        gate.open()

        def joined():
            child.join(timeout=timeout)
            return child.exitcode is not None

        eventually(joined, "the end of the child")
        return alive, child.exitcode


@requirement("process.join.zero-timeout")
def test_process_join_with_timeout_zero_polls(mp):
    """join(0) does not wait, and collects a child that has ended."""
    assert (True, 0) == poll(mp, 0), "(is_alive() after join(0) of a held child, exitcode after its end)"


@requirement("process.join.negative-timeout")
def test_process_join_with_a_negative_timeout_polls(mp):
    """A negative timeout is as good as zero."""
    assert (True, 0) == poll(mp, -1), "(is_alive() after join(-1) of a held child, exitcode after its end)"


@requirement("process.join.removes-from-active")
def test_process_join_removes_the_child_from_active_children(mp):
    """A child that has been joined is no longer active."""
    child = mp.Process(target=nothing)
    child.start()
    child.join()
    assert [] == mp.active_children(), "active children after the only one has been joined"


@requirement("process.join.removes-from-active")
def test_process_join_that_gave_up_leaves_the_child_active(mp):
    """A child is active until it ends, whatever the number of joins that did not wait for that."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        Call(child.join, 0).result()
        Call(child.join, SHORT).result()
        active = mp.active_children()
        gate.open()
    assert [child] == active, "active children after join(timeout) of a child that is held at a gate"


def end_by_join(child):
    child.join()


def end_by_is_alive(child):
    eventually(lambda: not child.is_alive(), "the end of the child")


def end_by_late_join(child):
    eventually(lambda: child.exitcode is not None, "the end of the child")
    child.join()


def end_by_close(child):
    eventually(lambda: child.exitcode is not None, "the end of the child")
    child.close()


@requirement("process.end-frees-object", needs=("Process.close",))
def test_process_that_is_known_to_have_ended_is_let_go(mp):
    """Once join(), is_alive() or close() knows of the end, an object that the program drops is freed."""
    ways = ((end_by_join, 0), (end_by_join, 3), (end_by_is_alive, 3), (end_by_close, 3), (end_by_late_join, 3))
    for end, code in ways:
        child = mp.Process(target=sys.exit, args=(code,))
        child.start()
        end(child)
        ref = weakref.ref(child)
        del child
        after_collection(lambda ref=ref: ref() is None, "the freeing of a child after " + end.__name__)


@requirement("process.join.closed", needs=("Process.close",))
def test_process_join_after_close_is_refused(mp):
    """A closed Process cannot be joined."""
    child = mp.Process(target=nothing)
    child.close()
    with mp.raises(ValueError):
        child.join()
