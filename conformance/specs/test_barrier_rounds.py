"""Barrier: what happens between one round and the next."""

import gc
import re

from conformance.clocks import eventually
from conformance.gates import Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import SHORT, Call, running

BROKEN = "BrokenBarrierError"


class Leaving(BaseException):
    """What ends a thread, as SystemExit does."""


class Post:
    """An action that posts a letter."""

    def __init__(self, box):
        self.box = box

    def __call__(self):
        self.box.post("action")


def leave():
    raise Leaving


def pass_or_error(barrier):
    """What wait() gives: its value, or the name of the error that it raises."""
    try:
        return barrier.wait()
    except BaseException as error:
        return type(error).__name__


def post_passing(barrier, box, rounds):
    """Pass the barrier again and again, without delay, then tell what wait() gave."""
    box.post([pass_or_error(barrier) for _ in range(rounds)])


def passing(barrier, count):
    """Calls of wait() in `count` threads, all of which have arrived."""
    calls = [Call(pass_or_error, barrier) for _ in range(count)]
    eventually(lambda: barrier.n_waiting == count, f"the arrival of {count} parties")
    return calls


@requirement("barrier.reuse")
def test_barrier_lets_no_party_run_ahead(mp):
    """A party that comes back at once waits until all have left; each round has every number once."""
    barrier, box, rounds = mp.Barrier(3), Mailbox(), 40
    with running(mp, post_passing, post_passing, args=(barrier, box, rounds)):
        Call(post_passing, barrier, box, rounds)
        box.wait(3)
    numbers = [sorted(map(str, passed)) for passed in zip(*box.letters())]
    assert [["0", "1", "2"]] * rounds == numbers, "what wait() gave to the parties, round by round"


@requirement("barrier.reset")
def test_barrier_can_be_reset_as_soon_as_it_is_broken(mp):
    """A reset mends a broken barrier although parties have not yet left it; they get BrokenBarrierError."""
    barrier = mp.Barrier(3)

    def break_and_mend():
        barrier.abort()
        barrier.reset()

    for _ in range(3):
        waiting = passing(barrier, 2)
        Call(break_and_mend).result()
        assert [BROKEN, BROKEN] == [call.result() for call in waiting], "what wait() raised"
        eventually(lambda: not barrier.broken, "mending of the barrier")
        last = [*passing(barrier, 2), Call(pass_or_error, barrier)]
        assert [0, 1, 2] == sorted(call.result() for call in last), "what wait() returned in the next round"


@requirement("barrier.reset.released")
def test_barrier_reset_leaves_those_alone_whom_it_has_released(mp):
    """The last to come resets the barrier as soon as it passes; the others have passed as well."""
    barrier = mp.Barrier(3)

    def pass_and_reset():
        number = barrier.wait()
        barrier.reset()
        return number

    for _ in range(3):
        calls = [*passing(barrier, 2), Call(pass_and_reset)]
        assert ["0", "1", "2"] == sorted(str(call.result()) for call in calls), "what wait() gave"


@requirement("barrier.action-error")
def test_barrier_is_broken_by_whatever_its_action_raises(mp):
    """An exception that is no Exception, as SystemExit, comes out of one wait and breaks the barrier for the other."""
    barrier = mp.Barrier(2, leave)
    calls = [*passing(barrier, 1), Call(pass_or_error, barrier)]
    assert [BROKEN, "Leaving"] == sorted(call.result() for call in calls), "what wait() raised"
    assert True is barrier.broken, "broken"


@requirement("barrier.attributes", needs=("RawArray",))
def test_barrier_is_whole_in_memory_that_was_used_before(mp):
    """A new barrier has no waiting party and is not broken, whatever shared memory held that has been given back."""
    used = [mp.RawArray("i", [-2, 7]) for _ in range(4)]
    del used
    gc.collect()
    barrier = mp.Barrier(2)
    assert (0, False) == (barrier.n_waiting, barrier.broken), "n_waiting, broken of a new barrier"
    calls = [*passing(barrier, 1), Call(pass_or_error, barrier)]
    assert [0, 1] == sorted(call.result() for call in calls), "what wait() returned"


@requirement("barrier.inherit")
def test_barrier_takes_waiting_parties_and_action_along(mp):
    """A child that receives a barrier at which two wait is the third party, and calls the action as the last."""
    box = Mailbox()
    barrier = mp.Barrier(3, Post(box))
    waiting = passing(barrier, 2)
    with running(mp, post_passing, args=(barrier, box, 1)):
        numbers = [call.result() for call in waiting]
    action, passed = box.wait(2)
    assert "action" == action, "what was posted before the child had passed"
    assert ["0", "1", "2"] == sorted(map(str, [*numbers, *passed])), "what wait() gave"


@requirement("barrier.inherit")
def test_barrier_takes_its_timeout_along(mp):
    """In a child that receives a barrier wait() ends after the timeout that the constructor was given."""
    barrier, box = mp.Barrier(2, timeout=SHORT), Mailbox()
    with running(mp, post_passing, args=(barrier, box, 1)):
        assert [BROKEN] == box.first(), "what wait() raised in the child"


@requirement("barrier.repr")
def test_barrier_repr_tells_how_many_wait(mp):
    """repr shows class, address, the parties that wait, or that it is broken."""
    barrier = mp.Barrier(3)
    texts = [repr(barrier)]
    waiting = passing(barrier, 1)
    texts.append(repr(barrier))
    Call(barrier.abort).result()
    waiting[0].result()
    texts.append(repr(barrier))
    for state, text in zip(("waiters=0/3", "waiters=1/3", "broken"), texts):
        assert True is bool(re.fullmatch(rf"<[\w.]+\.Barrier at 0x[0-9a-f]+: {state}>", text)), f"form of {text!r}"
