"""Launch and collect the family's helper processes (tracker, forkserver): interpreters that run one function.

Below: `interpreter` (which Python, which flags, which path), `_platform` (start a process with just some
descriptors).
"""

from __future__ import annotations

import os
import sys
import time

from . import interpreter
from ._platform import _posix, signals

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["PATIENCE", "launch_helper", "reap"]

PATIENCE = 1.0
"""Seconds that an exiting program waits for a helper to end. It ends at once when this process was the last to need
it; when a process that outlives this one needs it too, nothing is gained by waiting."""


def launch_helper(room: str, call: str, *, pass_fds: Iterable[int], shielded: Collection[int]) -> int:
    """Start an interpreter that evaluates `call`, a call of a function of `room`; returns its process id.

    pass_fds: the descriptors that it gets besides 0, 1 and 2, under the same numbers.
    shielded: signals that shall not end it before it can decide what to do with them: it starts with them blocked.
    Raises:
        OSError, ValueError: no interpreter can be started.
    """
    command = interpreter.helper_command(room, call)
    # Whatever the caller has blocked stays so, here and there.
    blocked = signals.block(shielded)
    try:
        return _posix.launch(command[0], command, pass_fds)
    finally:
        signals.set_blocked(blocked)


def reap(pid: int, timeout: float) -> int | None:
    """Wait up to `timeout` seconds for the end of the helper `pid`; its exit code, None if unknown.

    Raises:
        TimeoutError: it still runs.
    """
    deadline = time.monotonic() + timeout
    delay = 0.0005
    while True:
        try:
            found, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            # Somebody else collected it, or SIGCHLD is ignored: its status is lost, but it has ended.
            return None
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= deadline:
            raise TimeoutError(f"process {pid} has not ended within {timeout} s")
        time.sleep(delay)
        delay = min(2 * delay, 0.01)
