"""The standard streams of a process at its start and its end, and what must reach stderr whatever happens.

A leaf. Any of the streams may be None, closed or replaced by the program: none of that may stop a process.
"""

from __future__ import annotations

import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["flush", "prepare_empty_stdin", "print_exception", "replace_stdin", "write_stderr"]


def flush() -> None:
    """Write out what `sys.stdout` and `sys.stderr` hold back.

    Raises:
        OSError: the data could not be written.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()  # None is met by the handler, like whatever has no flush
        except (AttributeError, ValueError):
            continue  # or it is closed


class _Nothing(io.RawIOBase):
    """What has no more to read than the null device; and is that device, for whoever asks for the descriptor."""

    name = os.devnull
    mode = "rb"
    _fd: int | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        return 0

    def fileno(self) -> int:
        if self._fd is None:
            self._fd = os.open(os.devnull, os.O_RDONLY)
        return self._fd


_empty: TextIO | None = None


def prepare_empty_stdin() -> TextIO:
    """The stream that children find as `sys.stdin`. Made before a fork it costs the child nothing."""
    global _empty
    if _empty is None or _empty.closed:
        _empty = io.TextIOWrapper(io.BufferedReader(_Nothing()), encoding="utf-8")
    return _empty


def replace_stdin() -> None:
    """Close `sys.stdin` and put an empty stream in its place, so that a child never steals its parent's input."""
    if sys.stdin is None:
        return
    if sys.stdin is not _empty:
        _close(sys.stdin)
    sys.stdin = prepare_empty_stdin()


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
