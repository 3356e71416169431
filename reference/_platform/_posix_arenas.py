"""Shared memory without a name, which processes have by a descriptor: nothing is left of it when they are gone."""

from __future__ import annotations

import _posixshmem  # type: ignore[import-not-found]  # the type library does not describe it
import mmap
import os

from ._posix_pages import WITHOUT_FD

BY_NAME = False
"""Whether a name is what travels; else a descriptor does."""


def new_arena(size: int, name: str) -> tuple[mmap.mmap, int]:
    """Zeroed memory of `size` bytes, and a descriptor (the caller's to close) of which `map_arena` makes it again.

    name: used for a moment, by systems that cannot do without.
    """
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create(name.lstrip("/"))
    else:
        fd = _posixshmem.shm_open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode=0o600)
        _posixshmem.shm_unlink(name)
    try:
        os.ftruncate(fd, size)
        return mmap.mmap(fd, size, **WITHOUT_FD), fd
    except BaseException:
        os.close(fd)
        raise


def map_arena(token: int, size: int) -> mmap.mmap:
    """The memory that another process made, from its descriptor."""
    return mmap.mmap(token, size, **WITHOUT_FD)
