"""The standard streams of a process at its start and its end, and what must reach stderr whatever happens.

A leaf. Any of the streams may be None, closed or replaced by the program: none of that may stop a process.
"""

from __future__ import annotations

import os
import sys


def flush() -> None:
    """Write out what `sys.stdout` and `sys.stderr` hold back.

    Raises:
        OSError: the data could not be written.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, ValueError):
            continue  # None, no flush at all, or closed


def replace_stdin() -> None:
    """Close `sys.stdin` and put an empty stream in its place, so that a child never steals its parent's input."""
    if sys.stdin is None:
        return
    try:
        sys.stdin.close()
    except (OSError, ValueError):
        pass  # it cannot be read any more, which is what we want
    try:
        sys.stdin = open(os.open(os.devnull, os.O_RDONLY), encoding="utf-8", closefd=False)
    except OSError:
        pass  # no null device, or no descriptor left: the closed stream remains


def write_stderr(text: str) -> None:
    """Write `text` to `sys.stderr` as far as there is one."""
    try:
        sys.stderr.write(text)
    except (AttributeError, OSError, ValueError):
        pass  # there is no other place to say it


def print_exception() -> None:
    """Print the exception being handled, with its traceback, to `sys.stderr`.

    The interpreter's own printer does it, so that `traceback` is loaded only if the interpreter wants it.
    """
    kind, value, trace = sys.exc_info()
    if kind is not None and value is not None:
        sys.__excepthook__(kind, value, trace)
