"""Handles that travel to another process, as this platform does it."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._win32_handles import HAVE_SEND_HANDLE, recv_handle, recvfds, send_handle, sendfds
else:
    from ._posix_handles import HAVE_SEND_HANDLE, recv_handle, recvfds, send_handle, sendfds

__all__ = ["HAVE_SEND_HANDLE", "recv_handle", "recvfds", "send_handle", "sendfds"]
