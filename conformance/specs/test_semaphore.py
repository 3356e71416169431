"""Semaphore: a number that acquire lowers, waiting at zero, and release raises."""

import pickle

from conformance.clocks import never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, SHORT, TICK, Call, Refusal, running


def enter_and_leave(semaphore, box, gate):
    semaphore.acquire()
    box.post("inside")
    gate.wait()
    semaphore.release()


def post_acquired(semaphore, box):
    box.post(semaphore.acquire())


def post_tries(semaphore, box, count):
    box.post([semaphore.acquire(False) for _ in range(count)])


def release(semaphore):
    semaphore.release()


def count_of(semaphore):
    """How often the semaphore can be acquired now, told without get_value(); it is left as it was."""
    taken = 0
    while semaphore.acquire(False):
        taken += 1
    for _ in range(taken):
        semaphore.release()
    return taken


@requirement("semaphore.default-one")
def test_semaphore_begins_at_one(mp):
    """Semaphore() can be acquired once."""
    semaphore = mp.Semaphore()
    assert 1 == semaphore.get_value(), "get_value() of a new semaphore"
    assert [True, False] == [semaphore.acquire(False), semaphore.acquire(False)], "acquire(False) twice"


@requirement("semaphore.acquire-decrements")
def test_semaphore_acquire_lowers_the_value(mp):
    """Each acquire gives True and lowers the value by one, until it is zero."""
    semaphore = mp.Semaphore(3)
    for value, arguments in ((2, ()), (1, (False,)), (0, (True, LONG))):
        assert True is Call(semaphore.acquire, *arguments).result(), f"acquire{arguments}"
        assert value == semaphore.get_value(), "get_value() thereafter"
    assert False is semaphore.acquire(False), "acquire(False) at zero"


@requirement("semaphore.acquire.zero")
def test_semaphore_acquire_at_zero_waits(mp):
    """At zero acquire waits for a release, in whatever process, while acquire(False) gives False."""
    semaphore = mp.Semaphore(0)
    assert False is Call(semaphore.acquire, False).result(), "acquire(False) at zero"
    assert False is Call(semaphore.acquire, False, LONG).result(), "acquire(False, timeout) at zero"
    call = Call(semaphore.acquire)
    never(call.returned, "the return of acquire() at zero")
    with running(mp, release, args=(semaphore,)):
        assert True is call.result(), "what acquire() returned"
    assert 0 == semaphore.get_value(), "get_value() thereafter"


@requirement("semaphore.acquire.timeout")
def test_semaphore_acquire_gives_false_after_its_timeout(mp):
    """At zero acquire with a timeout gives False after that time, not before, and at once if negative."""
    semaphore = mp.Semaphore(0)
    for call in (Call(semaphore.acquire, True, SHORT), Call(semaphore.acquire, timeout=SHORT)):
        assert False is call.result(), "acquire(timeout) at zero"
        assert SHORT - TICK <= call.seconds, "seconds that acquire(timeout) took"
    for timeout in (-1, 0):
        assert False is Call(semaphore.acquire, True, timeout).result(), f"acquire(timeout={timeout}) at zero"
    call = Call(semaphore.acquire, True, LONG)
    never(call.returned, "the return of acquire(timeout) at zero", glance=0.05)
    semaphore.release()
    assert True is call.result(), "acquire(timeout) after a release"


@requirement("semaphore.acquire.keyword-block")
def test_semaphore_acquire_calls_its_first_parameter_block(mp):
    """block is accepted as a keyword and threading's name for it, blocking, raises TypeError."""
    semaphore = mp.Semaphore(1)
    assert True is semaphore.acquire(block=True, timeout=LONG), "acquire(block=True, timeout=...)"
    assert False is Call(semaphore.acquire, block=False).result(), "acquire(block=False) at zero"
    with mp.raises(TypeError):
        semaphore.acquire(blocking=False)


@requirement("semaphore.release-increments")
def test_semaphore_release_raises_the_value(mp):
    """Each release raises the value by one, also beyond the initial value, in every process."""
    semaphore, box = mp.Semaphore(1), Mailbox()
    for value in (2, 3):
        semaphore.release()
        assert value == semaphore.get_value(), "get_value() after a release"
    with running(mp, post_tries, args=(semaphore, box, 4)):
        assert [True, True, True, False] == box.first(), "four times acquire(False) in a child"


@requirement("semaphore.release-no-count")
def test_semaphore_release_takes_no_count(mp):
    """release(2), which threading's semaphore has, raises TypeError and releases nothing."""
    semaphore = mp.Semaphore(0)
    with mp.raises(TypeError):
        semaphore.release(2)
    with mp.raises(TypeError):
        semaphore.release(n=2)
    assert False is semaphore.acquire(False), "acquire(False) thereafter"


@requirement("semaphore.release-wakes")
def test_semaphore_release_lets_one_waiter_proceed(mp):
    """Of three waiters, in processes and a thread, each release lets exactly one proceed."""
    semaphore, box = mp.Semaphore(0), Mailbox()
    with running(mp, post_acquired, post_acquired, args=(semaphore, box)):
        Call(post_acquired, semaphore, box)
        never(box.letters, "an acquire() at zero")
        for released in (1, 2, 3):
            semaphore.release()
            box.wait(released)
            never(lambda count=released: len(box.letters()) > count, "another acquire() after one release", glance=0.05)
    assert [True] * 3 == box.letters(), "what acquire() returned to the waiters"


@requirement("semaphore.negative-initial")
def test_semaphore_refuses_a_negative_value(mp):
    """Semaphore(-1) raises OSError or ValueError."""
    with mp.raises(OSError, ValueError):
        mp.Semaphore(-1)


@requirement("semaphore.get-value")
def test_semaphore_get_value_tells_the_present_value(mp):
    """get_value agrees with the number of acquires that succeed, after releases and acquires of any process."""
    semaphore, box = mp.Semaphore(2), Mailbox()
    assert 2 == semaphore.get_value() == count_of(semaphore), "get_value() and possible acquires"
    with running(mp, post_acquired, args=(semaphore, box)):
        box.wait()
    assert 1 == semaphore.get_value() == count_of(semaphore), "get_value() and possible acquires after a child's"
    assert 0 == mp.Semaphore(0).get_value(), "get_value() of Semaphore(0)"


@requirement("semaphore.locked", needs=("Semaphore.locked",))
def test_semaphore_locked_tells_whether_it_is_zero(mp):
    """locked is True while an acquire would have to wait, as also a bounded semaphore tells."""
    for semaphore in (mp.Semaphore(2), mp.BoundedSemaphore(2)):
        states = [semaphore.locked()]
        for step in (semaphore.acquire, semaphore.acquire, semaphore.release):
            step()
            states.append(semaphore.locked())
        assert [False, False, True, False] == states, "locked() at the values 2, 1, 0, 1"


@requirement("semaphore.context-manager")
def test_semaphore_is_lowered_within_the_with_statement(mp):
    """with acquires, gives True, and releases at the end, also when the block raises."""
    semaphore = mp.Semaphore(2)
    with mp.raises(Refusal):
        with semaphore as entered:
            assert True is entered, "what with gave"
            assert 1 == semaphore.get_value(), "get_value() within the block"
            raise Refusal("leaves the block")
    assert 2 == semaphore.get_value(), "get_value() after the block"


@requirement("semaphore.limits-concurrency")
def test_semaphore_lets_no_more_in_than_its_value(mp):
    """Of four that want to enter, in processes and threads, two are inside at a time, and all get in."""
    semaphore, box, gate = mp.Semaphore(2), Mailbox(), Gate()
    with running(mp, enter_and_leave, enter_and_leave, args=(semaphore, box, gate)):
        threads = [Call(enter_and_leave, semaphore, box, gate) for _ in range(2)]
        box.wait(2)
        never(lambda: len(box.letters()) > 2, "the entrance of a third")
        gate.open()
        box.wait(4)
        for thread in threads:
            thread.result()
    assert 2 == semaphore.get_value(), "get_value() when all have left"


@requirement("semaphore.repr")
def test_semaphore_repr_tells_the_value(mp):
    """repr shows the class and the present value."""
    semaphore = mp.Semaphore(2)
    assert "<Semaphore(value=2)>" == repr(semaphore), "repr of a new semaphore"
    semaphore.acquire()
    assert "<Semaphore(value=1)>" == repr(semaphore), "repr after an acquire"


@requirement("semaphore.pickle.outside")
def test_semaphore_cannot_be_pickled_otherwise(mp):
    """Pickling a semaphore, bounded or not, raises RuntimeError."""
    left, right = mp.Pipe()
    for semaphore in (mp.Semaphore(2), mp.BoundedSemaphore(2)):
        with mp.raises(RuntimeError):
            pickle.dumps(semaphore)
        with mp.raises(RuntimeError):
            left.send(semaphore)
    assert False is right.poll(), "poll() of the other end"


@requirement("semaphore.greatest-value")
def test_semaphore_rises_to_the_greatest_value_that_there_is(mp):
    """A semaphore may rise to SEM_VALUE_MAX of the synchronize module; a release beyond that raises ValueError."""
    greatest = mp.module("synchronize").SEM_VALUE_MAX
    semaphore = mp.Semaphore(greatest - 1)
    assert None is semaphore.release(), "release() just below the greatest value"
    assert greatest == semaphore.get_value(), "get_value() after the release"
    with mp.raises(ValueError):
        semaphore.release()
