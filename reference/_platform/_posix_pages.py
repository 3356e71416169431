"""Memory that processes share on POSIX: inherited over a fork, or opened by name."""

from __future__ import annotations

import _posixshmem  # type: ignore[import-not-found]  # the type library does not describe it
import mmap
import os
import sys

from ._posix_names import unlink_shared_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Before 3.13 a mapping keeps a duplicate of its descriptor for as long as it lives.
WITHOUT_FD: dict[str, Any] = {"trackfd": False} if sys.version_info >= (3, 13) else {}

remove_page = unlink_shared_memory
"""Remove a name; those who have the memory keep it. None where names vanish by themselves."""


def anonymous_page(size: int) -> mmap.mmap:
    """Zeroed memory of `size` bytes, shared with children forked from now on."""
    return mmap.mmap(-1, size)


def named_page(name: str, size: int) -> mmap.mmap:
    """Zeroed memory that other processes open by `name`.

    Raises:
        FileExistsError: the name is taken.
    """
    return _map(_posixshmem.shm_open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode=0o600), size, os.ftruncate)


def open_page(name: str, size: int) -> mmap.mmap:
    """The memory that another process made under `name`.

    Raises:
        FileNotFoundError: there is none, or not any more.
    """
    return _map(_posixshmem.shm_open(name, os.O_RDWR, mode=0o600), size)


def _map(fd: int, size: int, *prepare: Any) -> mmap.mmap:
    try:
        for step in prepare:
            step(fd, size)
        return mmap.mmap(fd, size, **WITHOUT_FD)
    finally:
        os.close(fd)
