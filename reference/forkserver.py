"""The way to the fork server: a process that has done nothing yet, of which children are forked.

One server serves a whole family. It is launched when first needed and again if it died, and ends when no process
of the family is left. Requests go to it over a socket pair without a name; every process of the family holds the
askers' end, and the key without which the server does nothing.

Here: the family's side. The server's is `fork_service`; what they say to each other, `fork_protocol`.
Below: `resource_tracker`, `spawn`, `_platform`. Above: `popen_forkserver`, `context`.
"""

from __future__ import annotations

import _thread
import errno
import os
import sys

from . import errors, fork_protocol, forking, helpers, lifecycle, log, reduction, resource_tracker, spawn
from ._platform import _posix, _posix_peers, _posix_requests, signals
from ._platform.descriptors import close_fds
from ._platform.polling import ready_handles
from .preload import set_forkserver_preload, wish

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["connect_to_new_process", "ensure_running", "get_inherited_fds", "set_forkserver_preload"]

MAXFDS_TO_SEND = _posix_requests.MAX_DESCRIPTORS - len(fork_protocol.FIXED) - 1
"""How many descriptors one child can be given."""

_LAST_MOMENT = 0.5
"""Seconds: far longer than a process that was killed needs to close its descriptors, one after the other."""

LARGEST_INLINE = _posix_requests.MAX_BYTES - fork_protocol.KEY_LENGTH - 1

# What of the preparation data the server needs in order to preload as a child would import.
_SURROUNDINGS = ("sys_path", "sys_argv", "dir", "orig_dir", "start_method", "dropin")
_ABOUT_MAIN = ("init_main_from_name", "init_main_from_path")


class Started:
    """A child that a server has started.

    status: the descriptor (the owner's to close) that gives one more report, how the child ended; or, if that is
    known already, `exitcode`.
    """

    __slots__ = ("exitcode", "pid", "status")

    def __init__(self, pid: int, status: int, exitcode: int | None) -> None:
        self.pid = pid
        self.status = status
        self.exitcode = exitcode


class ForkServer:
    """The way to a fork server."""

    def __init__(self) -> None:
        self._lock = _thread.RLock()
        self._requests: int | None = None
        """The askers' end of the request pair."""
        self._forkserver_pid: int | None = None
        """The server's process id where this process launched it, and so has to wait for it."""
        self._forkserver_authkey = b""
        self._inherited_fds: list[int] | None = None
        forking.tell_forks(self)

    def get_inherited_fds(self) -> list[int] | None:
        """The descriptors that this process was given by its parent; None unless a fork server started it."""
        return self._inherited_fds

    def ensure_running(self) -> None:
        """Launch a server unless one is running.

        Raises:
            OSError, ValueError: no interpreter can be started.
            RuntimeError: this process is importing its main module and must not start others.
        """
        self._launch_if_needed()

    def connect_to_new_process(self, fds: Sequence[int], work: bytes, parent: int) -> Started:
        """Have a child started that gets duplicates of `fds` and does `work`.

        parent: the descriptor that the child watches to learn of its parent's end.
        Raises:
            ValueError: too many descriptors.
            AuthenticationError: the server refused the key.
            EOFError, ConnectionError: a newly launched server died before it started the child.
            OSError: the server could not start the child.
        """
        if len(fds) > MAXFDS_TO_SEND:
            raise ValueError(f"too many fds: one child can be given {MAXFDS_TO_SEND} descriptors, not {len(fds)}")
        launched = False
        while True:
            launched = self._launch_if_needed() or launched
            try:
                if len(work) <= LARGEST_INLINE:
                    return self._ask(fork_protocol.encode_request(self._forkserver_authkey, work), [parent], fds)
                return self._ask_and_write(work, parent, fds)
            except (EOFError, ConnectionError) as error:
                # One that ran before may have been killed a moment ago; since the first thing that a child does
                # is to report itself, nothing has been started. A new one that dies would die again.
                if launched:
                    _explain(error)
                    raise
                if not self._is_ending():
                    raise OSError(errno.EMFILE, "the fork server has no descriptors left for a process") from error

    def _ask_and_write(self, work: bytes, parent: int, fds: Sequence[int]) -> Started:
        request = fork_protocol.encode_request(self._forkserver_authkey, None)
        child_reads, we_write = _posix.pipe()
        try:
            try:
                started = self._ask(request, [parent, child_reads], fds)
            finally:
                os.close(child_reads)
            _write(we_write, work)
            return started
        finally:
            os.close(we_write)

    def _ask(self, request: bytes, for_child: Sequence[int], fds: Sequence[int]) -> Started:
        requests, tracker_fd = self._requests, resource_tracker.getfd()
        if requests is None:
            raise ConnectionError("another thread has stopped the fork server")
        status, server_writes = _posix.pipe()
        try:
            try:
                to_send = [server_writes, requests, tracker_fd, *for_child, *fds]
                _posix_requests.send(requests, request, to_send)
            finally:
                os.close(server_writes)
            # The server's end is watched as well: a child forked meanwhile by another thread may hold the pipe open.
            ready_handles([status, requests], None)
            os.set_blocking(status, False)
            return _first_report(status)
        except BaseException:
            os.close(status)
            raise

    def _is_ending(self) -> bool:
        """Whether the server, from which no report came, is about to end; else it could not even take the request."""
        requests = self._requests
        return requests is None or bool(ready_handles([requests], _LAST_MOMENT))

    def _launch_if_needed(self) -> bool:
        with self._lock:
            if self._requests is not None:
                if _posix_peers.has_peer(self._requests):
                    return False
                log.info("the fork server died, launching another")
                self._stop()
            self._launch()
        return True

    def _launch(self) -> None:
        tracker_fd = resource_tracker.getfd()
        key = os.urandom(fork_protocol.KEY_LENGTH)
        settings = self._settings(key, tracker_fd)
        server_reads, we_write = _posix.pipe()
        asks, serves = _posix_requests.request_pair()
        try:
            try:
                self._forkserver_pid = helpers.launch_helper(
                    "fork_service",
                    f"main({serves}, {server_reads})",
                    pass_fds=[serves, server_reads, tracker_fd],
                    shielded={signals.SIGINT},
                )
            finally:
                close_fds(serves, server_reads)
            _write(we_write, settings)
        except BaseException:
            os.close(asks)
            raise
        finally:
            os.close(we_write)
        self._requests = asks
        self._forkserver_authkey = key
        lifecycle.at_exit_last(self._stop)
        log.info("launched the fork server, process %s", self._forkserver_pid)

    def _settings(self, key: bytes, tracker_fd: int) -> bytes:
        data = spawn.get_preparation_data("forkserver")
        names, on_error = wish()
        return reduction.ForkingPickler.dumps(
            {
                "key": key,
                "tracker_fd": tracker_fd,
                "blocked_signals": signals.block(()),
                "preload": names,
                "on_error": on_error,
                "surroundings": {name: data[name] for name in _SURROUNDINGS if name in data},
                "main": {name: data[name] for name in _ABOUT_MAIN if name in data},
            }
        )

    def _stop(self) -> None:
        """Let go of the server and wait a moment for it, if this process launched it, to end."""
        with self._lock:
            if self._requests is not None:
                os.close(self._requests)
                self._requests = None
            pid, self._forkserver_pid = self._forkserver_pid, None
            if pid is not None:
                try:
                    helpers.reap(pid, helpers.PATIENCE)
                except TimeoutError:
                    log.debug("the fork server still serves other processes")

    def adopt(self, requests_fd: int, key: bytes, inherited_fds: list[int]) -> None:
        """In a child of a server: be told the way to it, and which descriptors the parent has sent."""
        self._requests = requests_fd
        self._forkserver_authkey = key
        self._inherited_fds = inherited_fds

    def after_fork_in_child(self, ours: bool) -> None:
        """Renew what threads share; keep the way to the server in the family's children, drop it in others.

        A process that the program forked on its own may outlive it by days, and would keep the server alive.
        """
        self._lock = _thread.RLock()
        self._forkserver_pid = None
        if not ours and self._requests is not None:
            os.close(self._requests)
            self._requests = None


def _first_report(status: int) -> Started:
    try:
        report = os.read(status, fork_protocol.REPORT_SIZE)
    except BlockingIOError:
        report = b""
    kind, pid, code = fork_protocol.decode_report(report)
    if kind == fork_protocol.STARTED:
        return Started(pid, status, None)
    if kind == fork_protocol.ENDED:
        return Started(pid, status, code)
    if kind == fork_protocol.REFUSED:
        raise errors.AuthenticationError("the fork server refused the request: wrong key")
    raise OSError(code, f"the fork server could not start a process: {os.strerror(code)}")


def _write(fd: int, data: bytes) -> None:
    """Write as much as the other side wants to read; if it dies, that is told by other means."""
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(fd, view) :]
    except BrokenPipeError:
        log.debug("%d bytes were not read", len(view))


def _explain(error: BaseException) -> None:
    note = "Forkserver process may have crashed: what it said last is on its stderr."
    if hasattr(error, "add_note"):
        error.add_note(note)
    else:
        # Python 3.10 has no notes.
        error.args = (*error.args, note)


_forkserver = ForkServer()
ensure_running = _forkserver.ensure_running
get_inherited_fds = _forkserver.get_inherited_fds
connect_to_new_process = _forkserver.connect_to_new_process
