"""A lock and a thread-local store that a forked child finds as new.

Below: `lifecycle` (the after-fork hooks). Above: `util`, under whose name programs use them.
"""

from __future__ import annotations

import _thread

from . import lifecycle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["ForkAwareLocal", "ForkAwareThreadLock"]


class ForkAwareThreadLock:
    """A lock between the threads of a process, which is free in a forked child whoever held it."""

    def __init__(self) -> None:
        self._lock: Any = _thread.allocate_lock()
        self.acquire = self._lock.acquire
        self.release = self._lock.release
        lifecycle.register_after_fork(self, ForkAwareThreadLock._at_fork_reinit)

    def _at_fork_reinit(self) -> None:
        self._lock._at_fork_reinit()

    def __enter__(self) -> bool:
        return bool(self.acquire())

    def __exit__(self, *exc_info: object) -> None:
        self.release()


class ForkAwareLocal(_thread._local):
    """Attributes that each thread has for itself, and of which a forked child has none. Travels empty."""

    def __init__(self) -> None:
        lifecycle.register_after_fork(self, _empty)

    def __reduce__(self) -> tuple[type[ForkAwareLocal], tuple[()]]:
        return type(self), ()


def _empty(local: ForkAwareLocal) -> None:
    vars(local).clear()
