"""BoundedSemaphore: a semaphore that refuses to rise above its initial value."""

from conformance.clocks import never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, SHORT, TICK, Call, running


def post_releases(semaphore, box, count):
    box.post([release_or_error(semaphore) for _ in range(count)])


def release_or_error(semaphore):
    try:
        return semaphore.release()
    except Exception as error:
        return type(error).__name__


def enter_and_leave(semaphore, box, gate):
    with semaphore:
        box.post("inside")
        gate.wait()


@requirement("boundedsemaphore.release.too-many")
def test_boundedsemaphore_refuses_a_release_too_many(mp):
    """release at the initial value raises ValueError and leaves the value."""
    for value, semaphore in ((1, mp.BoundedSemaphore()), (3, mp.BoundedSemaphore(3))):
        with mp.raises(ValueError):
            semaphore.release()
        assert value == semaphore.get_value(), "get_value() thereafter"
        semaphore.acquire()
        semaphore.release()
        with mp.raises(ValueError):
            semaphore.release()
        assert value == semaphore.get_value(), "get_value() after an acquire and two releases"


@requirement("boundedsemaphore.release.zero")
def test_boundedsemaphore_of_zero_accepts_no_release(mp):
    """release of a semaphore that began at zero raises ValueError, and nobody can acquire it."""
    semaphore = mp.BoundedSemaphore(0)
    with mp.raises(ValueError):
        semaphore.release()
    assert False is Call(semaphore.acquire, False).result(), "acquire(False) thereafter"


@requirement("boundedsemaphore.release.ok")
def test_boundedsemaphore_accepts_a_release_for_each_acquire(mp):
    """As many releases as acquires are accepted, and the value follows."""
    semaphore = mp.BoundedSemaphore(2)
    values = [semaphore.get_value()]
    for step in (semaphore.acquire, semaphore.acquire, semaphore.release, semaphore.release):
        Call(step).result()
        values.append(semaphore.get_value())
    assert [2, 1, 0, 1, 2] == values, "get_value() after each step"


@requirement("boundedsemaphore.release.ok")
def test_boundedsemaphore_waits_at_zero(mp):
    """At zero acquire waits for a release, gives False without waiting or after its timeout."""
    semaphore = mp.BoundedSemaphore(1)
    semaphore.acquire()
    assert False is Call(semaphore.acquire, False).result(), "acquire(False) at zero"
    timed = Call(semaphore.acquire, True, SHORT)
    assert False is timed.result(), "acquire(timeout) at zero"
    assert SHORT - TICK <= timed.seconds, "seconds that acquire(timeout) took"
    call = Call(semaphore.acquire)
    never(call.returned, "the return of acquire() at zero")
    semaphore.release()
    assert True is call.result(), "what acquire() returned"


@requirement("boundedsemaphore.repr")
def test_boundedsemaphore_repr_tells_value_and_bound(mp):
    """repr shows the class, the present value and the greatest."""
    semaphore = mp.BoundedSemaphore(2)
    assert "<BoundedSemaphore(value=2, maxvalue=2)>" == repr(semaphore), "repr of a new semaphore"
    semaphore.acquire()
    assert "<BoundedSemaphore(value=1, maxvalue=2)>" == repr(semaphore), "repr after an acquire"


@requirement("boundedsemaphore.keyword-block")
def test_boundedsemaphore_acquire_calls_its_first_parameter_block(mp):
    """block is accepted as a keyword and threading's name for it, blocking, raises TypeError."""
    semaphore = mp.BoundedSemaphore(1)
    assert True is semaphore.acquire(block=True, timeout=LONG), "acquire(block=True, timeout=...)"
    assert False is Call(semaphore.acquire, block=False).result(), "acquire(block=False) at zero"
    with mp.raises(TypeError):
        semaphore.acquire(blocking=False)


@requirement("boundedsemaphore.cross-process")
def test_boundedsemaphore_counts_the_releases_of_all_processes(mp):
    """A child may release what the parent acquired, and no more than that."""
    semaphore, box = mp.BoundedSemaphore(2), Mailbox()
    semaphore.acquire()
    with running(mp, post_releases, args=(semaphore, box, 2)):
        assert [None, "ValueError"] == box.first(), "two releases in a child after one acquire in the parent"
    assert 2 == semaphore.get_value(), "get_value() thereafter"
    with mp.raises(ValueError):
        semaphore.release()


@requirement("boundedsemaphore.cross-process")
def test_boundedsemaphore_lets_no_more_in_than_its_value(mp):
    """Of three that want to enter, in processes and a thread, two are inside at a time."""
    semaphore, box, gate = mp.BoundedSemaphore(2), Mailbox(), Gate()
    with running(mp, enter_and_leave, enter_and_leave, args=(semaphore, box, gate)):
        third = Call(enter_and_leave, semaphore, box, gate)
        box.wait(2)
        never(lambda: len(box.letters()) > 2, "the entrance of a third")
        gate.open()
        third.result()
