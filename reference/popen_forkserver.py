"""Start a child by asking the fork server for one.

The child does the work that a spawned one would, from the same bytes; descriptors go along with the request. It
is not a child of this process to the system: the server tells how it ended. If the server dies nobody can, and
the exit code is 255.
Below: `forkserver`, `popen_spawn_posix` (what is pickled), `popen_fork` (signalling).
"""

from __future__ import annotations

import _thread
import os
import sys

from . import fork_protocol, forkserver, popen_spawn_posix
from ._platform import _posix
from ._platform.descriptors import close_fds
from ._platform.polling import ready_handles

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .process import BaseProcess

__all__ = ["Popen"]


class _DupFd:
    """A descriptor that goes along with the request, by its place there."""

    def __init__(self, index: int) -> None:
        self.index = index

    def detach(self) -> int:
        """The descriptor, which is the caller's from now on.

        Raises:
            RuntimeError: this process was not started by a fork server.
        """
        fds = forkserver.get_inherited_fds()
        if fds is None:
            raise RuntimeError("descriptors of a fork server's child are found in that child only")
        return fds[self.index]


class Popen(popen_spawn_posix.Popen):
    """A child that a fork server has started for this process."""

    method = "forkserver"
    prompt = True
    DupFd = _DupFd  # type: ignore[assignment]  # a class that makes what the method returned

    def duplicate_for_child(self, handle: int) -> int:
        """Let the child have the descriptor; returns its place among those that it gets."""
        self._fds.append(handle)
        return len(self._fds) - 1

    def _launch(self, process_obj: BaseProcess) -> None:
        work = b"".join(self._pickle(process_obj))
        parent, kept = _parent_sentinel()
        try:
            started = forkserver.connect_to_new_process(self._fds, work, parent)
        except BaseException:
            close_fds(*kept)
            raise
        finally:
            os.close(parent)
        self._lock = _thread.RLock()
        self._looking = False
        self.pid = started.pid
        self.returncode = started.exitcode
        self.sentinel = started.status
        self._held.append((os.getpid(), (started.status, *kept)))

    def _collect(self, wait: bool = False) -> None:
        if wait:
            ready_handles([self.sentinel], None)
        with self._lock:
            if self.returncode is not None or self._looking:
                # The latter: a signal handler asks, amid the reading below in this very thread.
                return
            self._looking = True
            try:
                self.returncode = _last_report(self.sentinel)
            finally:
                self._looking = False
        if self.returncode is not None:
            self._kept.clear()

    def _await_end(self, timeout: float) -> None:
        ready_handles([self.sentinel], timeout)

    def _send_signal(self, signum: int) -> None:
        # The server collects children at once: without this look the number may long be another process'.
        if self.poll() is None:
            super()._send_signal(signum)


def _last_report(status: int) -> int | None:
    try:
        report = os.read(status, fork_protocol.REPORT_SIZE)
    except BlockingIOError:
        return None
    try:
        return fork_protocol.decode_report(report)[2]
    except EOFError:
        return fork_protocol.SERVER_DIED


def _parent_sentinel() -> tuple[int, tuple[int, ...]]:
    """What becomes ready when this process ends, for the child; and what this process has to keep open for that."""
    handle = _posix.process_handle(os.getpid())
    if handle is not None:
        return handle, ()
    child_watches, we_keep = _posix.pipe()
    return child_watches, (we_keep,)
