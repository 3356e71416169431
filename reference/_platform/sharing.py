"""Sockets for another process, where that takes more than a descriptor."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from socket import socket

SOCKETS_ARE_DESCRIPTORS = sys.platform != "win32"

if sys.platform == "win32":
    from ._win32_sharing import share_socket, socket_from_share
else:

    def share_socket(sock: socket, pid: int) -> bytes:
        """Never needed here: sockets travel as descriptors.

        Raises:
            OSError: always.
        """
        raise OSError("sockets travel as descriptors on this platform")

    def socket_from_share(data: bytes) -> socket:
        """As above."""
        raise OSError("sockets travel as descriptors on this platform")


__all__ = ["SOCKETS_ARE_DESCRIPTORS", "share_socket", "socket_from_share"]
