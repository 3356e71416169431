"""Condition: a lock, given up by those who wait until another notifies them."""

import contextlib
import os
import pickle
import signal

from conformance.clocks import eventually, never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, SHORT, TICK, Call, Refusal, running
from conformance.specs.kin import state
from conformance.specs.waiters import enter, notify, notify_all, release_or_error, tries, wait_once, wait_with, woken


def wait_at_level_two(condition, box, gate):
    """Wait with the lock taken twice, and tell how many releases it takes afterwards."""
    condition.acquire()
    condition.acquire()
    box.post("waiting")
    box.post(condition.wait())
    gate.wait()
    box.post([release_or_error(condition) for _ in range(3)])


@requirement("condition.default-lock")
def test_condition_makes_a_recursive_lock(mp):
    """Without a lock argument the condition can be acquired twice by one thread, and not by another."""
    condition = mp.Condition()
    assert [True, True] == [condition.acquire(), condition.acquire(False)], "two acquires by one thread"
    condition.release()
    assert False is tries(condition), "another thread's acquire(False) at level 1"
    condition.release()
    assert True is tries(condition), "another thread's acquire(False) at level 0"


@requirement("condition.given-lock")
def test_condition_uses_the_lock_that_it_is_given(mp):
    """A Lock or RLock given to the constructor is held while the condition is, and given up while it waits."""
    for lock in (mp.Lock(), mp.RLock()):
        condition, box = mp.Condition(lock), Mailbox()
        with condition:
            assert False is tries(lock), f"another thread's acquire(False) of the {type(lock).__name__}"
        assert True is lock.acquire(False), "acquire(False) after the block"
        lock.release()
        waiting = Call(wait_once, condition, box)
        box.wait()
        enter(lock)
        condition.notify()
        lock.release()
        waiting.result()
        assert True is tries(lock), "another thread's acquire(False) after the wait"


@requirement("condition.acquire-release")
def test_condition_acquire_and_release_act_on_its_lock(mp):
    """acquire, release and with on the condition are those of the lock, and the other way round."""
    lock = mp.Lock()
    condition = mp.Condition(lock)
    assert True is condition.acquire(), "acquire()"
    assert [False, False] == [lock.acquire(False), condition.acquire(False)], "acquire(False) of the held lock"
    assert False is Call(condition.acquire, True, -1).result(), "acquire(timeout=-1) of the held lock"
    condition.release()
    lock.acquire()
    assert False is condition.acquire(block=False), "acquire(block=False) while the lock is held"
    lock.release()
    with condition as entered:
        assert (True, False) == (entered, lock.acquire(False)), "what with gave; acquire(False) within the block"
    with mp.raises(Refusal):
        with condition:
            raise Refusal("leaves the block")
    assert True is lock.acquire(False), "acquire(False) after the blocks"


@requirement("condition.wait.needs-lock")
def test_condition_wait_without_the_lock_is_refused(mp):
    """wait raises AssertionError when nobody, or somebody else, holds the lock."""
    for lock in (None, mp.Lock()):
        condition = mp.Condition(lock)
        with mp.misuse(AssertionError):
            Call(condition.wait, SHORT).result()
    for lock in (None, mp.Lock()):
        condition = mp.Condition(lock)
        with condition:
            with mp.misuse(AssertionError):
                Call(condition.wait, SHORT).result()
            assert False is tries(condition), "another thread's acquire(False) after the refused wait()"


@requirement("condition.wait.releases-lock")
def test_condition_wait_gives_the_lock_up_and_takes_it_again(mp):
    """While a child waits, at level two, the parent has the lock; on its return the child holds both levels again."""
    condition, box, gate = mp.Condition(), Mailbox(), Gate()
    with running(mp, wait_at_level_two, args=(condition, box, gate)):
        box.wait()
        notify(condition)
        assert True is box.wait(2)[1], "what wait() returned in the child"
        assert False is condition.acquire(False), "acquire(False) after wait() returned in the child"
        gate.open()
        assert [None, None, "AssertionError"] == box.wait(3)[2], "three releases in the child"


@requirement("condition.wait.timeout")
def test_condition_wait_gives_false_after_its_timeout(mp):
    """wait(t) gives False after t seconds, not before, when nobody notifies, and holds the lock then."""
    condition = mp.Condition()
    call = Call(wait_with, condition, SHORT)
    assert False is call.result(), "wait(timeout) without notification"
    assert SHORT - TICK <= call.seconds, "seconds that wait(timeout) took"
    with condition:
        assert False is condition.wait(timeout=0.01), "wait(timeout) by keyword"
        assert False is tries(condition), "another thread's acquire(False) after wait()"


@requirement("condition.wait.timeout")
def test_condition_wait_with_timeout_gives_true_when_notified(mp):
    """wait(t) in a child gives True once notified, and not before."""
    condition, box = mp.Condition(), Mailbox()
    with running(mp, wait_once, args=(condition, box, LONG)):
        box.wait()
        never(lambda: len(box.letters()) > 1, "the return of wait(timeout) without notification")
        notify(condition)
        assert True is box.wait(2)[1], "what wait(timeout) returned"


@requirement("condition.wait.releases-lock")
def test_condition_wait_that_timed_out_still_waits_for_the_lock(mp):
    """wait(t) does not return, though t is long over, before it has the lock again."""
    condition, box = mp.Condition(), Mailbox()
    waiting = Call(wait_at_level_one, condition, box, SHORT)
    box.wait()
    enter(condition)
    never(waiting.returned, "the return of wait(timeout) while another thread has the lock", glance=3 * SHORT)
    condition.release()
    assert (False, False) == waiting.result(), "what wait(timeout) returned; acquire(False) of another thread then"


def wait_at_level_one(condition, box, timeout):
    with condition:
        box.post("waiting")
        return condition.wait(timeout), tries(condition)


@requirement("condition.wait.zero")
def test_condition_wait_with_timeout_zero_or_less_does_not_wait(mp):
    """wait(0) and wait(-1) give False at once."""
    condition = mp.Condition()
    for timeout in (0, -1, -0.001):
        assert False is Call(wait_with, condition, timeout).result(), f"wait({timeout})"


@requirement("condition.notify.needs-lock")
def test_condition_notify_without_the_lock_is_refused(mp):
    """notify and notify_all raise AssertionError when nobody, or somebody else, holds the lock."""
    condition = mp.Condition()
    for notifying in (condition.notify, condition.notify_all):
        with mp.misuse(AssertionError):
            Call(notifying).result()
    with condition:
        for notifying in (condition.notify, condition.notify_all):
            with mp.misuse(AssertionError):
                Call(notifying).result()


@requirement("condition.notify.one")
def test_condition_notify_wakes_one(mp):
    """Each notify() wakes exactly one of three waiters, in two processes and a thread."""
    condition, box = mp.Condition(), Mailbox()
    with running(mp, wait_once, wait_once, args=(condition, box)):
        Call(wait_once, condition, box)
        box.wait(3)
        for count in (1, 2, 3):
            notify(condition)
            box.wait(3 + count)
            never(lambda count=count: len(box.letters()) > 3 + count, "the waking of another waiter", glance=0.05)
    assert [True] * 3 == woken(box, 3), "what wait() returned"


@requirement("condition.notify.n", needs=("Condition.notify(n)",))
def test_condition_notify_n_wakes_n(mp):
    """notify(0) wakes none of four waiters, notify(2) exactly two, notify(5) the two that are left, and no more."""
    condition, box = mp.Condition(), Mailbox()
    with running(mp, wait_once, wait_once, args=(condition, box)):
        Call(wait_once, condition, box)
        Call(wait_once, condition, box)
        box.wait(4)
        notify(condition, 0)
        notify(condition, 2)
        box.wait(6)
        never(lambda: len(box.letters()) > 6, "the waking of a third waiter")
        notify(condition, n=5)
        box.wait(8)
    assert [True] * 4 == woken(box, 4), "what wait() returned"
    assert False is Call(wait_with, condition, 0).result(), "wait(0) of one who came later"


@requirement("condition.notify.none-waiting")
def test_condition_notify_without_waiters_is_forgotten(mp):
    """Notifications that nobody waits for do not wake a later waiter, in any process."""
    condition, box = mp.Condition(), Mailbox()
    with condition:
        condition.notify()
        condition.notify_all()
        assert False is condition.wait(SHORT), "wait(timeout) after notify() and notify_all()"
    with running(mp, wait_once, args=(condition, box, SHORT)):
        assert False is box.wait(2)[1], "a child's wait(timeout) after notify() and notify_all()"


@requirement("condition.notify-all")
def test_condition_notify_all_wakes_everybody(mp):
    """notify_all wakes all waiters, in two processes and two threads, and none before."""
    condition, box = mp.Condition(), Mailbox()
    with running(mp, wait_once, wait_once, args=(condition, box)):
        Call(wait_once, condition, box)
        Call(wait_once, condition, box)
        box.wait(4)
        never(lambda: len(box.letters()) > 4, "the waking of a waiter without notification", glance=0.05)
        notify_all(condition)
        box.wait(8)
    assert [True] * 4 == woken(box, 4), "what wait() returned"


@requirement("condition.notify-all", platforms=["posix"])  # where a process can be kept from running
def test_condition_notify_all_wakes_one_that_is_slow_to_wake(mp):
    """A waiter that does not run while all are notified, and others wake, finds itself notified when it goes on."""
    condition, box = mp.Condition(), Mailbox()
    with running(mp, wait_once, wait_once, args=(condition, box)) as (_, slow):
        box.wait(2)
        condition.acquire()  # Now both wait.
        condition.release()
        os.kill(slow.pid, signal.SIGSTOP)
        eventually(lambda: state(slow.pid) == "T", "the stop of a waiter")
        notifying = Call(notify_all, condition)
        with contextlib.suppress(AssertionError):  # It may wait until all have woken.
            eventually(notifying.returned, "the return of notify_all()", 0.3)
        os.kill(slow.pid, signal.SIGCONT)
        box.wait(4)
        notifying.result()
    assert [True] * 2 == woken(box, 2), "what wait() returned"


@requirement("condition.notify.one", platforms=["posix"])
def test_condition_notify_is_for_who_waited_then(mp):
    """A waiter that does not run while it is notified keeps its notification, though another begins to wait."""
    condition, box = mp.Condition(), Mailbox()
    with running(mp, wait_once, args=(condition, box)) as slow:
        box.wait()
        condition.acquire()  # Now it waits.
        condition.release()
        os.kill(slow.pid, signal.SIGSTOP)
        eventually(lambda: state(slow.pid) == "T", "the stop of the waiter")
        notifying = Call(notify, condition)
        with contextlib.suppress(AssertionError):  # It may wait until the other has woken.
            eventually(notifying.returned, "the return of notify()", 0.3)
        late = Call(wait_with, condition, LONG)
        never(late.returned, "the waking of one that was not notified", glance=0.05)
        os.kill(slow.pid, signal.SIGCONT)
        assert ["waiting", True] == box.wait(2), "what the waiter told"
        notifying.result()
    notify(condition)
    assert True is late.result(), "what wait() gave the other"


@requirement("condition.notify.after-timeouts")
def test_condition_waiters_that_timed_out_swallow_no_notification(mp):
    """After two waits have timed out, notify() wakes the one that still waits, and only one of two."""
    condition, box = mp.Condition(), Mailbox()
    for _ in range(2):
        assert False is Call(wait_with, condition, 0.01).result(), "wait(timeout) without notification"
    with running(mp, wait_once, args=(condition, box)):
        box.wait()
        Call(wait_once, condition, box)
        box.wait(2)
        for count in (1, 2):
            assert False is Call(wait_with, condition, 0.01).result(), "wait(timeout) without notification"
            notify(condition)
            box.wait(2 + count)
            never(lambda count=count: len(box.letters()) > 2 + count, "the waking of another waiter", glance=0.05)


@requirement("condition.notify.after-timeouts")
def test_condition_waiters_that_timed_out_are_not_notified(mp):
    """A notifier does not wait for those who have gone, and no later waiter gets what was meant for them."""
    condition = mp.Condition()
    for notifying in (notify, notify_all):
        for _ in range(2):
            assert False is Call(wait_with, condition, 0.01).result(), "wait(timeout) without notification"
        notifying(condition)
        assert False is Call(wait_with, condition, 0.01).result(), "wait(timeout) after a notification of nobody"


@requirement("condition.notify.keeps-lock")
def test_condition_waiter_proceeds_only_when_the_notifier_releases(mp):
    """A notified child stays in wait() as long as the notifier holds the lock."""
    condition, box = mp.Condition(), Mailbox()
    with running(mp, wait_once, args=(condition, box)):
        box.wait()
        enter(condition)
        condition.notify()
        never(lambda: len(box.letters()) > 1, "the return of wait() while the notifier held the lock")
        condition.release()
        assert True is box.wait(2)[1], "what wait() returned"


@requirement("condition.repr")
def test_condition_repr_tells_lock_and_waiters(mp):
    """repr shows the lock's repr and the number of those who wait."""
    lock = mp.Lock()
    condition, box = mp.Condition(lock), Mailbox()
    assert "<Condition(<Lock(owner=None)>, 0)>" == repr(condition), "repr of a new condition"
    waiting = Call(wait_once, condition, box)
    box.wait()
    enter(condition)
    assert f"<Condition({lock!r}, 1)>" == repr(condition), "repr with one waiter"
    condition.notify()
    condition.release()
    waiting.result()
    condition = mp.Condition()
    assert "<Condition(<RLock(None, 0)>, 0)>" == repr(condition), "repr of a condition with its own lock"
    assert False is Call(wait_with, condition, 0.01).result(), "wait(timeout) without notification"
    assert "<Condition(<RLock(None, 0)>, 0)>" == repr(condition), "repr after a wait() that timed out"


@requirement("condition.pickle.outside")
def test_condition_cannot_be_pickled_otherwise(mp):
    """Pickling a condition, or sending it through a connection, raises RuntimeError."""
    condition = mp.Condition()
    left, right = mp.Pipe()
    with mp.raises(RuntimeError):
        pickle.dumps(condition)
    with mp.raises(RuntimeError):
        left.send(condition)
    assert False is right.poll(), "poll() of the other end"


@requirement("condition.inherit")
def test_condition_given_to_a_child_wakes_the_parent(mp):
    """A child's notify wakes the parent, which waits on the same condition, made with a lock of its own."""
    lock, box, gate = mp.Lock(), Mailbox(), Gate()
    condition = mp.Condition(lock)
    with running(mp, notify_at, args=(condition, gate)):
        waiting = Call(wait_once, condition, box)
        box.wait()
        never(waiting.returned, "the return of wait() without notification", glance=0.05)
        gate.open()
        waiting.result()
    assert True is box.letters()[1], "what wait() returned"


def notify_at(condition, gate):
    gate.wait()
    condition.acquire()
    condition.notify()
    condition.release()


@requirement("condition.no-locked")
def test_condition_has_no_locked_method(mp):
    """A condition has no locked method, even where locks have one."""
    assert False is hasattr(mp.Condition(), "locked"), "whether a condition has a locked method"
