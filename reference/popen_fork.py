"""Start a child as a copy of this process; and, for all start methods of POSIX, watch and signal a child.

The child leaves by `os._exit`: it never returns into its parent's code. Before that it does what an interpreter
does at its end: threads joined, functions that it registered with `atexit` (and not its parent's), finalizers,
streams flushed.
Below: `lifecycle`, `_platform`. Above: `popen_spawn_posix` and `popen_forkserver` build on `Popen`.
"""

from __future__ import annotations

import atexit
import os
import sys
import time

from . import forking, lifecycle, rooms, standard_streams, threads
from ._platform import _lifeline, _posix
from ._platform.signals import SIGINT, SIGKILL, SIGTERM

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from .popen import Detachable
    from .process import BaseProcess

__all__ = ["Popen"]

# Where a pipe stands in for a process handle: seconds between two looks at the status while the pipe is open,
# and after it has closed.
_GLANCE = 0.05
_MOMENT = 0.001


class Popen:
    """A child of this process, started by forking. Constructing it starts the child.

    Threads and signal handlers may use it at once: a status is looked at, noted here, and only then collected,
    so that whoever comes too late to look finds it noted.
    """

    method = "fork"
    pid: int
    sentinel: int
    prompt: bool
    handle: int | None = None
    """The child's process handle where the system has them; the sentinel then is the same."""

    def __init__(self, process_obj: BaseProcess) -> None:
        self._held: list[tuple[int, tuple[int, ...]]] = []
        """Which process holds descriptors for the child, and these; empty if none does."""
        standard_streams.flush()
        self.returncode: int | None = None
        self.lost = False
        self._launch(process_obj)

    def duplicate_for_child(self, handle: int) -> int:
        """A forked child has every descriptor anyway."""
        return handle

    def keep(self, thing: object) -> None:
        """A forked child has everything; nothing is pickled for it."""

    def DupFd(self, token: int) -> Detachable:
        """Never asked for: nothing is pickled for a forked child."""
        raise RuntimeError("a forked child inherits descriptors; nothing is pickled for it")

    def poll(self) -> int | None:
        """Collect the exit code if the child has ended; None while it runs, or when others took its status."""
        if self.returncode is None and not self.lost:
            self._collect()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """As `poll`, waiting up to `timeout` seconds for the end of the child; None waits for ever."""
        if timeout is not None:
            if timeout > 0 and self.poll() is None and not self.lost:
                self._await_end(timeout)
            return self.poll()
        if self.returncode is None and not self.lost:
            self._collect(wait=True)
        return self.returncode

    def _collect(self, wait: bool = False) -> None:
        """Note how the child has ended, if it has; wait: once it has."""
        try:
            code = _posix.peek_exitcode(self.pid, self.handle, wait)
        except ChildProcessError:
            # Another thread has collected it and noted the code; or code that is not ours waited for it.
            self.lost = self.returncode is None
            return
        if code is not None:
            self.returncode = code
            _posix.reap(self.pid, self.handle)

    def _await_end(self, timeout: float) -> None:
        if self.handle is not None:
            rooms.load("waiting").wait([self.sentinel], timeout)
        else:
            self._watch_pipe(time.monotonic() + timeout)

    def _watch_pipe(self, deadline: float) -> None:
        """Wait by the pipe that stands in for a process handle, without trusting it in either direction.

        It may close before the status can be had, and a grandchild may keep it open after the child's end: so a
        look at the status now and then.
        """
        wait = rooms.load("waiting").wait
        while self.poll() is None and not self.lost and time.monotonic() < deadline:
            if wait([self.sentinel], min(_GLANCE, deadline - time.monotonic())):
                time.sleep(_MOMENT)

    def terminate(self) -> None:
        """Send SIGTERM unless the child has ended."""
        self._send_signal(SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL unless the child has ended."""
        self._send_signal(SIGKILL)

    def interrupt(self) -> None:
        """Send SIGINT unless the child has ended."""
        self._send_signal(SIGINT)

    def _send_signal(self, signum: int) -> None:
        if self.returncode is not None or self.lost:
            return
        try:
            os.kill(self.pid, signum)
        except ProcessLookupError:
            return  # it has just been collected
        except PermissionError:
            # Some systems say this of a child that has ended; else it runs as another user and must be told of.
            if self.wait(0.1) is None and not self.lost:
                raise

    def close(self, *, _getpid: Callable[[], int] = os.getpid, _close: Callable[[int], None] = os.close) -> None:
        """Release the descriptors; the sentinel is not valid any more."""
        # Also called while the interpreter ends, when this module's names are gone. A copy of this object in a forked
        # child lets the numbers alone, which there may mean other files by now.
        try:
            owner, fds = self._held.pop()
        except IndexError:
            return  # nothing is held, or another thread has just released it
        if owner == _getpid():
            for fd in fds:
                _close(fd)

    __del__ = close

    def _launch(self, process_obj: BaseProcess) -> None:
        threads.warn_of_fork()
        lifeline = _lifeline.Lifeline()
        forking.hold_signals()
        try:
            try:
                pid = forking.fork()
            except BaseException:
                lifeline.abandon()
                raise
            if pid == 0:
                _be_child(process_obj, lifeline)
            self._adopt(pid, lifeline)
        finally:
            forking.let_signals_in()

    def _adopt(self, pid: int, lifeline: _lifeline.Lifeline) -> None:
        """Note the child that was started, and what is held for it until it is closed or this object dies."""
        self.pid = pid
        self.sentinel, self.handle, fds = lifeline.in_parent(pid)
        self.prompt = self.handle is not None
        self._held.append((os.getpid(), fds))


def _be_child(process_obj: BaseProcess, lifeline: _lifeline.Lifeline) -> NoReturn:
    code = 1
    try:
        lifecycle.exit_as_child()
        code = process_obj._bootstrap(lifeline.in_forked_child(), forking.let_signals_in)
    except BaseException:
        # Not from `run`: a thread could not be joined, a stream not be flushed.
        standard_streams.print_exception()
    finally:
        leave(code)


def leave(code: Any) -> NoReturn:
    """End a forked child with the low eight bits of `code`, once its exit handlers have run."""
    try:
        atexit._run_exitfuncs()
        standard_streams.flush()
    finally:
        os._exit(code & 0xFF)


# Here, in the parent: a tenth of what a child needs would be for making it.
standard_streams.prepare_empty_stdin()
