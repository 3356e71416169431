"""Reading and writing stream sockets on Windows, by their handles."""

from __future__ import annotations

import _multiprocessing
import sys

assert sys.platform == "win32"  # Tells type checkers on other systems to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

LARGEST_HANDLE = sys.maxsize
"""Handles are as wide as pointers."""

GATHER_LIMIT = 1
"""The most buffers that one `gather` takes."""

NOWAIT = 0
"""No flag makes a read of a socket's handle return at once."""

_AT_ONCE = 1 << 20

read = _multiprocessing.recv
close = _multiprocessing.closesocket


def write(handle: int, data: Any, /) -> int:
    """Write `data` or the beginning of it; returns the number of bytes written."""
    if len(data) > _AT_ONCE:
        data = memoryview(data)[:_AT_ONCE]
    done: int = _multiprocessing.send(handle, data)
    return done


def gather(handle: int, buffers: Sequence[Any], /) -> int:
    """Write the first of `buffers` or the beginning of it; returns the number of bytes written."""
    return write(handle, buffers[0])


scatter: Any = None
"""Nothing calls it where `NOWAIT` is 0."""


class source:
    """What reads from `handle` as much as is asked for and not a byte more. (Elsewhere it is a function.)"""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def read(self, size: int, /) -> bytes:
        """The next `size` bytes; fewer only at the end of the stream."""
        pieces = []
        while size and (piece := read(self._handle, min(size, _AT_ONCE))):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def readinto(self, view: memoryview, /) -> int:
        """Fill `view`; returns how many bytes there were."""
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)
