"""Descriptors that travel over Unix sockets (SCM_RIGHTS)."""

from __future__ import annotations

import _socket
import os
import sys
from array import array

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HAVE_SEND_HANDLE = hasattr(_socket, "CMSG_LEN") and hasattr(_socket.socket, "sendmsg")

# macOS drops a descriptor whose message is still on the way when the sender closes it: there, and only
# there, the receiver confirms. (The stdlib does the same, so that each can talk to the other.)
_CONFIRM = sys.platform == "darwin"

# Where the system has it, no exec of another thread can come between.
_CLOSE_ON_EXEC: int = getattr(_socket, "MSG_CMSG_CLOEXEC", 0)


def sendfds(sock: Any, fds: list[int]) -> None:
    """Send descriptors over a Unix socket; the receiver gets duplicates.

    Raises:
        RuntimeError: the receiver did not confirm (macOS only).
    """
    sock.sendmsg([bytes([len(fds) % 256])], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array("i", fds))])
    if _CONFIRM and sock.recv(1) != b"A":
        raise RuntimeError("the receiver of descriptors did not confirm them")


def recvfds(sock: Any, size: int) -> list[int]:
    """Receive up to `size` descriptors from a Unix socket; not inheritable, and the caller's to close.

    Raises:
        EOFError: the other end was closed.
        RuntimeError: what came were not descriptors, or not all of them.
    """
    fds = array("i")
    data, ancillary, flags, _ = sock.recvmsg(1, _socket.CMSG_SPACE(size * fds.itemsize), _CLOSE_ON_EXEC)
    for level, kind, content in ancillary:
        if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS):
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    received = list(fds)
    if not _CLOSE_ON_EXEC:
        for fd in received:
            os.set_inheritable(fd, False)
    if not data and not received:
        raise EOFError("no descriptors: the other end was closed")
    if _CONFIRM:
        sock.send(b"A")
    if flags & _socket.MSG_CTRUNC or not received or data != bytes([len(received) % 256]):
        _close_all(received)
        raise RuntimeError(f"expected descriptors, got {data!r} with {len(received)} of them")
    return received


def _close_all(fds: list[int]) -> None:
    for fd in fds:
        _socket.close(fd)


def _borrowed_socket(conn: Any) -> _socket.socket:
    """The socket under `conn`, which stays the owner: to be detached, not closed."""
    sock = _socket.socket(fileno=conn.fileno())
    sock.setblocking(True)  # a default timeout of the program must not reach us
    return sock


def send_handle(conn: Any, handle: int, destination_pid: int | None) -> None:
    """Send a descriptor over `conn`, a connection over a Unix socket. The other end calls `recv_handle`.

    destination_pid: the receiver; of use on Windows only.
    """
    sock = _borrowed_socket(conn)
    try:
        sendfds(sock, [handle])
    finally:
        sock.detach()


def recv_handle(conn: Any) -> int:
    """Receive a descriptor sent by `send_handle` over `conn`; it is the caller's to close."""
    sock = _borrowed_socket(conn)
    try:
        return recvfds(sock, 1)[0]
    finally:
        sock.detach()
