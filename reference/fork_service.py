"""The fork server: preloads modules, then forks children on request and reports how they end.

It has one thread, and one event loop over two descriptors: requests, and a pipe that tells of ended children. It
ends when no process of the family is left to ask. Run by `main` in an interpreter of its own.
Below: `preload`, `spawn` (the child's work), `popen_fork` (the child's end). Above: `forkserver`, which launches it.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys

from . import (
    connection,
    errors,
    exitcodes,
    fork_protocol,
    forking,
    forkserver,
    inherited,
    lifecycle,
    log,
    popen_fork,
    popen_forkserver,
    process,
    reduction,
    resource_tracker,
    spawn,
    standard_streams,
)
from ._platform import _posix_requests, signals
from ._platform.descriptors import close_fds
from .preload import preload

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, NoReturn

__all__ = ["LOADED_FOR_CHILDREN", "Service", "main"]

# What children unpickle refers to these rooms: loaded here, they need not be loaded in each child.
LOADED_FOR_CHILDREN = (connection, popen_forkserver)


def main(requests_fd: int, settings_fd: int) -> None:
    """Serve until the last process that could ask has gone.

    requests_fd: the server's end of the request pair. settings_fd: gives what `forkserver` has to tell.
    Raises:
        Exception: a module could not be preloaded, and the program wants the server to fail then.
    """
    on_interrupt = signals.ignore(signals.SIGINT)
    with open(settings_fd, "rb") as file:
        settings = reduction.ForkingPickler.loads(file.read())
    signals.set_blocked(settings["blocked_signals"])
    for fd in (requests_fd, settings["tracker_fd"]):
        os.set_inheritable(fd, False)
    inherited.give_tracker_fd(settings["tracker_fd"])
    # Code that asks whether it runs in the main process must not take the server for it.
    process.become_helper(os.getppid())
    spawn.prepare(settings["surroundings"])
    preload(settings["preload"], settings["main"], settings["on_error"])
    # Each child would write what was left here once more.
    standard_streams.flush()
    Service(requests_fd, settings["key"]).run(settings["blocked_signals"], on_interrupt)


class Service:
    """The event loop and what it knows: the children that run, and where each one's end is to be reported."""

    def __init__(self, requests_fd: int, key: bytes) -> None:
        self._requests = requests_fd
        self._key = key
        self._running: dict[int, int] = {}
        self._ended, self._wakes = os.pipe()
        for fd in (self._ended, self._wakes):
            os.set_blocking(fd, False)

    def run(self, blocked: Iterable[int], on_interrupt: Any) -> None:
        """Serve until the last process that could ask has gone.

        blocked, on_interrupt: the signals that are blocked in children, and their handler of SIGINT.
        """
        self._watch = signals.WatchOfChildren(self._wakes, blocked, on_interrupt)
        poller = select.poll()
        poller.register(self._ended, select.POLLIN)
        poller.register(self._requests, select.POLLIN)
        serving = True
        while serving:
            for fd, _ in poller.poll():
                if fd == self._ended:
                    self._report_ended()
                else:
                    serving = self._serve()
        os.close(self._requests)

    def _report_ended(self) -> None:
        """Report all children that have ended; signals merge, so there may be more of those than signals."""
        os.read(self._ended, 4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            report_to = self._running.pop(pid, None)
            # None: the child of a preloaded module.
            if report_to is not None:
                code = os.waitstatus_to_exitcode(status)
                _report(report_to, fork_protocol.encode_report(fork_protocol.ENDED, pid, code))

    def _serve(self) -> bool:
        """Take one request; False: there will be no more."""
        message, fds, complete = _posix_requests.receive(self._requests)
        if not message:
            return False
        if len(fds) < len(fork_protocol.FIXED):
            # So few descriptors are left that not even the reason can be told: whoever asked sees the pipe's end.
            log.info("a request came with %d descriptors", len(fds))
            close_fds(*fds)
            return True
        status, *others = fds
        try:
            work = fork_protocol.decode_request(self._key, message)
        except (errors.AuthenticationError, ValueError):
            _report(status, fork_protocol.encode_report(fork_protocol.REFUSED))
        else:
            if complete:
                self._fork(work, status, others)
            else:
                _report(status, fork_protocol.encode_report(fork_protocol.FAILED, code=errno.EMFILE))
        close_fds(*others)
        return True

    def _fork(self, work: bytes | None, status: int, others: list[int]) -> None:
        try:
            pid = forking.fork()
        except OSError as error:
            _report(status, fork_protocol.encode_report(fork_protocol.FAILED, code=error.errno or errno.EAGAIN))
            return
        if pid == 0:
            self._be_child(work, status, others)
        self._running[pid] = status

    def _be_child(self, work: bytes | None, status: int, others: list[int]) -> NoReturn:
        code = 1
        try:
            # First of all: a request that nobody has answered can be repeated to another server.
            _report(status, fork_protocol.encode_report(fork_protocol.STARTED, os.getpid()))
            self._forget()
            lifecycle.exit_as_child()
            code = self._work(work, *others)
        except SystemExit as stop:
            # The main module, imported again, may want to exit.
            code = exitcodes.from_system_exit(stop)
        except BaseException:
            standard_streams.print_exception()
        finally:
            popen_fork.leave(code)

    def _work(self, work: bytes | None, requests: int, tracker: int, parent: int, *given: int) -> int:
        resource_tracker._resource_tracker.adopt(tracker)
        if work is not None:
            forkserver._forkserver.adopt(requests, self._key, [*given])
            return spawn.work_from(io.BytesIO(work), parent)
        stream, *fds = given
        forkserver._forkserver.adopt(requests, self._key, fds)
        return spawn._main(stream, parent)

    def _forget(self) -> None:
        """In a child: be rid of all that is the server's, and of what it holds for other children."""
        self._watch.undo()
        close_fds(self._requests, self._ended, self._wakes, *self._running.values())


def _report(status: int, report: bytes) -> None:
    """Write a report, the last one through this pipe by this process."""
    try:
        os.write(status, report)
    except OSError as error:
        # Whoever asked is not interested any more; or it was none of us, and gave a descriptor of its own choice.
        log.debug("a report was not taken: %s", error)
    finally:
        os.close(status)
