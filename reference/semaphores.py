"""The primitives that are one shared semaphore each: `Lock`, `RLock`, `Semaphore`, `BoundedSemaphore`.

A lock of a fork context has no name in the system: children inherit it. One of another context has a name by
which children open it; its creator removes the name when it collects the lock or ends, and the resource
tracker does when the creator could not.

Above: `shared_ints`, `condition`, `queues`. `synchronize` is the public name.
"""

from __future__ import annotations

import os
import sys

from . import rooms, start_method
from ._platform.semaphores import MAX_VALUE, PLAIN, RECURSIVE, RawSemaphore, unlink
from .lifecycle import Finalize, register_after_fork
from .process import current_process
from .spawning import assert_spawning, get_spawning_popen, keep_for_child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Context(Protocol):
        """What the primitives ask of the context that they are made for."""

        def get_start_method(self, allow_none: bool = ...) -> str | None: ...


__all__ = ["BoundedSemaphore", "Lock", "RLock", "SemLock", "Semaphore"]


OPERATIONS = ("__enter__", "__exit__", "acquire", "release")
"""What everything lockable has in common."""


def borrow_operations(borrower: object, lender: object) -> None:
    """Let `borrower`, which has slots of these names, acquire and release what `lender` does."""
    for operation in OPERATIONS:
        setattr(borrower, operation, getattr(lender, operation))


class SemLock:
    """A shared semaphore; the base of the locks.

    kind, value, maxvalue: as the raw semaphore takes them.
    ctx: the context whose processes are to share it.
    Raises:
        OSError: the value is negative, or the system has no semaphore left.
    """

    # The operations are kept in slots, as bound methods of the raw semaphore: `with lock:` and `lock.acquire()`
    # then run without a Python frame. (Measured: `with` takes a quarter of the time that methods calling on take,
    # and half of what a subclass of the raw type takes.)
    __slots__ = ("__dict__", "__weakref__", "_is_fork_ctx", "_semlock", "locked", *OPERATIONS)

    if TYPE_CHECKING:
        _is_fork_ctx: bool
        _semlock: RawSemaphore
        locked: Callable[[], bool]
        acquire: Callable[..., bool]
        release: Callable[[], None]

        def __enter__(self) -> bool: ...
        def __exit__(self, *args: Any) -> None: ...

    def __init__(self, kind: int, value: int, maxvalue: int, *, ctx: Context | None) -> None:
        # Without a context (as CPython's test suite makes one to try) for the method in force.
        self._is_fork_ctx = (start_method.get() if ctx is None else ctx.get_start_method()) == "fork"
        keep_name = unlink is not None and not self._is_fork_ctx
        raw = _create(kind, value, maxvalue, not keep_name)
        self._adopt(raw)
        if keep_name:
            assert raw.name is not None
            rooms.load("resource_tracker").register(raw.name, "semaphore")
            Finalize(self, _remove_name, (raw.name,), exitpriority=0)

    def _adopt(self, raw: RawSemaphore) -> None:
        self._semlock = raw
        borrow_operations(self, raw)
        self.locked = raw._is_zero
        # A forked child owns nothing, whoever owned the lock in its parent.
        register_after_fork(self, SemLock._disown)

    def _disown(self) -> None:
        self._semlock._after_fork()

    def __getstate__(self) -> tuple[Any, ...]:
        assert_spawning(self)
        raw = self._semlock
        if self._is_fork_ctx:
            raise RuntimeError(
                "A SemLock created in a fork context can be used by forked processes only:"
                f" make the {type(self).__name__} with the context that starts the process"
            )
        keep_for_child(self)
        handle = raw.handle
        if unlink is None:
            popen = get_spawning_popen()
            assert popen is not None  # assert_spawning has seen it
            handle = popen.duplicate_for_child(handle)
        return handle, raw.kind, raw.maxvalue, raw.name

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        # Whoever could travel once has a name, and can travel on.
        self._is_fork_ctx = False
        self._adopt(RawSemaphore._rebuild(*state))


class Lock(SemLock):
    """A lock that any process or thread may release. Not recursive.

    Source: library documentation, "multiprocessing.Lock".
    """

    __slots__ = ()

    def __init__(self, *, ctx: Context | None) -> None:
        super().__init__(PLAIN, 1, 1, ctx=ctx)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}(owner={_holder(self._semlock)[0]})>"


class RLock(SemLock):
    """A lock that its owner, one thread of one process, may acquire again and must release as often.

    Source: library documentation, "multiprocessing.RLock".
    """

    __slots__ = ()

    def __init__(self, *, ctx: Context | None) -> None:
        super().__init__(RECURSIVE, 1, 1, ctx=ctx)

    def __repr__(self) -> str:
        owner, level = _holder(self._semlock)
        return f"<{type(self).__name__}({owner}, {level})>"


class Semaphore(SemLock):
    """A counter that `acquire` lowers, waiting while it is zero, and `release` raises.

    Source: library documentation, "multiprocessing.Semaphore".
    """

    __slots__ = ()

    def __init__(self, value: int = 1, *, ctx: Context | None) -> None:
        super().__init__(PLAIN, value, MAX_VALUE, ctx=ctx)

    def get_value(self) -> int:
        """The value now.

        Raises:
            NotImplementedError: the system cannot tell (macOS).
        """
        return self._semlock._get_value()

    def _value_text(self) -> str:
        try:
            return str(self.get_value())
        except NotImplementedError:
            return "unknown"

    def __repr__(self) -> str:
        return f"<{type(self).__name__}(value={self._value_text()})>"


class BoundedSemaphore(Semaphore):
    """A semaphore whose `release` raises ValueError rather than lift it above its first value.

    Source: library documentation, "multiprocessing.BoundedSemaphore".
    """

    __slots__ = ()

    def __init__(self, value: int = 1, *, ctx: Context | None) -> None:
        SemLock.__init__(self, PLAIN, value, value, ctx=ctx)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}(value={self._value_text()}, maxvalue={self._semlock.maxvalue})>"


def new_name() -> str:
    """A name for a semaphore or shared memory that is most likely unused."""
    # 64 random bits from the system: a generator's state would be shared with forked children.
    return f"{current_process()._config['semprefix']}-{os.urandom(8).hex()}"


def _create(kind: int, value: int, maxvalue: int, forget_name: bool) -> RawSemaphore:
    """Make a raw semaphore under a name that nobody uses, which is removed at once if `forget_name`."""
    while True:
        try:
            return RawSemaphore(kind, value, maxvalue, new_name(), forget_name)
        except FileExistsError:
            continue


def _remove_name(name: str) -> None:
    if unlink is not None:
        unlink(name)
    rooms.load("resource_tracker").unregister(name, "semaphore")


def _holder(raw: RawSemaphore) -> tuple[str, int | str]:
    """Who holds a lock, and how often, as far as this process can know."""
    if raw._is_mine():
        name = current_process().name
        # A program that never loaded `threading` has its main thread only.
        threading = sys.modules.get("threading")
        if threading is not None and threading.current_thread() is not threading.main_thread():
            name += f"|{threading.current_thread().name}"
        return name, raw._count()
    if not raw._is_zero():
        return "None", 0
    return ("SomeOtherThread" if raw._count() > 0 else "SomeOtherProcess"), "nonzero"
