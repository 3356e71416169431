"""Reading and writing descriptors on POSIX."""

from __future__ import annotations

import os
from io import BufferedReader, FileIO

read = os.read
write = os.write
close = os.close

LARGEST_HANDLE = 0x7FFF_FFFF
"""Descriptors are C ints."""

gather = os.writev
GATHER_LIMIT = os.sysconf("SC_IOV_MAX")
"""The most buffers that one `gather` takes."""


def source(fd: int) -> BufferedReader:
    """What reads from `fd`, in C, as much as is asked for and not a byte more; it does not own `fd`.

    Its `read` receives straight into the bytes that it returns.
    """
    return BufferedReader(FileIO(fd, closefd=False), 1)
