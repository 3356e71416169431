"""Reading and writing descriptors on POSIX."""

from __future__ import annotations

import os
import sys

read = os.read
write = os.write
close = os.close

LARGEST_HANDLE = 0x7FFF_FFFF
"""Descriptors are C ints."""

gather = os.writev
GATHER_LIMIT = os.sysconf("SC_IOV_MAX")
"""The most buffers that one `gather` takes."""

if sys.implementation.name == "cpython":

    def read_into(fd: int, view: memoryview) -> int:
        """Read up to the size of `view` straight into it; returns the number of bytes, 0 at the end of file."""
        return os.readv(fd, (view,))
else:
    # Where memory may move, as PyPy's does, readv does not take every buffer.

    def read_into(fd: int, view: memoryview) -> int:
        """Read up to the size of `view` into it; returns the number of bytes, 0 at the end of file."""
        data = os.read(fd, len(view))
        view[: len(data)] = data
        return len(data)
