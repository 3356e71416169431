"""POSIX: start an interpreter with just the descriptors it shall have, watch a process, collect its status.

Knows descriptors, process ids and numbers; no pickles, no process objects, no policy.
Above: the launchers (`popen_fork`, `popen_spawn_posix`, the forkserver's and the tracker's).

A *process handle* is a pidfd: it becomes readable when that very process has ended, whoever else still holds
pipes it had open, and it never means a later process of the same number. Linux >= 5.4 with CPython has them;
elsewhere `process_handle` gives None and `_lifeline` falls back to pipes.
"""

from __future__ import annotations

import _posixsubprocess
import _thread
import errno
import os
import sys
import time

from .descriptors import close_fds
from .signals import SIGKILL

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

HAVE_PIDFD = hasattr(os, "pidfd_open") and hasattr(os, "P_PIDFD")
"""Whether this Python can ask for process handles; the kernel may still refuse."""

# What the private starter of the `subprocess` module wants after its first 17 arguments. It has no stable
# signature: 3.10 lacks the process group, 3.14 dropped the trailing "may use vfork".
_NO_UMASK, _NO_GROUP = -1, -1
_fork_exec: Any = _posixsubprocess.fork_exec
if sys.version_info >= (3, 14):
    _TAIL: tuple[Any, ...] = (_NO_GROUP, None, None, None, _NO_UMASK, None)
elif sys.version_info >= (3, 11):
    _TAIL = (_NO_GROUP, None, None, None, _NO_UMASK, None, True)
else:
    _TAIL = (None, None, None, _NO_UMASK, None)


def process_handle(pid: int) -> int | None:
    """A new descriptor, not inheritable, that becomes readable when process `pid` has ended.

    Returns None where the system has no such thing.
    Raises:
        ProcessLookupError: there is no such process.
        OSError: no descriptor is left.
    """
    if not HAVE_PIDFD:
        return None
    try:
        fd = os.pidfd_open(pid)
    except OSError as err:
        # Kernels without it, and sandboxes that filter system calls, say one of these.
        if err.errno in (errno.ENOSYS, errno.EPERM, errno.EINVAL):
            return None
        raise
    return fd if fd > 2 else above_standard(fd)


def pipe() -> tuple[int, int]:
    """A pipe's read end and write end: not inheritable, and fit to be given to a child."""
    reader, writer = os.pipe()
    return above_standard(reader), above_standard(writer)


def above_standard(fd: int) -> int:
    """`fd` itself, or a duplicate that replaces it if it is 0, 1 or 2.

    Those numbers are free in a program that closed its standard streams; in a child they would be taken
    for its standard streams, and closed with them.
    """
    low = []
    while fd <= 2:
        low.append(fd)
        fd = os.dup(fd)
    close_fds(*low)
    return fd


def ended_handle() -> int:
    """A new descriptor that is readable now and stays so: the sentinel of a process that is gone already."""
    reader, writer = pipe()
    os.close(writer)
    return reader


def launch(executable: str | bytes, argv: Sequence[str | bytes], pass_fds: Iterable[int]) -> int:
    """Start the program and return its pid; of all descriptors but 0 to 2 it gets exactly `pass_fds`.

    Current directory and environment are the caller's as they are now.
    Raises:
        OSError: the program could not be executed (no such file, no permission, ...).
    """
    report, failure = os.pipe()
    try:
        try:
            pid = _fork_exec(
                list(argv),
                [os.fsencode(executable)],
                True,
                tuple(sorted({int(fd) for fd in pass_fds} | {failure})),
                None,
                None,
                *(-1,) * 6,
                report,
                failure,
                False,
                False,
                *_TAIL,
            )
        finally:
            os.close(failure)
        # The child writes it in several pieces; what is executed closes its end.
        problem = b"".join(iter(lambda: os.read(report, 1000), b""))
    finally:
        os.close(report)
    if problem:
        os.waitpid(pid, 0)
        _kind, number, _where = problem.split(b":", 2)
        code = int(number, 16)
        raise OSError(code, os.strerror(code), os.fsdecode(executable))
    started: int = pid
    return started


def kill_and_reap(pid: int) -> None:
    """End a child of which nobody has heard yet."""
    os.kill(pid, SIGKILL)
    os.waitpid(pid, 0)


if hasattr(os, "waitid"):

    def peek_exitcode(pid: int, handle: int | None, wait: bool = False) -> int | None:
        """The exit code of child `pid`, which is left uncollected; None while it runs.

        Threads and signal handlers may ask at the same time and all get the same answer.
        handle: its process handle, if there is one: a later process of the same number is never meant.
        wait: whether to block until it has ended.
        Raises:
            ChildProcessError: somebody has collected it already, or it never was a child of this process.
        """
        return _look(pid, handle, os.WEXITED | os.WNOWAIT if wait else os.WEXITED | os.WNOWAIT | os.WNOHANG)

    def reap(pid: int, handle: int | None) -> None:
        """Free the ended child `pid`, whose exit code is known by now."""
        try:
            _look(pid, handle, os.WEXITED | os.WNOHANG)
        except ChildProcessError:
            return  # another thread came first, having peeked as well

    def _look(pid: int, handle: int | None, options: int) -> int | None:
        result = os.waitid(os.P_PID, pid, options) if handle is None else os.waitid(os.P_PIDFD, handle, options)
        if result is None:
            return None
        return result.si_status if result.si_code == os.CLD_EXITED else -result.si_status

else:
    # PyPy cannot look at a status without taking it, so what was taken is kept until `reap`, under a lock.
    _taken: dict[int, int] = {}
    _taking = _thread.allocate_lock()
    _SHORT_WAIT, _LONG_WAIT = 0.0005, 0.02

    def peek_exitcode(pid: int, handle: int | None, wait: bool = False) -> int | None:
        """As above; it waits by asking again and again: a blocking wait would take the status unseen by others."""
        pause = _SHORT_WAIT
        while (code := _take(pid)) is None and wait:
            time.sleep(pause)
            pause = min(2 * pause, _LONG_WAIT)
        return code

    def _take(pid: int) -> int | None:
        with _taking:
            if pid not in _taken:
                found, status = os.waitpid(pid, os.WNOHANG)
                if found == 0:
                    return None
                _taken[pid] = os.waitstatus_to_exitcode(status)
            return _taken[pid]

    def reap(pid: int, handle: int | None) -> None:
        """As above."""
        with _taking:
            _taken.pop(pid, None)
