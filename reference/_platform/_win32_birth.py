"""Windows: a child fetches the handles that its parent holds for it, by the parent's process handle."""

from __future__ import annotations

import _winapi
import msvcrt
import os
import sys

assert sys.platform == "win32"  # Tells type checkers on other systems to pass over the rest.


def take_over(
    pipe_handle: int, parent_pid: int | None, parent_sentinel: int | None, tracker_fd: int | None
) -> tuple[int, int | None]:
    """Return a descriptor to read the work from, and a handle that becomes ready when the parent ends.

    pipe_handle: valid in process `parent_pid`, or here if that is None. The others are of no use here.
    """
    rights = _winapi.SYNCHRONIZE | _winapi.PROCESS_DUP_HANDLE
    parent = None if parent_pid is None else _winapi.OpenProcess(rights, False, parent_pid)
    this = _winapi.GetCurrentProcess()
    source = this if parent is None else parent
    handle = _winapi.DuplicateHandle(source, pipe_handle, this, 0, False, _winapi.DUPLICATE_SAME_ACCESS)
    return msvcrt.open_osfhandle(handle, os.O_RDONLY), parent
