"""A kept probe for one descriptor, on POSIX."""

from __future__ import annotations

import select
import sys

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def prober(handle: int) -> Callable[[int], object]:
    """A function that, called with 0, tells whether a read of `handle` would not block.

    Keeping it saves making a poll object for each look. One thread at a time may call it; a forked child makes a
    new one. It does not keep the handle open.
    """
    poller = select.poll()
    poller.register(handle, select.POLLIN)
    return poller.poll
