"""Requests that carry descriptors, from many askers to one server, over a pair of sockets without any name.

Who did not inherit the askers' end, or get it from somebody who has it, cannot even connect. Each request arrives
whole. When the last asker has gone the server reads the end; when the server has gone the askers notice.
"""

from __future__ import annotations

import _socket
import errno
import os
import sys
from array import array

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.

# What Linux passes at once (SCM_MAX_FD); others pass at least as many.
MAX_DESCRIPTORS = 253
MAX_BYTES = 64 * 1024

_SET_CLOSED_ON_EXEC = getattr(_socket, "MSG_CMSG_CLOEXEC", 0)
_WITHOUT_SIGPIPE = getattr(_socket, "MSG_NOSIGNAL", 0)


def request_pair() -> tuple[int, int]:
    """The askers' end and the server's end, neither inheritable; they are the caller's to close."""
    try:
        asks, serves = _socket.socketpair(_socket.AF_UNIX, getattr(_socket, "SOCK_SEQPACKET", _socket.SOCK_STREAM))
    except OSError as error:
        # macOS names packet sockets but does not have them. There the requests go through a stream, in which what was
        # sent along with descriptors is not joined with what came before or after.
        if error.errno != errno.EPROTONOSUPPORT:
            raise
        asks, serves = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
    for end in (asks, serves):
        # A default timeout that the program has set would make it non-blocking.
        end.setblocking(True)
    return asks.detach(), serves.detach()


def _borrowed(fd: int) -> _socket.socket:
    """A socket on `fd`, to be detached, not closed."""
    # Which kind it is does not matter to what we do with it; saying so spares three system calls.
    end = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, fd)
    if _socket.getdefaulttimeout() is not None:
        end.setblocking(True)
    return end


def send(asks: int, message: bytes, fds: list[int]) -> None:
    """Send a request; the server gets duplicates of `fds`.

    Raises:
        ConnectionError: the server has gone.
    """
    end = _borrowed(asks)
    try:
        end.sendmsg([message], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array("i", fds))], _WITHOUT_SIGPIPE)
    finally:
        end.detach()


def receive(serves: int) -> tuple[bytes, list[int], bool]:
    """Wait for a request: its bytes, its descriptors (the caller's to close), and whether all of those came.

    No bytes: the last asker has gone.
    """
    fds = array("i")
    room = _socket.CMSG_SPACE(MAX_DESCRIPTORS * fds.itemsize)
    end = _borrowed(serves)
    try:
        message, ancillary, flags, _ = end.recvmsg(MAX_BYTES, room, _SET_CLOSED_ON_EXEC)
    finally:
        end.detach()
    for level, kind, content in ancillary:
        if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS):
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    if not _SET_CLOSED_ON_EXEC:
        for fd in fds:
            os.set_inheritable(fd, False)
    return message, list(fds), not flags & _socket.MSG_CTRUNC
