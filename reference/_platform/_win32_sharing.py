"""Sockets for another process on Windows."""

from __future__ import annotations

import socket
import sys

assert sys.platform == "win32"  # Tells type checkers on other systems to pass over the rest.


def share_socket(sock: socket.socket, pid: int) -> bytes:
    """What makes process `pid`, and only that, have the socket too."""
    return sock.share(pid)


def socket_from_share(data: bytes) -> socket.socket:
    """The socket of which `data` was made for this process."""
    return socket.fromshare(data)
