"""Whether another process has ended, on Windows."""

from __future__ import annotations

import _winapi
import sys

assert sys.platform == "win32"  # Tells type checkers on other systems to pass over the rest.

_SYNCHRONIZE = 0x0010_0000
_INVALID_PARAMETER = 87


def has_ended(pid: int) -> bool:
    """Whether process `pid` is known to have ended; False when that cannot be found out."""
    try:
        handle = _winapi.OpenProcess(_SYNCHRONIZE, False, pid)
    except OSError as err:
        return err.winerror == _INVALID_PARAMETER  # what Windows says of a number that no process has
    try:
        return _winapi.WaitForSingleObject(handle, 0) == _winapi.WAIT_OBJECT_0
    finally:
        _winapi.CloseHandle(handle)
