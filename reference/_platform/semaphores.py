"""Counting semaphores that processes share, as the interpreter's accelerator module offers them.

On POSIX one has a system name until `unlink` removes it; processes that opened it keep it. On Windows
it lives as long as a handle to it, and `unlink` is None.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    class RawSemaphore:
        """What the accelerator's `SemLock` offers."""

        SEM_VALUE_MAX: int
        handle: int
        kind: int
        maxvalue: int
        name: str | None

        def __init__(self, kind: int, value: int, maxvalue: int, name: str, unlink: bool) -> None: ...
        @classmethod
        def _rebuild(cls, handle: int, kind: int, maxvalue: int, name: str | None) -> RawSemaphore: ...
        def acquire(self, block: bool = True, timeout: float | None = None) -> bool: ...
        def release(self) -> None: ...
        def __enter__(self) -> bool: ...
        def __exit__(self, *args: Any) -> None: ...
        def _count(self) -> int: ...
        def _is_mine(self) -> bool: ...
        def _is_zero(self) -> bool: ...
        def _get_value(self) -> int: ...
        def _after_fork(self) -> None: ...

    unlink: Callable[[str], None] | None
else:
    try:
        from _multiprocessing import SemLock as RawSemaphore
    except ImportError as err:
        raise ImportError(
            "this platform has no working shared semaphores (sem_open), without which there can be"
            " neither locks nor queues between processes"
        ) from err

    if sys.platform == "win32":  # there is a function of that name, which does nothing
        unlink = None
    else:
        from _multiprocessing import sem_unlink as unlink

__all__ = ["MAX_VALUE", "PLAIN", "RECURSIVE", "RawSemaphore", "unlink"]

RECURSIVE, PLAIN = 0, 1
"""The kinds: one that its owner may take again, and one without an owner."""

MAX_VALUE = RawSemaphore.SEM_VALUE_MAX
