"""Closing descriptors, on every platform."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def _limit() -> int:
    if hasattr(os, "sysconf"):
        try:
            return int(os.sysconf("SC_OPEN_MAX"))
        except (OSError, ValueError):
            pass  # unknown here
    return 256


MAXFD = _limit()
"""One more than the highest descriptor that a process can have by default."""


def close_fds(*fds: int) -> None:
    """Close every one of `fds`."""
    for fd in fds:
        os.close(fd)


def close_all_fds_except(fds: Iterable[int]) -> None:
    """Close every descriptor of this process that is not in `fds`."""
    first = 0
    for fd in sorted({fd for fd in fds if fd < MAXFD} | {MAXFD}):
        # closerange() takes (0, 0) for everything.
        if first < fd:
            os.closerange(first, fd)
        first = fd + 1
