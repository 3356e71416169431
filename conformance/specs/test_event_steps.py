"""Event: what one process does while another is stopped, step by step, amid a call."""

from conformance.requirement import requirement
from conformance.specs.aids import LONG, Call
from conformance.specs.steps import stepping


def look(watch, event):
    watch(event.is_set)


def wait(watch, event):
    return watch(event.wait, LONG)


def set_it(watch, event):
    watch(event.set)


@requirement("event.clear.atomic")
def test_event_clear_holds_whoever_looks(mp):
    """An event is unset after clear, also if a child was stopped at any step of is_set then, and goes on thereafter."""
    event = mp.Event()
    with stepping(mp, look, event) as child:
        for step in child.steps(prepare=lambda: Call(event.set).result()):
            child.meanwhile(event.clear)
            assert False is event.is_set(), f"is_set() after clear() while a look was stopped at step {step}"


@requirement("event.wait.atomic")
def test_event_set_ends_a_wait_wherever_it_stands(mp):
    """A child that was stopped at any step of wait when the event was set comes back from it, with True."""
    event = mp.Event()
    with stepping(mp, wait, event) as child:
        for step in child.steps(prepare=event.clear):
            _, waited = child.meanwhile(event.set)
            assert True is waited, f"what wait() returned, stopped at step {step} when the event was set"


@requirement("event.set.atomic", methods=("fork",))
def test_event_set_by_two_at_once_is_undone_by_one_clear(mp):
    """An event that is set while a child was stopped at any step of set is unset after one clear."""
    event = mp.Event()
    with stepping(mp, set_it, event) as child:
        for step in child.steps():
            child.meanwhile(event.set)
            Call(event.clear).result()
            assert False is event.is_set(), (
                f"is_set() after clear(), one of two set() having been stopped at step {step}"
            )
