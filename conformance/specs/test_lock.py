"""Lock: at most one holder among all processes and threads."""

import threading
import time

from conformance.clocks import never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, SHORT, TICK, Call, Refusal, after_ticks, alarms, kill, running


def hold(lock, box, gate):
    """Take the lock, tell so, and release it when the gate opens."""
    lock.acquire()
    box.post("held")
    gate.wait()
    lock.release()


def post_try(lock, box):
    box.post(lock.acquire(False))


def post_acquired(lock, box):
    box.post(lock.acquire())


def release(lock):
    lock.release()


def add_up(lock, path, gate, box):
    """Add one to the number in a file 40 times, with the lock held from reading to writing."""
    gate.wait()
    for _ in range(40):
        with lock:
            with open(path) as file:
                number = int(file.read())
            time.monotonic()
            with open(path, "w") as file:
                file.write(str(number + 1))
    box.post("done")


@requirement("lock.acquire.free")
def test_lock_acquire_of_a_free_lock_takes_it(mp):
    """acquire gives True in every form while the lock is free, and the lock is held then."""
    lock = mp.Lock()
    for arguments in ((), (True,), (False,), (True, None), (True, LONG), (True, 0)):
        assert True is Call(lock.acquire, *arguments).result(), f"acquire{arguments} of a free lock"
        assert False is lock.acquire(False), "acquire(False) thereafter"
        lock.release()


@requirement("lock.acquire.blocks")
def test_lock_acquire_waits_for_another_process(mp):
    """acquire of a lock that a child holds returns, with True, only once the child released it."""
    lock, box, gate = mp.Lock(), Mailbox(), Gate()
    with running(mp, hold, args=(lock, box, gate)):
        box.wait()
        call = Call(lock.acquire)
        never(call.returned, "the return of acquire() while the child held the lock")
        gate.open()
        assert True is call.result(), "what acquire() returned"


@requirement("lock.acquire.blocks")
def test_lock_acquire_waits_for_another_thread(mp):
    """acquire of a lock that another thread holds returns only once it was released."""
    lock = mp.Lock()
    Call(lock.acquire).result()
    call = Call(lock.acquire)
    never(call.returned, "the return of acquire() while another thread held the lock")
    lock.release()
    assert True is call.result(), "what acquire() returned"


@requirement("lock.acquire.nonblocking")
def test_lock_acquire_without_waiting_gives_false(mp):
    """acquire(False) and acquire(block=False) give False at once while a child holds the lock."""
    lock, box, gate = mp.Lock(), Mailbox(), Gate()
    with running(mp, hold, args=(lock, box, gate)):
        box.wait()
        assert False is Call(lock.acquire, False).result(), "acquire(False) of a held lock"
        assert False is Call(lock.acquire, block=False).result(), "acquire(block=False) of a held lock"
        gate.open()
    assert True is Call(lock.acquire, False).result(), "acquire(False) after the release"


@requirement("lock.acquire.timeout")
def test_lock_acquire_gives_false_after_its_timeout(mp):
    """acquire with a timeout gives False after that time, not before, while the lock is held."""
    lock = mp.Lock()
    lock.acquire()
    for call in (Call(lock.acquire, True, SHORT), Call(lock.acquire, timeout=SHORT)):
        assert False is call.result(), "acquire(timeout) of a held lock"
        assert SHORT - TICK <= call.seconds, "seconds that acquire(timeout) took"
    lock.release()
    assert True is Call(lock.acquire, timeout=SHORT).result(), "acquire(timeout) after the release"


@requirement("lock.acquire.timeout-success")
def test_lock_acquire_with_timeout_gets_a_lock_that_comes_free(mp):
    """acquire with a long timeout gives True as soon as the child releases the lock."""
    lock, box, gate = mp.Lock(), Mailbox(), Gate()
    with running(mp, hold, args=(lock, box, gate)):
        box.wait()
        call = Call(lock.acquire, True, LONG)
        never(call.returned, "the return of acquire(timeout) while the child held the lock")
        gate.open()
        assert True is call.result(), "acquire(timeout) after the release"


@requirement("lock.acquire.timeout-negative")
def test_lock_acquire_with_negative_timeout_does_not_wait(mp):
    """A negative timeout, like zero, takes a free lock and gives False at once for a held one."""
    lock = mp.Lock()
    for timeout in (-1, -0.001, -1000, 0):
        assert True is Call(lock.acquire, True, timeout).result(), f"acquire(timeout={timeout}) of a free lock"
        assert False is Call(lock.acquire, True, timeout).result(), f"acquire(timeout={timeout}) of a held lock"
        lock.release()


@requirement("lock.acquire.timeout-none")
def test_lock_acquire_with_timeout_none_waits_without_limit(mp):
    """timeout=None waits until the lock comes free."""
    lock = mp.Lock()
    lock.acquire()
    call = Call(lock.acquire, timeout=None)
    never(call.returned, "the return of acquire(timeout=None) of a held lock")
    lock.release()
    assert True is call.result(), "acquire(timeout=None) after the release"


@requirement("lock.acquire.timeout-ignored")
def test_lock_acquire_without_waiting_ignores_its_timeout(mp):
    """acquire(False, t) gives False at once."""
    lock = mp.Lock()
    lock.acquire()
    assert False is Call(lock.acquire, False, LONG).result(), "acquire(False, timeout) of a held lock"
    assert False is Call(lock.acquire, block=False, timeout=LONG).result(), "acquire(block=False, timeout=...)"


@requirement("lock.acquire.block-truth")
def test_lock_takes_block_by_its_truth(mp):
    """acquire(0) does not wait, acquire(1) takes a free lock and acquire(1, t) waits for a held one."""
    lock = mp.Lock()
    assert True is Call(lock.acquire, 1).result(), "acquire(1) of a free lock"
    assert False is Call(lock.acquire, 0).result(), "acquire(0) of a held lock"
    timed = Call(lock.acquire, 1, SHORT)
    assert False is timed.result(), "acquire(1, timeout) of a held lock"
    assert SHORT - TICK <= timed.seconds, "seconds that acquire(1, timeout) took"


@requirement("lock.acquire.keyword-block")
def test_lock_acquire_calls_its_first_parameter_block(mp):
    """block is accepted as a keyword and threading's name for it, blocking, raises TypeError."""
    lock = mp.Lock()
    assert True is lock.acquire(block=True, timeout=LONG), "acquire(block=True, timeout=...)"
    with mp.raises(TypeError):
        lock.acquire(blocking=False)


@requirement("lock.non-recursive")
def test_lock_cannot_be_taken_twice_by_its_holder(mp):
    """The holder's own second acquire gets nothing until the lock is released."""
    lock = mp.Lock()
    lock.acquire()
    assert False is lock.acquire(True, SHORT), "acquire(timeout) by the holder"
    assert False is lock.acquire(False), "acquire(False) by the holder"
    lock.release()
    assert True is lock.acquire(True, LONG), "acquire(timeout) after the release"


@requirement("lock.release.any-owner")
def test_lock_may_be_released_by_another_process_or_thread(mp):
    """A lock that the parent's main thread took is freed by a child, and by another thread."""
    lock = mp.Lock()
    lock.acquire()
    with running(mp, release, args=(lock,)):
        assert True is Call(lock.acquire, True, LONG).result(), "acquire() after a child's release"
    Call(lock.release).result()
    assert True is lock.acquire(False), "acquire(False) after another thread's release"


@requirement("lock.release.unlocked")
def test_lock_release_of_a_free_lock_is_refused(mp):
    """release raises ValueError when nobody holds the lock, and changes nothing."""
    lock = mp.Lock()
    with mp.raises(ValueError):
        lock.release()
    lock.acquire()
    lock.release()
    with mp.raises(ValueError):
        lock.release()
    assert True is lock.acquire(False), "acquire(False) afterwards"
    assert False is lock.acquire(False), "a second acquire(False)"


@requirement("lock.release.wakes-one")
def test_lock_release_lets_one_waiter_proceed(mp):
    """Of three waiters, in processes and a thread, each release lets exactly one have the lock."""
    lock, box = mp.Lock(), Mailbox()
    lock.acquire()
    with running(mp, post_acquired, post_acquired, args=(lock, box)):
        Call(post_acquired, lock, box)
        never(box.letters, "an acquire() of a held lock")
        for released in (1, 2, 3):
            lock.release()
            box.wait(released)
            never(lambda count=released: len(box.letters()) > count, "another acquire() after one release", glance=0.05)
    assert [True] * 3 == box.letters(), "what acquire() returned to the waiters"


@requirement("lock.context-manager")
def test_lock_is_held_within_the_with_statement(mp):
    """with takes the lock, gives True, and releases it at the end, also when the block raises."""
    lock = mp.Lock()
    with lock as entered:
        assert True is entered, "what with gave"
        assert False is lock.acquire(False), "acquire(False) within the block"
    with mp.raises(Refusal):
        with lock:
            raise Refusal("leaves the block")
    assert True is lock.acquire(False), "acquire(False) after the blocks"


@requirement("lock.context-manager")
def test_lock_with_statement_waits_for_a_held_lock(mp):
    """with waits until another holder has released the lock."""
    lock = mp.Lock()
    lock.acquire()
    call = Call(lock.__enter__)
    never(call.returned, "the start of a with block while the lock was held")
    lock.release()
    assert True is call.result(), "what with gave"


@requirement("lock.mutual-exclusion")
def test_lock_keeps_three_processes_apart(mp):
    """Three processes that add to one number, each step under the lock, lose no step."""
    lock, gate, box = mp.Lock(), Gate(), Mailbox()
    with open("number", "w") as file:
        file.write("0")
    with running(mp, add_up, add_up, args=(lock, "number", gate, box)):
        call = Call(add_up, lock, "number", gate, box)
        gate.open()
        call.result()
    with open("number") as file:
        assert "120" == file.read(), "sum of 120 steps"
    assert ["done"] * 3 == box.letters(), "processes that came through"


@requirement("lock.locked", needs=("Lock.locked",))
def test_lock_locked_tells_whether_anybody_holds_it(mp):
    """locked is False while the lock is free, and True while this process or a child holds it."""
    lock, box, gate = mp.Lock(), Mailbox(), Gate()
    assert False is lock.locked(), "locked() of a new lock"
    with lock:
        assert True is lock.locked(), "locked() while this thread holds it"
        assert True is Call(lock.locked).result(), "locked() asked by another thread"
    with running(mp, hold, args=(lock, box, gate)):
        box.wait()
        assert True is lock.locked(), "locked() while a child holds it"
        gate.open()
    assert False is lock.locked(), "locked() after the child released it"


@requirement("lock.locked-absent")
def test_lock_has_no_locked_method(mp):
    """Before Python 3.14 a lock has no locked method."""
    found = [kind for kind in ("Lock", "RLock", "Semaphore") if hasattr(getattr(mp, kind)(), "locked")]
    assert [] == found, "primitives that have a locked method"


@requirement("lock.repr")
def test_lock_repr_names_the_holder(mp):
    """repr tells that nobody, this process, another thread or another process holds the lock."""
    lock, box, gate = mp.Lock(), Mailbox(), Gate()
    name = mp.current_process().name
    assert "<Lock(owner=None)>" == repr(lock), "repr of a free lock"
    with lock:
        assert f"<Lock(owner={name})>" == repr(lock), "repr of a lock held by this thread"
    thread = threading.Thread(target=lambda: box.post([lock.acquire(), repr(lock)]), name="Holder")
    thread.start()
    thread.join()
    assert [True, f"<Lock(owner={name}|Holder)>"] == box.first(), "repr in the thread that holds the lock"
    assert "<Lock(owner=SomeOtherThread)>" == repr(lock), "repr of a lock held by another thread"
    lock.release()
    with running(mp, hold, args=(lock, box, gate)):
        box.wait(2)
        assert "<Lock(owner=SomeOtherProcess)>" == repr(lock), "repr of a lock held by a child"
        gate.open()


@requirement("lock.held-by-killed")
def test_lock_of_a_killed_process_stays_held(mp):
    """A lock whose holder was killed is not free."""
    lock, box = mp.Lock(), Mailbox()
    with running(mp, hold, args=(lock, box, Gate())) as child:
        box.wait()
        kill(child)
        child.join()
        assert False is Call(lock.acquire, True, SHORT).result(), "acquire(timeout) after the holder was killed"


@requirement("lock.eintr")
def test_lock_acquire_goes_on_after_signals(mp):
    """Signals whose handler returns do not end an acquire, with or without timeout, before the lock is free."""
    for arguments in ((), (True, LONG)):
        lock = mp.Lock()
        lock.acquire()
        with alarms() as ticks:
            releasing = after_ticks(ticks, lock.release)
            assert True is lock.acquire(*arguments), "acquire() while signals arrived"
        assert 5 <= len(ticks), "signals handled before acquire() returned"
        releasing.result()


@requirement("lock.eintr")
def test_lock_acquire_keeps_its_timeout_while_signals_arrive(mp):
    """Interrupted again and again, acquire with a timeout gives False after that time, not before."""
    lock = mp.Lock()
    lock.acquire()
    with alarms(0.01):
        start = time.monotonic()
        taken = lock.acquire(True, SHORT)
        seconds = time.monotonic() - start
    assert False is taken, "acquire(timeout) of a held lock"
    assert SHORT - TICK <= seconds, "seconds that acquire(timeout) took"


@requirement("lock.eintr")
def test_lock_acquire_lets_a_signal_handlers_exception_out(mp):
    """An exception raised by a signal handler ends acquire, and the lock was not taken."""
    lock = mp.Lock()
    lock.acquire()
    with alarms() as ticks:
        with mp.raises(Refusal):
            ticks.fail()
            lock.acquire(True, 5)
    lock.release()
    assert True is lock.acquire(False), "acquire(False) after the holder released the lock"
