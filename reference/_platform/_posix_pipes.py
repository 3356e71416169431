"""Making pipes on POSIX."""

from __future__ import annotations

import _socket
import os
import sys

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.

MESSAGE_PIPES = False
"""Whether the handles of a pipe carry messages rather than a stream of bytes."""


def pipe_handles(duplex: bool) -> tuple[int, int]:
    """The two ends of a new pipe, not inheritable: one to read and one to write unless `duplex`."""
    if not duplex:
        return os.pipe()
    one, other = _socket.socketpair()
    # A default timeout that the program has set would have made them non-blocking.
    one.setblocking(True)
    other.setblocking(True)
    return one.detach(), other.detach()
