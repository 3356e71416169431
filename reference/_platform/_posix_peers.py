"""Whether somebody still holds the other end of a pipe or a socket."""

from __future__ import annotations

import select
import sys

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.


def has_peer(fd: int) -> bool:
    """Whether the other end of `fd`, the write end of a pipe or a connected socket, is open anywhere.

    Asks for the state; finding out by a write could end this process by SIGPIPE.
    """
    poller = select.poll()
    poller.register(fd, 0)
    return not poller.poll(0)
