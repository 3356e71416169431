"""Barrier: a number of parties that wait for each other."""

import pickle
import threading

from conformance.clocks import eventually, never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, SHORT, TICK, Call, Refusal, running

BROKEN = "BrokenBarrierError"


def pass_or_error(barrier, *arguments):
    """What wait() gives: its value, or the name of the error that it raises."""
    try:
        return barrier.wait(*arguments)
    except Exception as error:
        return type(error).__name__


def post_passed(barrier, box):
    box.post(pass_or_error(barrier))


def post_rounds(barrier, box, rounds):
    """Pass the barrier several times, telling each arrival and what wait() gave."""
    for number in range(rounds):
        box.post(("arrived", number))
        box.post(("passed", number, pass_or_error(barrier)))


def post_state(barrier, box, gate):
    box.post((barrier.parties, barrier.n_waiting, barrier.broken))
    gate.wait()
    box.post((barrier.parties, barrier.n_waiting, barrier.broken))


class Post:
    """An action that posts a letter."""

    def __init__(self, box):
        self.box = box

    def __call__(self):
        self.box.post("action")


class Watch(Post):
    """An action that posts a letter when it has seen for a while that nobody passes."""

    def __call__(self):
        number = self.box.letters().count("action")
        never(lambda: ("passed", number) in [letter[:2] for letter in self.box.letters()], "a passing", glance=0.05)
        super().__call__()


def fail():
    raise Refusal("raised by the action")


def arrived(barrier, count):
    """Wait until `count` parties are in wait()."""
    eventually(lambda: barrier.n_waiting == count, f"the arrival of {count} parties")


@requirement("barrier.releases-together")
def test_barrier_lets_nobody_pass_before_the_last(mp):
    """Two children stay in wait() until the third party comes, and then all pass."""
    barrier, box = mp.Barrier(3), Mailbox()
    with running(mp, post_passed, post_passed, args=(barrier, box)):
        arrived(barrier, 2)
        never(box.letters, "the passing of a party before the last came")
        Call(barrier.wait).result()
        box.wait(2)
    assert [] == [letter for letter in box.letters() if type(letter) is not int], "errors in the children"


@requirement("barrier.return-index")
def test_barrier_gives_each_party_another_index(mp):
    """wait gives 0, 1 and 2 to three parties, in processes and a thread, in each round."""
    barrier, box = mp.Barrier(3), Mailbox()
    with running(mp, post_rounds, post_rounds, args=(barrier, box, 2)):
        own = [Call(barrier.wait).result() for _ in range(2)]
    for number in range(2):
        others = [letter[2] for letter in box.letters() if letter[:2] == ("passed", number)]
        assert [0, 1, 2] == sorted([own[number], *others]), f"what wait() returned in round {number}"


@requirement("barrier.action")
def test_barrier_calls_its_action_once_before_it_opens(mp):
    """The action runs when the last party has come, once a round, before any party passes."""
    box = Mailbox()
    barrier = mp.Barrier(2, Watch(box))
    with running(mp, post_rounds, args=(barrier, box, 2)):
        for number in range(2):
            arrived(barrier, 1)
            never(lambda count=number: box.letters().count("action") > count, "an action before the last party")
            Call(barrier.wait).result()
            assert number + 1 == box.letters().count("action"), "calls of the action when a party passed"
    kinds = [letter if letter == "action" else letter[0] for letter in box.letters()]
    assert ["arrived", "action", "passed"] * 2 == kinds, "order of events"


@requirement("barrier.action-reenters")
def test_barrier_may_be_used_by_its_action(mp):
    """The action, which is called in the midst of wait(), may look at the barrier and call abort(): nobody blocks."""
    seen = []

    def look_and_abort():
        seen.append((barrier.parties, barrier.broken))
        barrier.abort()

    barrier = mp.Barrier(2, look_and_abort)
    for call in [Call(pass_or_error, barrier) for _ in range(2)]:
        call.result()
    assert [(2, False)] == seen, "(parties, broken) as the action sees them"


@requirement("barrier.action-error")
def test_barrier_is_broken_by_an_error_in_its_action(mp):
    """One party gets the action's exception, the others BrokenBarrierError, and the barrier is broken."""
    barrier, box = mp.Barrier(3, action=fail), Mailbox()
    with running(mp, post_passed, post_passed, args=(barrier, box)):
        own = Call(pass_or_error, barrier).result()
        outcomes = [own, *box.wait(2)]
    assert [BROKEN, BROKEN, "Refusal"] == sorted(outcomes), "what wait() raised"
    assert True is barrier.broken, "broken"


@requirement("barrier.timeout")
def test_barrier_is_broken_by_a_wait_that_times_out(mp):
    """A wait that nobody joins raises BrokenBarrierError after its timeout, not before; so do later waits."""
    barrier = mp.Barrier(2)
    call = Call(barrier.wait, SHORT)
    with mp.raises(threading.BrokenBarrierError):
        call.result()
    assert SHORT - TICK <= call.seconds, "seconds that wait(timeout) took"
    assert True is barrier.broken, "broken"
    with mp.raises(threading.BrokenBarrierError):
        Call(barrier.wait).result()


@requirement("barrier.timeout")
def test_barrier_timeout_of_one_party_breaks_it_for_all(mp):
    """Children that wait without limit get BrokenBarrierError when another party's wait times out."""
    barrier, box = mp.Barrier(4), Mailbox()
    with running(mp, post_passed, post_passed, args=(barrier, box)):
        arrived(barrier, 2)
        with mp.raises(threading.BrokenBarrierError):
            Call(barrier.wait, timeout=SHORT).result()
        assert [BROKEN, BROKEN] == box.wait(2), "what wait() raised in the children"


@requirement("barrier.timeout.zero")
def test_barrier_is_broken_by_a_wait_that_may_not_wait(mp):
    """A timeout of 0 or -1, given to wait or to the constructor, breaks a barrier that lacks a party at once."""
    for timeout in (0, -1):
        for own in (None, LONG):
            barrier = mp.Barrier(2, timeout=own)
            assert BROKEN == Call(pass_or_error, barrier, timeout).result(), f"what wait({timeout}) raised"
            assert True is barrier.broken, "broken"
        barrier = mp.Barrier(2, timeout=timeout)
        assert BROKEN == Call(pass_or_error, barrier).result(), f"what wait() raised, the own timeout being {timeout}"
    assert 0 == Call(mp.Barrier(1).wait, 0).result(), "wait(0) of the only party"


@requirement("barrier.default-timeout")
def test_barrier_uses_the_constructors_timeout(mp):
    """The constructor's timeout ends a wait() without one; a timeout given to wait counts instead."""
    barrier = mp.Barrier(2, timeout=SHORT)
    call = Call(barrier.wait)
    with mp.raises(threading.BrokenBarrierError):
        call.result()
    assert SHORT - TICK <= call.seconds, "seconds that wait() took"
    barrier = mp.Barrier(2, None, SHORT)
    waiting = Call(barrier.wait, LONG)
    never(waiting.returned, "the end of wait(timeout) after the constructor's timeout", glance=SHORT + 0.05)
    assert {0, 1} == {Call(barrier.wait, LONG).result(), waiting.result()}, "what wait() returned"


@requirement("barrier.abort")
def test_barrier_abort_breaks_it_for_all(mp):
    """abort makes present and later waits, in all processes, raise BrokenBarrierError."""
    barrier, box = mp.Barrier(3), Mailbox()
    with running(mp, post_rounds, args=(barrier, box, 2)):
        own = Call(pass_or_error, barrier)
        arrived(barrier, 2)
        never(lambda: own.returned() or barrier.broken, "the breaking of the barrier before abort()", glance=0.05)
        Call(barrier.abort).result()
        assert BROKEN == own.result(), "what wait() raised in a thread"
        outcomes = [letter[2] for letter in box.wait(4) if letter[0] == "passed"]
        assert [BROKEN, BROKEN] == outcomes, "what a present and a later wait() raised in a child"
    assert True is barrier.broken, "broken"


@requirement("barrier.abort")
def test_barrier_abort_breaks_it_for_the_last_party_too(mp):
    """Who would complete the parties of a broken barrier gets BrokenBarrierError as well, and no action is called."""
    calls = []
    barrier = mp.Barrier(1, lambda: calls.append("action"))
    Call(barrier.abort).result()
    outcomes = [Call(pass_or_error, barrier).result() for _ in range(2)]
    assert ([BROKEN] * 2, [], True) == (outcomes, calls, barrier.broken), (
        "what wait() raised, calls of the action, broken"
    )


@requirement("barrier.reset")
def test_barrier_reset_makes_a_broken_one_usable(mp):
    """After reset a broken barrier is whole and can be passed."""
    barrier, box = mp.Barrier(2), Mailbox()
    barrier.abort()
    assert BROKEN == Call(pass_or_error, barrier).result(), "what wait() raised after abort()"
    barrier.reset()
    assert (False, 0) == (barrier.broken, barrier.n_waiting), "broken, n_waiting after reset()"
    with running(mp, post_passed, args=(barrier, box)):
        own = Call(pass_or_error, barrier).result()
        assert {0, 1} == {own, box.first()}, "what wait() returned"


@requirement("barrier.reset")
def test_barrier_reset_turns_the_waiters_away(mp):
    """Parties that wait at a reset get BrokenBarrierError, and the barrier is whole thereafter."""
    barrier, box = mp.Barrier(3), Mailbox()
    with running(mp, post_passed, args=(barrier, box)):
        own = Call(pass_or_error, barrier)
        arrived(barrier, 2)
        Call(barrier.reset).result()
        assert [BROKEN, BROKEN] == [own.result(), box.first()], "what wait() raised"
    eventually(lambda: not barrier.broken, "mending of the barrier")
    passing = [Call(barrier.wait) for _ in range(3)]
    assert [0, 1, 2] == sorted(call.result() for call in passing), "what wait() returned in the next round"


@requirement("barrier.attributes")
def test_barrier_tells_its_state_alike_in_all_processes(mp):
    """parties, n_waiting and broken agree in parent and child while somebody waits and after abort."""
    barrier, box, gate = mp.Barrier(3), Mailbox(), Gate()
    assert (3, 0, False) == (barrier.parties, barrier.n_waiting, barrier.broken), "state of a new barrier"
    waiting = Call(pass_or_error, barrier)
    arrived(barrier, 1)
    with running(mp, post_state, args=(barrier, box, gate)):
        assert (3, 1, False) == box.first(), "state in the child while a thread of the parent waits"
        Call(barrier.abort).result()
        assert BROKEN == waiting.result(), "what wait() raised"
        gate.open()
        assert (3, 0, True) == box.wait(2)[1], "state in the child after abort()"
    assert (3, 0, True) == (barrier.parties, barrier.n_waiting, barrier.broken), "state in the parent after abort()"


@requirement("barrier.reuse")
def test_barrier_can_be_passed_again_and_again(mp):
    """In each of six rounds all three parties arrive before the barrier opens for any of them."""
    box = Mailbox()
    barrier = mp.Barrier(3, Post(box))
    with running(mp, post_rounds, post_rounds, args=(barrier, box, 6)):
        Call(post_rounds, barrier, box, 6).result()
    events = [letter if letter == "action" else letter[:2] for letter in box.letters() if letter[0] != "passed"]
    expected = [event for number in range(6) for event in [("arrived", number)] * 3 + ["action"]]
    assert expected == events, "arrivals and openings, in order"


@requirement("barrier.single-party")
def test_barrier_of_one_party_never_waits(mp):
    """Each wait of the only party gives 0 at once."""
    barrier = mp.Barrier(1)
    assert [0, 0, 0] == [Call(barrier.wait).result() for _ in range(3)], "what wait() returned"


@requirement("barrier.exception-class")
def test_barrier_raises_the_threading_modules_exception(mp):
    """BrokenBarrierError is threading's."""
    barrier = mp.Barrier(2)
    barrier.abort()
    with mp.raises(threading.BrokenBarrierError) as caught:
        Call(barrier.wait).result()
    assert threading.BrokenBarrierError is type(caught.error), "class of the error"


@requirement("barrier.pickle.outside")
def test_barrier_cannot_be_pickled_otherwise(mp):
    """Pickling a barrier, or sending it through a connection, raises RuntimeError."""
    barrier = mp.Barrier(2)
    left, right = mp.Pipe()
    with mp.raises(RuntimeError):
        pickle.dumps(barrier)
    with mp.raises(RuntimeError):
        left.send(barrier)
    assert False is right.poll(), "poll() of the other end"
