"""RLock: a lock that its owner, one thread of one process, may take again."""

import pickle
import threading

from conformance.clocks import never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, SHORT, TICK, Call, Refusal, running
from conformance.specs.waiters import tries


def hold(lock, box, gate):
    lock.acquire()
    lock.acquire()
    box.post("held")
    gate.wait()
    lock.release()
    lock.release()


def post_try(lock, box):
    taken = lock.acquire(False)
    box.post(taken)
    if taken:
        lock.release()


def post_release_error(lock, box):
    try:
        lock.release()
    except Exception as error:
        box.post(type(error).__name__)
    else:
        box.post("no exception")


def post_acquired(lock, box, gate):
    box.post(lock.acquire())
    gate.wait()
    lock.release()


@requirement("rlock.reentrant")
def test_rlock_may_be_taken_again_by_its_owner(mp):
    """Each acquire of the owner succeeds at once; only as many releases free the lock for another thread."""
    lock = mp.RLock()

    def rise_and_fall():
        for arguments in ((), (False,), (True, LONG), ()):
            assert True is lock.acquire(*arguments), f"acquire{arguments} by the owner"
            assert False is tries(lock), "another thread's acquire(False)"
        for left in (3, 2, 1):
            lock.release()
            assert False is tries(lock), f"another thread's acquire(False) at level {left}"
        lock.release()

    Call(rise_and_fall).result()
    # Not in a new thread, which might get the number of the one that has ended.
    assert True is lock.acquire(False), "the main thread's acquire(False) after the last release"


@requirement("rlock.per-thread-owner")
def test_rlock_belongs_to_one_thread_of_one_process(mp):
    """Neither another thread nor a child can take it while it is owned, and the parent not while a child owns it."""
    lock, box, gate = mp.RLock(), Mailbox(), Gate()
    with lock:
        assert False is tries(lock), "another thread's acquire(False)"
        with running(mp, post_try, args=(lock, box)):
            assert False is box.first(), "a child's acquire(False)"
    with running(mp, hold, args=(lock, box, gate)):
        box.wait(2)
        assert False is lock.acquire(False), "acquire(False) while a child owns the lock"
        gate.open()
    assert True is lock.acquire(False), "acquire(False) after the child's releases"


@requirement("rlock.release.not-owner")
def test_rlock_release_by_another_is_refused(mp):
    """release raises AssertionError when unowned, in another thread and in a child, and the owner keeps the lock."""
    lock, box = mp.RLock(), Mailbox()
    with mp.raises(AssertionError):
        lock.release()
    lock.acquire()
    with mp.raises(AssertionError):
        Call(lock.release).result()
    with running(mp, post_release_error, args=(lock, box)):
        assert "AssertionError" == box.first(), "what release() raised in a child"
    assert False is tries(lock), "another thread's acquire(False)"
    lock.release()
    with mp.raises(AssertionError):
        lock.release()


@requirement("rlock.release.intermediate")
def test_rlock_stays_owned_after_an_inner_release(mp):
    """After one of two releases a child still cannot take the lock."""
    lock, box = mp.RLock(), Mailbox()
    lock.acquire()
    lock.acquire()
    lock.release()
    with running(mp, post_try, args=(lock, box)):
        assert False is box.first(), "a child's acquire(False) at level 1"
    lock.release()
    with running(mp, post_try, args=(lock, box)):
        assert True is box.wait(2)[1], "a child's acquire(False) at level 0"


@requirement("rlock.release.wakes-one")
def test_rlock_last_release_lets_one_waiter_proceed(mp):
    """Of two waiting children none proceeds at an inner release and exactly one at the last."""
    lock, box, gate = mp.RLock(), Mailbox(), Gate()
    lock.acquire()
    lock.acquire()
    with running(mp, post_acquired, post_acquired, args=(lock, box, gate)):
        lock.release()
        never(box.letters, "a child's acquire() while the lock was owned")
        lock.release()
        box.wait()
        never(lambda: len(box.letters()) > 1, "a second acquire() after one release", glance=0.05)
        gate.open()
        assert [True, True] == box.wait(2), "what acquire() returned to the waiters"


@requirement("rlock.acquire.nonblocking")
def test_rlock_acquire_without_waiting_tells_at_once(mp):
    """acquire(False) is True for a free lock and for the owner, False while a child owns it."""
    lock, box, gate = mp.RLock(), Mailbox(), Gate()
    assert [True, True] == [lock.acquire(False), lock.acquire(block=False)], "acquire(False), free and by the owner"
    lock.release()
    lock.release()
    with running(mp, hold, args=(lock, box, gate)):
        box.wait()
        assert False is Call(lock.acquire, False).result(), "acquire(False) while a child owns the lock"
        assert False is Call(lock.acquire, False, LONG).result(), "acquire(False, timeout)"
        gate.open()


@requirement("rlock.acquire.timeout")
def test_rlock_acquire_gives_false_after_its_timeout(mp):
    """While another owns it acquire with a timeout gives False after that time, at once if negative."""
    lock = mp.RLock()
    lock.acquire()
    for call in (Call(lock.acquire, True, SHORT), Call(lock.acquire, timeout=SHORT)):
        assert False is call.result(), "another thread's acquire(timeout)"
        assert SHORT - TICK <= call.seconds, "seconds that acquire(timeout) took"
    for timeout in (-1, 0):
        assert False is Call(lock.acquire, True, timeout).result(), f"another thread's acquire(timeout={timeout})"
    assert True is lock.acquire(True, -1), "the owner's acquire(timeout=-1)"


@requirement("rlock.acquire.timeout")
def test_rlock_acquire_with_timeout_gets_a_lock_that_comes_free(mp):
    """acquire with a long timeout gives True once the child gives the lock up."""
    lock, box, gate = mp.RLock(), Mailbox(), Gate()
    with running(mp, hold, args=(lock, box, gate)):
        box.wait()
        call = Call(lock.acquire, True, LONG)
        never(call.returned, "the return of acquire(timeout) while a child owned the lock")
        gate.open()
        assert True is call.result(), "acquire(timeout) after the release"


@requirement("rlock.acquire.timeout")
def test_rlock_acquire_with_timeout_none_waits_without_limit(mp):
    """acquire(timeout=None) waits until the other thread gives the lock up."""
    lock = mp.RLock()
    lock.acquire()
    call = Call(lock.acquire, timeout=None)
    never(call.returned, "the return of acquire(timeout=None) while another thread owned the lock")
    lock.release()
    assert True is call.result(), "acquire(timeout=None) after the release"


@requirement("rlock.context-manager")
def test_rlock_with_statements_may_be_nested(mp):
    """with takes one level, gives True, and gives that level up at the end, also when the block raises."""
    lock = mp.RLock()

    def leave_an_inner_block():
        with lock as entered:
            assert True is entered, "what with gave"
            try:
                with lock:
                    raise Refusal("leaves the inner block")
            except Refusal:
                assert False is tries(lock), "another thread's acquire(False) in the outer block"
                return "left"

    assert "left" == Call(leave_an_inner_block).result(), "how the inner block ended"
    assert True is lock.acquire(False), "the main thread's acquire(False) after both"


@requirement("rlock.fork-child-not-owner")
def test_rlock_owned_at_a_fork_is_not_owned_by_the_child(mp):
    """A child forked by the owner can neither take nor release the lock, of whichever context that is."""
    for method in mp.package.get_all_start_methods():
        lock, box = mp.package.get_context(method).RLock(), Mailbox()
        with lock:
            with running(mp, post_try, args=(lock, box)):
                assert False is box.first(), f"the child's acquire(False) of a lock for {method}"
            with running(mp, post_release_error, args=(lock, box)):
                assert "AssertionError" == box.wait(2)[1], f"what release() raised in the child, of a lock for {method}"


@requirement("rlock.locked", needs=("RLock.locked",))
def test_rlock_locked_tells_whether_anybody_owns_it(mp):
    """locked is True from the first acquire to the last release, whoever asks and whoever owns."""
    lock, box, gate = mp.RLock(), Mailbox(), Gate()
    states = [lock.locked()]
    for step in (lock.acquire, lock.acquire, lock.release, lock.release):
        step()
        states.append(lock.locked())
    assert [False, True, True, True, False] == states, "locked() at levels 0, 1, 2, 1, 0"
    with running(mp, hold, args=(lock, box, gate)):
        box.wait()
        assert True is lock.locked(), "locked() while a child owns it"
        gate.open()


@requirement("rlock.repr")
def test_rlock_repr_tells_owner_and_level(mp):
    """repr names the owner and how often it took the lock."""
    lock, box, gate = mp.RLock(), Mailbox(), Gate()
    name = mp.current_process().name
    assert "<RLock(None, 0)>" == repr(lock), "repr of a free lock"
    with lock:
        assert "<RLock(SomeOtherThread, nonzero)>" == Call(repr, lock).result(), "repr in another thread, level one"
    with lock, lock:
        assert f"<RLock({name}, 2)>" == repr(lock), "repr of a lock taken twice by this thread"
        assert "<RLock(SomeOtherThread, nonzero)>" == Call(repr, lock).result(), "repr in another thread"
    thread = threading.Thread(target=lambda: box.post([lock.acquire(), repr(lock), lock.release()]), name="Owner")
    thread.start()
    thread.join()
    assert [True, f"<RLock({name}|Owner, 1)>", None] == box.first(), "repr in the thread that owns the lock"
    with running(mp, hold, args=(lock, box, gate)):
        box.wait(2)
        assert "<RLock(SomeOtherProcess, nonzero)>" == repr(lock), "repr of a lock owned by a child"
        gate.open()


@requirement("rlock.pickle.outside")
def test_rlock_cannot_be_pickled_otherwise(mp):
    """Pickling an RLock, or sending it through a connection, raises RuntimeError."""
    lock = mp.RLock()
    left, right = mp.Pipe()
    with mp.raises(RuntimeError):
        pickle.dumps(lock)
    with mp.raises(RuntimeError):
        left.send(lock)
    assert False is right.poll(), "poll() of the other end"
