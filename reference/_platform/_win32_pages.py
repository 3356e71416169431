"""Memory that processes share on Windows: opened by name, alive as long as somebody has it open."""

from __future__ import annotations

import mmap
import sys

assert sys.platform == "win32"  # Tells type checkers on other systems to pass over the rest.

remove_page = None


def anonymous_page(size: int) -> mmap.mmap:
    """Refused: there are no forked children that could inherit it."""
    raise NotImplementedError("Windows has no fork")


def named_page(name: str, size: int) -> mmap.mmap:
    """Zeroed memory that other processes open by `name`, which holds 64 random bits."""
    return mmap.mmap(-1, size, tagname=name)


def open_page(name: str, size: int) -> mmap.mmap:
    """The memory that another process made under `name` and has still open."""
    return mmap.mmap(-1, size, tagname=name)
