"""Event: a flag that any process can set and any process can wait for."""

from conformance.clocks import never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement


def wait_for_event(event, box, done):
    box.post("waiting")
    box.post(event.wait())
    done.open()


@requirement("event.initial")
def test_event_is_unset_when_made(mp):
    """A new event is not set."""
    assert False is mp.Event().is_set(), "is_set() of a new event"


@requirement("event.set")
def test_event_set_releases_a_waiting_child(mp):
    """set() ends the wait of another process, and not before."""
    event, box, done = mp.Event(), Mailbox(), Gate()
    child = mp.Process(target=wait_for_event, args=(event, box, done))
    child.start()
    box.wait()
    never(done.is_open, "the child passed wait() before set()")
    event.set()
    done.wait()
    child.join()
    assert ["waiting", True] == box.letters(), "what wait() returned in the child"
