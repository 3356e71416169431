"""Whether another process has ended, on POSIX."""

from __future__ import annotations

import os
import sys

from . import _posix, _posix_polling

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.


def has_ended(pid: int) -> bool:
    """Whether process `pid`, related or not, is known to have ended, collected by its parent or not.

    False when that cannot be found out, and when a later process got the same number.
    """
    try:
        handle = _posix.process_handle(pid)
    except ProcessLookupError:
        return True
    except OSError:  # no descriptor left to look with
        return False
    if handle is None:
        return _looks_ended(pid)
    try:
        return bool(_posix_polling.ready_handles((handle,), 0))
    finally:
        os.close(handle)


def _looks_ended(pid: int) -> bool:
    """As `has_ended`, without process handles."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The second field is the program's name in parentheses, which may hold anything; then comes the state.
            state = file.read().rpartition(b")")[2].split()[:1]
    except OSError:
        return False
    return state in ([b"Z"], [b"X"])
