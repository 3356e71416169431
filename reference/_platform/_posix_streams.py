"""Reading and writing descriptors on POSIX."""

from __future__ import annotations

import errno
import os
import sys
from io import BufferedReader, FileIO

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

read = os.read
write = os.write
close = os.close

LARGEST_HANDLE = 0x7FFF_FFFF
"""Descriptors are C ints."""

if sys.platform == "darwin":
    # There writev refuses more than 2 GiB in all, which os.write sees to by itself.
    GATHER_LIMIT = 1

    def gather(fd: int, buffers: Sequence[Any], /) -> int:
        """Write `buffers` or the beginning of them; returns the number of bytes written."""
        return os.write(fd, buffers[0])
else:
    GATHER_LIMIT = os.sysconf("SC_IOV_MAX")
    """The most buffers that one `gather` takes."""
    gather = os.writev


def _without_waiting() -> int:
    """The flag by which `scatter` does not wait, if this system knows one that works for pipes; otherwise 0."""
    flag: int = getattr(os, "RWF_NOWAIT", 0)
    if not flag:
        return 0
    try:
        reader, writer = os.pipe()
    except OSError:  # no descriptor is left to try it with: who cannot decline to wait looks first
        return 0
    try:
        os.preadv(reader, [bytearray(1)], -1, flag)
    except OSError as err:
        return flag if err.errno == errno.EAGAIN else 0
    finally:
        os.close(reader)
        os.close(writer)
    return 0


NOWAIT = _without_waiting()
"""What makes `scatter` raise BlockingIOError when nothing is there; 0 where nothing does."""

scatter: Any = getattr(os, "preadv", None)
"""`scatter(fd, buffers, -1, NOWAIT)` reads into `buffers`, returns how many; may be missing where `NOWAIT` is 0."""


def source(fd: int) -> BufferedReader:
    """What reads from `fd`, in C, as much as is asked for and not a byte more; it does not own `fd`.

    Its `read` receives straight into the bytes that it returns.
    """
    return BufferedReader(FileIO(fd, closefd=False), 1)
