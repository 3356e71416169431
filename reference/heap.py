"""Memory that processes share: blocks of any size, cut from few big arenas.

A block is a `BufferWrapper`. It belongs to the process that made it: when that one drops it, the memory is used again.
Children have it by inheritance, and cut their own blocks from arenas of their own.

Below: `_platform`. Above: `sharedctypes`. Knows nothing of what the bytes mean.
"""

from __future__ import annotations

import _thread
import mmap
import os
import sys

from . import forking
from ._platform.arenas import BY_NAME, map_arena, new_arena
from .lifecycle import Finalize
from .reduction import DupFd
from .semaphores import new_name
from .spawning import assert_spawning, keep_for_child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["BufferWrapper"]

# What every C type can stand on.
_ALIGNMENT = 16

# Arenas grow with the need, up to this size; a bigger one is made for one block.
_LARGEST_USUAL = 4 * 1024 * 1024


class Arena:
    """A mapping of `size` bytes, and what stands for it on the way to a child: a descriptor, or a name."""

    _close = staticmethod(os.close)
    _token: Any = None  # also when __init__ failed: __del__ looks

    def __init__(self, size: int) -> None:
        self.size = size
        self.buffer, self._token = new_arena(size, new_name())

    def __reduce__(self) -> tuple[Any, ...]:
        assert_spawning(self)
        keep_for_child(self)
        return _rebuild_arena, (self._token if BY_NAME else DupFd(self._token), self.size)

    def __del__(self) -> None:
        if not BY_NAME and self._token is not None:
            self._close(self._token)


def _rebuild_arena(travelling: Any, size: int) -> Arena:
    arena = Arena.__new__(Arena)
    arena.size = size
    arena._token = travelling if BY_NAME else travelling.detach()
    arena.buffer = map_arena(arena._token, size)
    return arena


class Gaps:
    """Which parts of `size` bytes are free: neighbours become one again."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._stops = {0: size}
        self._starts = {size: 0}

    def take(self, size: int) -> int | None:
        """Where `size` bytes are free, which they are not any more; None if nowhere."""
        for start, stop in self._stops.items():
            if stop - start >= size:
                self._remove(start, stop)
                if stop - start > size:
                    self._add(start + size, stop)
                return start
        return None

    def give(self, start: int, stop: int) -> None:
        """Free these bytes."""
        before, after = self._starts.get(start), self._stops.get(stop)
        if before is not None:
            self._remove(before, start)
            start = before
        if after is not None:
            self._remove(stop, after)
            stop = after
        self._add(start, stop)

    def are_all(self) -> bool:
        """Whether everything is free."""
        return self._stops.get(0) == self._size

    def _add(self, start: int, stop: int) -> None:
        self._stops[start] = stop
        self._starts[stop] = start

    def _remove(self, start: int, stop: int) -> None:
        del self._stops[start], self._starts[stop]


Block = tuple[Arena, int, int]


class Heap:
    """The arenas of one process, and what is free in them."""

    def __init__(self, size: int = mmap.PAGESIZE) -> None:
        self._first_size = size
        self._begin()
        forking.tell_forks(self)

    def _begin(self) -> None:
        self._lock = _thread.allocate_lock()
        self._next_size = self._first_size
        self._gaps: dict[Arena, Gaps] = {}
        self._returned: list[Block] = []

    def after_fork_in_child(self, ours: bool) -> None:
        """Leave to the parent what is the parent's: both would give the same bytes to different objects."""
        self._begin()

    def malloc(self, size: int) -> Block:
        """A block of at least `size` bytes, with whatever was in it before.

        Raises:
            ValueError: the size is negative.
            OverflowError: no memory is as big.
        """
        if size < 0:
            raise ValueError(f"a block cannot have {size} bytes")
        if size >= sys.maxsize - _ALIGNMENT:
            raise OverflowError(f"a block cannot have {size} bytes")
        needed = _rounded(max(size, 1), _ALIGNMENT)
        with self._lock:
            self._absorb()
            for arena, gaps in self._gaps.items():
                start = gaps.take(needed)
                if start is not None:
                    return arena, start, start + needed
            return self._grow(needed)

    def _grow(self, needed: int) -> Block:
        arena = Arena(max(self._next_size, _rounded(needed, mmap.PAGESIZE)))
        self._next_size = min(2 * self._next_size, _LARGEST_USUAL)
        gaps = Gaps(arena.size)
        gaps.take(needed)
        self._gaps[arena] = gaps
        return arena, 0, needed

    def free(self, block: Block) -> None:
        """Give a block of this heap back."""
        # The garbage collector may call this in the middle of our own work, in the very thread that does it.
        self._returned.append(block)
        while self._returned and self._lock.acquire(False):
            try:
                self._absorb()
            finally:
                self._lock.release()

    def _absorb(self) -> None:
        while self._returned:
            arena, start, stop = self._returned.pop()
            gaps = self._gaps[arena]
            gaps.give(start, stop)
            if arena.size >= _LARGEST_USUAL and gaps.are_all():
                del self._gaps[arena]


def _rounded(size: int, unit: int) -> int:
    return -(-size // unit) * unit


class BufferWrapper:
    """A block of `size` bytes that children can share.

    Raises: as `Heap.malloc`.
    """

    _heap = Heap()

    def __init__(self, size: int) -> None:
        heap = BufferWrapper._heap
        block = heap.malloc(size)
        self._state = block, size
        Finalize(self, heap.free, (block,))

    def create_memoryview(self) -> memoryview:
        """A view of the bytes, good for as long as this object lives."""
        (arena, start, _), size = self._state
        return memoryview(arena.buffer)[start : start + size]
