"""Event: a flag that any process can set and any process can wait for."""

import pickle
import re

from conformance.clocks import never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, SHORT, TICK, Call, running


def wait_for_event(event, box):
    box.post("waiting")
    box.post(event.wait())


def set_at(event, gate):
    gate.wait()
    event.set()


def report(event, box, gates):
    """Tell whether the event is set as each gate opens."""
    for gate in gates:
        gate.wait()
        box.post((event.is_set(), event.wait(0)))


@requirement("event.initial")
def test_event_is_unset_when_made(mp):
    """A new event is not set."""
    assert False is Call(mp.Event().is_set).result(), "is_set() of a new event"


@requirement("event.set")
def test_event_set_releases_all_waiters(mp):
    """set() ends the wait of two processes and a thread, and not before."""
    event, box = mp.Event(), Mailbox()
    with running(mp, wait_for_event, wait_for_event, args=(event, box)):
        own = Call(event.wait)
        box.wait(2)
        never(lambda: own.returned() or len(box.letters()) > 2, "the end of a wait() before set()")
        Call(event.set).result()
        assert [True, True] == box.wait(4)[2:], "what wait() returned in the children"
        assert True is own.result(), "what wait() returned in a thread"


@requirement("event.set")
def test_event_set_and_clear_are_seen_by_other_processes(mp):
    """A child sees that the parent set the event, cleared it, and set it again."""
    event, box, gates = mp.Event(), Mailbox(), [Gate() for _ in range(4)]
    with running(mp, report, args=(event, box, gates)):
        for count, change in enumerate((lambda: None, event.set, event.clear, event.set)):
            change()
            gates[count].open()
            box.wait(count + 1)
    seen = [(False, False), (True, True), (False, False), (True, True)]
    assert seen == box.letters(), "is_set() and wait(0) in the child: new, set, cleared, set"


@requirement("event.set")
def test_event_set_by_a_child_is_seen_by_the_parent(mp):
    """A child's set() ends the parent's wait and stays after the child has ended."""
    event, gate = mp.Event(), Gate()
    with running(mp, set_at, args=(event, gate)):
        waiting = Call(event.wait)
        never(waiting.returned, "the end of wait() before set()", glance=0.05)
        gate.open()
        assert True is waiting.result(), "what wait() returned"
    assert True is event.is_set(), "is_set() after the child ended"


@requirement("event.clear")
def test_event_clear_makes_later_waits_block_again(mp):
    """After clear the event is unset, a wait blocks, and the next set ends it."""
    event = mp.Event()
    event.set()
    event.clear()
    assert False is event.is_set(), "is_set() after clear()"
    waiting = Call(event.wait)
    never(waiting.returned, "the end of wait() after clear()")
    Call(event.set).result()
    assert True is waiting.result(), "what wait() returned"


@requirement("event.clear")
def test_event_clear_of_an_unset_event_changes_nothing(mp):
    """clear may come first or twice; one set still sets."""
    event = mp.Event()
    Call(event.clear).result()
    Call(event.clear).result()
    assert False is event.is_set(), "is_set() after clear()"
    event.set()
    assert True is event.is_set(), "is_set() after set()"


@requirement("event.wait.set")
def test_event_wait_returns_at_once_when_set(mp):
    """wait gives True for a set event, with any timeout, as often as it is called."""
    event = mp.Event()
    event.set()
    for arguments in ((), (None,), (LONG,), (0,), (-1,), ()):
        assert True is Call(event.wait, *arguments).result(), f"wait{arguments} of a set event"
    assert True is event.is_set(), "is_set() after the waits"


@requirement("event.wait.timeout")
def test_event_wait_gives_false_after_its_timeout(mp):
    """wait(t) gives False after t seconds, not before, while the event is unset; at once for zero or less."""
    event = mp.Event()
    for call in (Call(event.wait, SHORT), Call(event.wait, timeout=SHORT)):
        assert False is call.result(), "wait(timeout) of an unset event"
        assert SHORT - TICK <= call.seconds, "seconds that wait(timeout) took"
    for timeout in (0, -1):
        assert False is Call(event.wait, timeout).result(), f"wait({timeout}) of an unset event"


@requirement("event.wait.true")
def test_event_wait_gives_true_when_set_meanwhile(mp):
    """A wait with a long timeout gives True once a child sets the event."""
    event, gate = mp.Event(), Gate()
    with running(mp, set_at, args=(event, gate)):
        waiting = Call(event.wait, LONG)
        never(waiting.returned, "the end of wait(timeout) before set()")
        gate.open()
        assert True is waiting.result(), "what wait(timeout) returned"


@requirement("event.set.idempotent")
def test_event_set_twice_is_undone_by_one_clear(mp):
    """Setting a set event changes nothing; one clear resets it."""
    event = mp.Event()
    for _ in range(3):
        event.set()
    assert True is event.is_set(), "is_set() after three set()"
    event.clear()
    assert False is event.is_set(), "is_set() after one clear()"
    assert False is Call(event.wait, 0).result(), "wait(0) after one clear()"


@requirement("event.repr")
def test_event_repr_tells_whether_it_is_set(mp):
    """repr shows class, address and set or unset."""
    event = mp.Event()
    for word, change in (("unset", lambda: None), ("set", event.set), ("unset", event.clear)):
        change()
        text = [repr(event) for _ in range(2)][-1]
        assert True is bool(re.fullmatch(f"<Event at 0x[0-9a-f]+ {word}>", text)), f"form of {text!r}, event {word}"


@requirement("event.pickle.outside")
def test_event_cannot_be_pickled_otherwise(mp):
    """Pickling an event, or sending it through a connection, raises RuntimeError."""
    event = mp.Event()
    left, right = mp.Pipe()
    with mp.raises(RuntimeError):
        pickle.dumps(event)
    with mp.raises(RuntimeError):
        left.send(event)
    assert False is right.poll(), "poll() of the other end"
