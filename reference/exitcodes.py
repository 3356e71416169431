"""What exit codes mean, and where they come from. A leaf."""

from __future__ import annotations

from . import standard_streams
from ._platform import signals

__all__ = ["from_system_exit", "in_words"]


def in_words(exitcode: int) -> str:
    """The code as users read it: the names of signals instead of negative numbers."""
    return f"-{signals.NAMES[-exitcode]}" if -exitcode in signals.NAMES else str(exitcode)


def from_system_exit(stop: SystemExit) -> int:
    """The exit code that `sys.exit` asked for. A text goes to stderr, and means failure."""
    if stop.code is None:
        return 0
    if isinstance(stop.code, int):
        return stop.code
    standard_streams.write_stderr(f"{stop.code}\n")
    return 1
