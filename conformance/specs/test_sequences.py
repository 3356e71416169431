"""Random sequences of operations by a thread and two children, one at a time, held against models."""

from conformance.models.queueing import Duties, Line, Row
from conformance.models.sequential import play
from conformance.models.synchronisation import Counter, Flag, Gathering, Meeting, Owned
from conformance.requirement import requirement


@requirement("lock.sequences")
def test_lock_in_any_sequence_of_operations(mp):
    """Whoever acquires or releases, a lock is taken at most once, and waits, refuses and goes on accordingly."""
    play(mp, [lambda: (mp.Lock(), Counter(1, most=1, tells=False))] * 3)


@requirement("rlock.sequences")
def test_rlock_in_any_sequence_of_operations(mp):
    """An RLock belongs to one actor until it has released as often as it has acquired."""
    play(mp, [lambda: (mp.RLock(), Owned())] * 3)


@requirement("semaphore.sequences")
def test_semaphore_in_any_sequence_of_operations(mp):
    """A semaphore's value is where it began, plus releases, minus acquisitions, and never below zero."""
    play(mp, [lambda value=value: (mp.Semaphore(value), Counter(value)) for value in (0, 1, 3)])


@requirement("boundedsemaphore.sequences")
def test_boundedsemaphore_in_any_sequence_of_operations(mp):
    """As a semaphore's, and never above where it began."""
    play(mp, [lambda value=value: (mp.BoundedSemaphore(value), Counter(value, most=value)) for value in (1, 2)])


@requirement("event.sequences")
def test_event_in_any_sequence_of_operations(mp):
    """An event is as it was last set or cleared, and every waiter goes on when it is set."""
    play(mp, [lambda: (mp.Event(), Flag())] * 2)


@requirement("condition.sequences")
def test_condition_in_any_sequence_of_operations(mp):
    """Each notification wakes as many waiters as it should, whatever timed out before; none wakes by itself."""
    play(mp, [lambda: (mp.Condition(), Meeting()), lambda: (mp.Condition(mp.Lock()), Meeting())], children=3)


@requirement("barrier.sequences")
def test_barrier_in_any_sequence_of_operations(mp):
    """Parties go on together with numbers of their own, again and again; or all break, until a reset."""
    play(mp, [lambda parties=parties: (mp.Barrier(parties), Gathering(parties)) for parties in (2, 3, 1)])


@requirement("queue.sequences")
def test_queue_in_any_sequence_of_operations(mp):
    """Of whatever is put, each item comes out once and in its producer's order; size and limit are kept."""
    play(mp, [lambda size=size: (mp.Queue(size), Line(size)) for size in (0, 1, 3)])


@requirement("joinablequeue.sequences")
def test_joinablequeue_in_any_sequence_of_operations(mp):
    """As a queue; join waits just as long as something has not been dealt with."""
    play(mp, [lambda size=size: (mp.JoinableQueue(size), Duties(size)) for size in (0, 2)])


@requirement("simplequeue.sequences")
def test_simplequeue_in_any_sequence_of_operations(mp):
    """Each item comes out once, in the order of putting, and empty() tells exactly."""
    play(mp, [lambda: (mp.SimpleQueue(), Row())] * 2)
