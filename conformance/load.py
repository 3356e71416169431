"""How crowded the machine is, and a patience that lasts longer while it is.

What is waited for needs processors, and under load it gets a share of them only. The average load tells
of the last minute; a wait wants to know of its own seconds, so it looks at who is ready to run while it lasts.
Used by the warden and inside the interpreter under test: stdlib only, syntax of Python 3.8, few imports.
"""

from __future__ import annotations

import os
import time

MOST = 8.0
"""A machine may be more crowded than this; waiting even longer for what may never come helps nobody."""
_LONGEST_WAIT = 1.0
_LOOK = 0.02
"""Seconds between two looks at how much there is to do."""


def processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def crowding() -> float:
    """How many are ready to run for each processor, just now; at least 1, at most `MOST`."""
    return min(MOST, max(1.0, _ready() / processors()))


def _ready() -> float:
    now = _ready_now()
    if now is not None:
        return now
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 1.0


def _ready_now() -> int | None:
    """How many are ready to run, who asks among them; None where the system tells averages only."""
    try:
        with open("/proc/loadavg", "rb") as file:
            return int(file.read().split()[3].partition(b"/")[0])  # the fourth field is "ready/all"
    except (OSError, ValueError, IndexError):
        return None


def await_room() -> None:
    """Wait while more is ready to run than there are processors; a second at most, since it may stay so for good.

    To be called before more work is begun by one of several who begin some. What has begun waits a lot, so several
    must be under way to keep the processors busy; but whoever runs beside others runs longer. Twelve cells at a time on
    two processors took 417 s of processor time to judge a standard library, and 331 s by this. Where the system tells
    averages only this does not wait: the average would be that of the cells which are over.
    """
    deadline = time.monotonic() + _LONGEST_WAIT
    while (_ready_now() or 0) > processors() + 1 and time.monotonic() < deadline:  # the one who looks is ready too
        time.sleep(_LOOK)


class Patience:
    """Seconds of waiting, of which those on a crowded machine count for less."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._last = time.monotonic()

    def left(self) -> float:
        """What is left of them now, zero or less when none. To be asked now and then while waiting."""
        now = time.monotonic()
        self._left -= (now - self._last) / crowding()
        self._last = now
        return self._left
