"""Shared memory that processes have by its name, and that is gone with the last of them."""

from __future__ import annotations

import mmap
import sys

assert sys.platform == "win32"  # Tells type checkers on other systems to pass over the rest.

BY_NAME = True


def new_arena(size: int, name: str) -> tuple[mmap.mmap, str]:
    """Zeroed memory of `size` bytes, and the name by which `map_arena` finds it."""
    return mmap.mmap(-1, size, tagname=name), name


def map_arena(token: str, size: int) -> mmap.mmap:
    """The memory that another process made under `token` and has still open."""
    return mmap.mmap(-1, size, tagname=token)
