"""What this process was handed at birth by its family: so far, the way to the resource tracker.

A leaf, so that a child which never needs its helpers need not load their rooms to keep what it was given.
Written by the bootstrap of a child (`spawn`), read once by the room concerned.
"""

from __future__ import annotations

__all__ = ["give_tracker_fd", "take_tracker_fd"]

_tracker_fd: int | None = None


def give_tracker_fd(fd: int | None) -> None:
    """Keep the write end of the family's tracker pipe until `resource_tracker` asks for it."""
    global _tracker_fd
    _tracker_fd = fd


def take_tracker_fd() -> int | None:
    """The descriptor given, which from now on belongs to the caller; None when there is none (any more)."""
    global _tracker_fd
    fd, _tracker_fd = _tracker_fd, None
    return fd
