"""A few integers that processes share. Who may write, and when, is the business of whoever holds them.

As a lock's semaphore, those of a fork context are inherited; others have a name, which their creator removes.
Above: `roll`, `barrier`.
"""

from __future__ import annotations

from . import rooms
from ._platform.pages import anonymous_page, named_page, open_page, remove_page
from .lifecycle import Finalize
from .semaphores import new_name
from .spawning import assert_spawning, keep_for_child

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap

    from .semaphores import Context

__all__ = ["SharedInts"]

_ITEM = 4  # bytes of a C int


class SharedInts:
    """`count` integers of 32 bits, zero at first, in `cells`.

    ctx: the context whose processes are to share them.
    """

    __slots__ = ("__weakref__", "_name", "cells")

    def __init__(self, count: int, *, ctx: Context) -> None:
        self._name = None if ctx.get_start_method() == "fork" else new_name()
        if self._name is None:
            self._adopt(anonymous_page(count * _ITEM))
            return
        self._adopt(named_page(self._name, count * _ITEM))
        if remove_page is not None:
            rooms.load("resource_tracker").register(self._name, "shared_memory")
            Finalize(self, _remove, (self._name,), exitpriority=0)

    def _adopt(self, page: mmap.mmap) -> None:
        self.cells = memoryview(page).cast("i")

    def __getstate__(self) -> tuple[str, int]:
        assert_spawning(self)
        if self._name is None:
            raise RuntimeError("shared memory of a fork context can only be inherited by forked processes")
        keep_for_child(self)
        return self._name, len(self.cells)

    def __setstate__(self, state: tuple[str, int]) -> None:
        self._name, count = state
        self._adopt(open_page(self._name, count * _ITEM))


def _remove(name: str) -> None:
    if remove_page is not None:
        remove_page(name)
    rooms.load("resource_tracker").unregister(name, "shared_memory")
