"""Sockets that travel to other processes. Loaded when the first one does, and by whoever receives it."""

from __future__ import annotations

import socket

from . import rooms
from ._platform.sharing import SOCKETS_ARE_DESCRIPTORS
from .reduction import DupFd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .popen import Detachable

__all__ = ["rebuild_socket", "reduce_socket"]


def reduce_socket(sock: socket.socket) -> tuple[Any, ...]:
    """Reduce a socket to what makes one again on a duplicate of its descriptor."""
    if not SOCKETS_ARE_DESCRIPTORS:
        return rebuild_shared_socket, (rooms.load("resource_sharer").DupSocket(sock),)
    return rebuild_socket, (DupFd(sock.fileno()), int(sock.family), int(sock.type), sock.proto)


def rebuild_socket(travelling: Detachable, family: int, kind: int, proto: int) -> socket.socket:
    """Make the socket again in the process that it was sent to."""
    return socket.socket(family, kind, proto, fileno=travelling.detach())


def rebuild_shared_socket(travelling: Any) -> socket.socket:
    """Take the socket over in the process that it was sent to."""
    sock: socket.socket = travelling.detach()
    return sock
