"""Condition variables across processes.

Sleepers wait for tokens in a semaphore; they stand on a roll, so that a notifier knows how many tokens to give.
A notifier waits for nobody. In return, whoever wants to sleep first sees to it that those notified before have
taken their tokens, lest it take one of theirs: the late cannot steal the wakening of the early. Tokens for
which nobody is left, as their sleepers died or gave up, are taken back at that moment.

So no call waits for a process that has died, and a signal handler may notify the thread that it interrupts.
Above: `event`, `barrier`, `queues`. `synchronize` is the public name.
"""

from __future__ import annotations

from _thread import get_ident
from time import monotonic

from .roll import Roll
from .semaphores import OPERATIONS, RLock, Semaphore, borrow_operations
from .spawning import assert_spawning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from .semaphores import Context, SemLock

    T = TypeVar("T")

__all__ = ["Condition"]

# How long, in seconds, the taking of a token may last before we look whether somebody has died. Far above
# what a wakening takes; it is only ever waited in full for a process that is stopped, starved or dead.
_PATIENCE = 0.05

# How long, in seconds, a sleeper sleeps at a stretch. A signal that comes just before the system call does not
# interrupt it: the handler, which may be the one to wake us, would only run at its end.
_STRETCH = 1.0


class Condition:
    """A lock with which processes can wait until another notifies them.

    lock: a Lock or RLock to use; by default a new RLock.
    ctx: the context whose processes are to share it.
    Source: library documentation, "multiprocessing.Condition".
    """

    # As in SemLock: the lock's operations are called without a detour.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "_acquiring",
        "_lock",
        "_sleeping_count",
        "_wait_semaphore",
        "_woken_count",
        *OPERATIONS,
    )

    if TYPE_CHECKING:
        _acquiring: set[int]
        _lock: SemLock
        _sleeping_count: Roll
        _wait_semaphore: Semaphore
        _woken_count: Semaphore
        acquire: Callable[..., bool]
        release: Callable[[], None]

        def __enter__(self) -> bool: ...
        def __exit__(self, *args: Any) -> None: ...

    def __init__(self, lock: SemLock | None = None, *, ctx: Context) -> None:
        self.__setstate__(
            (
                lock or RLock(ctx=ctx),
                Roll(ctx=ctx),  # sleepers, also those woken that have not got the lock back
                Semaphore(0, ctx=ctx),  # the latter, counted without the lock
                Semaphore(0, ctx=ctx),  # tokens
            )
        )

    def __getstate__(self) -> tuple[Any, ...]:
        assert_spawning(self)
        return self._lock, self._sleeping_count, self._woken_count, self._wait_semaphore

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._lock, self._sleeping_count, self._woken_count, self._wait_semaphore = state
        borrow_operations(self, self._lock)
        self._acquiring = set()  # threads of this process, see _acquire

    def __repr__(self) -> str:
        return f"<{type(self).__name__}({self._lock}, {self._sleeping_count.asleep()})>"

    def wait(self, timeout: float | None = None) -> bool:
        """Release the lock, sleep until notified, take the lock again; tell whether a notification came.

        timeout: seconds; None waits for ever; zero or less does not wait.
        Raises:
            AssertionError: the lock is not held.
        Source: library documentation, "threading.Condition.wait".
        """
        self._insist_held("wait")
        deadline = None if timeout is None else monotonic() + timeout
        place = self._enlist(deadline)
        return place is not None and self._sleep(place, deadline)

    def wait_for(self, predicate: Callable[[], T], timeout: float | None = None) -> T:
        """Wait until `predicate()` is true, and return what it returned last.

        timeout: seconds in all; when they have passed the result is false.
        Source: library documentation, "threading.Condition.wait_for".
        """
        deadline = None if timeout is None else monotonic() + timeout
        while not (result := predicate()):
            remaining = None if deadline is None else deadline - monotonic()
            if remaining is not None and remaining <= 0:
                break
            self.wait(remaining)
        return result

    def notify(self, n: int = 1) -> None:
        """Wake up to `n` of those who sleep now. They go on when they get the lock.

        Raises:
            AssertionError: the lock is not held.
        """
        self._insist_held("notify")
        asleep = self._sleeping_count.asleep()
        if asleep:
            self._give(min(self._take_back() + n, asleep))

    def notify_all(self) -> None:
        """Wake all who sleep now.

        Raises:
            AssertionError: the lock is not held.
        """
        self._insist_held("notify_all")
        self._wake_all()

    def _insist_held(self, action: str) -> None:
        # AssertionError is what users of the stdlib see; raised in any case, also under -O.
        if not self._lock._semlock._is_mine():
            raise AssertionError(f"{action} of a condition whose lock is not held")

    def _acquire(self) -> None:
        """Acquire the lock so that a signal handler can tell whether it interrupts just that.

        Such a handler must not acquire: PyPy may have taken the semaphore and not yet noted for whom.
        """
        me = get_ident()
        self._acquiring.add(me)
        try:
            self.acquire()
        finally:
            self._acquiring.discard(me)

    def _wake_all(self) -> None:
        self._take_back()
        self._give(self._sleeping_count.asleep())

    def _take_back(self) -> int:
        """Collect the tokens that nobody has taken yet; tell how many."""
        count = 0
        while self._wait_semaphore.acquire(False):
            count += 1
        return count

    def _give(self, tokens: int) -> None:
        for _ in range(tokens):
            self._wait_semaphore.release()

    def _enlist(self, deadline: float | None) -> int | None:
        """With the lock held: get a place among the sleepers. None if the deadline passes before."""
        while not self._wait_semaphore.locked():
            owed = min(self._take_back(), self._sleeping_count.asleep())
            if not owed:
                break
            self._give(owed)
            patience = _PATIENCE if deadline is None else min(_PATIENCE, deadline - monotonic())
            if not self._woken_count.acquire(True, patience):
                if deadline is not None and monotonic() >= deadline:
                    return None
                self._sleeping_count.strike_dead()
        return self._sleeping_count.enter()

    def _await_token(self, deadline: float | None) -> bool:
        """Without the lock: take a token; False if the deadline passes before."""
        take = self._wait_semaphore.acquire
        if deadline is None:
            while not take(True, _STRETCH):
                continue
            return True
        while (left := deadline - monotonic()) > _STRETCH:
            if take(True, _STRETCH):
                return True
        return take(True, left)

    def _sleep(self, place: int, deadline: float | None) -> bool:
        """With the lock held, and `place` from `_enlist`: wait for a token, then for the lock."""
        levels = self._lock._semlock._count()
        for _ in range(levels):
            self.release()
        try:
            return self._await_token(deadline)
        finally:
            self._sleeping_count.wake(place)
            self._woken_count.release()
            for _ in range(levels):
                self._acquire()
            self._sleeping_count.leave(place)
            self._woken_count.acquire(False)
