"""Fixed random sequences of operations by a thread and some children, one at a time, held against models."""

from conformance.models.primitives import play
from conformance.requirement import requirement


@requirement("lock.sequences")
def test_lock_in_any_sequence_of_operations(mp):
    """Whoever acquires or releases, a lock is taken at most once, and waits, refuses and goes on accordingly."""
    play(mp, "lock")


@requirement("rlock.sequences")
def test_rlock_in_any_sequence_of_operations(mp):
    """An RLock belongs to one actor until it has released as often as it has acquired."""
    play(mp, "rlock")


@requirement("semaphore.sequences")
def test_semaphore_in_any_sequence_of_operations(mp):
    """A semaphore's value is where it began, plus releases, minus acquisitions, and never below zero."""
    play(mp, "semaphore")


@requirement("boundedsemaphore.sequences")
def test_boundedsemaphore_in_any_sequence_of_operations(mp):
    """As a semaphore's, and never above where it began."""
    play(mp, "boundedsemaphore")


@requirement("event.sequences")
def test_event_in_any_sequence_of_operations(mp):
    """An event is as it was last set or cleared, and every waiter goes on when it is set."""
    play(mp, "event")


@requirement("condition.sequences")
def test_condition_in_any_sequence_of_operations(mp):
    """Each notification wakes as many waiters as it should, whatever timed out before; none wakes by itself."""
    play(mp, "condition", children=3)


@requirement("barrier.sequences")
def test_barrier_in_any_sequence_of_operations(mp):
    """Parties go on together with numbers of their own, again and again; or all break, until a reset."""
    play(mp, "barrier")


@requirement("queue.sequences")
def test_queue_in_any_sequence_of_operations(mp):
    """Of whatever is put, each item comes out once and in its producer's order; size and limit are kept."""
    play(mp, "queue")


@requirement("joinablequeue.sequences")
def test_joinablequeue_in_any_sequence_of_operations(mp):
    """As a queue; join waits just as long as something has not been dealt with."""
    play(mp, "joinablequeue")


@requirement("simplequeue.sequences")
def test_simplequeue_in_any_sequence_of_operations(mp):
    """Each item comes out once, in the order of putting, and empty() tells exactly."""
    play(mp, "simplequeue")
