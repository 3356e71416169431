"""The standard streams of a process at its start and its end, and what must reach stderr whatever happens.

A leaf. Any of the streams may be None, closed or replaced by the program: none of that may stop a process.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["flush", "print_exception", "replace_stdin", "write_stderr"]


def flush() -> None:
    """Write out what `sys.stdout` and `sys.stderr` hold back.

    Raises:
        OSError: the data could not be written.
    """
    for stream in (sys.stdout, sys.stderr):
        _flush(stream)


def _flush(stream: TextIO | None) -> None:
    try:
        stream.flush()  # type: ignore[union-attr]  # None is met by the handler, like whatever has no flush
    except (AttributeError, ValueError):
        return  # or it is closed


def replace_stdin() -> None:
    """Close `sys.stdin` and put an empty stream in its place, so that a child never steals its parent's input."""
    if sys.stdin is None:
        return
    _close(sys.stdin)
    try:
        fd = os.open(os.devnull, os.O_RDONLY)
    except OSError:
        return  # no null device, or no descriptor left: the closed stream remains
    sys.stdin = open(fd, encoding="utf-8", closefd=False)  # noqa: SIM115 - it stays open, as sys.stdin does


def _close(stream: TextIO) -> None:
    try:
        stream.close()
    except (OSError, ValueError):
        return  # it cannot be read any more, which is what we want


def write_stderr(text: str) -> None:
    """Write `text` to `sys.stderr` as far as there is one."""
    try:
        sys.stderr.write(text)
    except (AttributeError, OSError, ValueError):
        return  # there is no other place to say it


def print_exception() -> None:
    """Print the exception being handled, with its traceback, to `sys.stderr`.

    The interpreter's own printer does it, so that `traceback` is loaded only if the interpreter wants it.
    """
    kind, value, trace = sys.exc_info()
    if kind is not None and value is not None:
        sys.__excepthook__(kind, value, trace)
