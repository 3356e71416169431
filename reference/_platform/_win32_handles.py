"""Handles that travel on Windows: the sender names its process, the receiver fetches a duplicate from there."""

from __future__ import annotations

import _winapi
import os
import sys

assert sys.platform == "win32"  # Tells type checkers on other systems to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HAVE_SEND_HANDLE = True


def duplicate(handle: int, target_process: int | None = None, inheritable: bool = False) -> int:
    """A duplicate of `handle`, for us or for the process of the handle `target_process`; returns its number there."""
    this = _winapi.GetCurrentProcess()
    target = this if target_process is None else target_process
    return _winapi.DuplicateHandle(this, handle, target, 0, inheritable, _winapi.DUPLICATE_SAME_ACCESS)


def steal_handle(source_pid: int, handle: int) -> int:
    """Take `handle` away from process `source_pid`; returns its number here.

    Raises:
        OSError: the process has ended, or is not ours to ask.
    """
    source = _winapi.OpenProcess(_winapi.PROCESS_DUP_HANDLE, False, source_pid)
    try:
        flags = _winapi.DUPLICATE_SAME_ACCESS | _winapi.DUPLICATE_CLOSE_SOURCE
        return _winapi.DuplicateHandle(source, handle, _winapi.GetCurrentProcess(), 0, False, flags)
    finally:
        _winapi.CloseHandle(source)


class DupHandle:
    """A handle on its way to another process. `detach` is for the receiver.

    handle: remains the caller's; a duplicate travels. access: the rights of the duplicate; None: the same.
    pid: the process that may fetch it; None: any that is told.
    """

    def __init__(self, handle: int, access: int | None = None, pid: int | None = None) -> None:
        this = _winapi.GetCurrentProcess()
        self._pid = os.getpid() if pid is None else pid
        rights, flags = (0, _winapi.DUPLICATE_SAME_ACCESS) if access is None else (access, 0)
        holder = this if pid is None else _winapi.OpenProcess(_winapi.PROCESS_DUP_HANDLE, False, pid)
        try:
            self._handle = _winapi.DuplicateHandle(this, handle, holder, rights, False, flags)
        finally:
            if pid is not None:
                _winapi.CloseHandle(holder)

    def detach(self) -> int:
        """Fetch the handle, which is the caller's from now on. Can be done once.

        Raises:
            OSError: the sender has ended, or it was fetched before.
        """
        return self._handle if self._pid == os.getpid() else steal_handle(self._pid, self._handle)


def send_handle(conn: Any, handle: int, destination_pid: int | None) -> None:
    """Send a handle over `conn` to process `destination_pid`, which calls `recv_handle`."""
    conn.send(DupHandle(handle, pid=destination_pid))


def recv_handle(conn: Any) -> int:
    """Receive a handle sent by `send_handle` over `conn`; it is the caller's to close."""
    handle: int = conn.recv().detach()
    return handle


def sendfds(sock: Any, fds: list[int]) -> None:
    """Never possible here.

    Raises:
        OSError: always.
    """
    raise OSError("descriptors cannot be sent on Windows, handles can")


def recvfds(sock: Any, size: int) -> list[int]:
    """As `sendfds`."""
    raise OSError("descriptors cannot be received on Windows, handles can")
