"""The process that removes what crashed programs leave behind: named semaphores, shared memory blocks.

One tracker serves a whole family of processes. Each of them holds the write end of one pipe; the tracker, a
program of its own that outlives signals, reads what was registered and given back, and when nobody holds the
pipe any more it removes the rest, says so on stderr and exits with status 1 (0: nothing was left).

Here: `ResourceTracker`, the family's side; `Ledger`, the bookkeeping without any I/O; `main`, the tracker's side.
Above: `synchronize`, `shared_memory`, the launchers (which hand `getfd()` to children). Below: `_platform`.
"""

from __future__ import annotations

import _thread
import os
import sys
import warnings

from . import forking, helpers, inherited, log
from ._platform import _posix, _posix_names, _posix_peers, signals

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ensure_running", "register", "unregister"]

_CLEANUP_FUNCS: dict[str, Callable[[str], object]] = {}
"""How to remove a leaked resource of each type that this platform has."""
if _posix_names.unlink_semaphore is not None:
    _CLEANUP_FUNCS["semaphore"] = _posix_names.unlink_semaphore
if _posix_names.unlink_shared_memory is not None:
    _CLEANUP_FUNCS["shared_memory"] = _posix_names.unlink_shared_memory

# "dummy" stands for a resource without substance: the tracker can be tried without making a real leak.
_TYPES = frozenset({*_CLEANUP_FUNCS, "dummy"})

# Many processes write to one pipe: only writes of at most PIPE_BUF bytes (POSIX: 512 or more) stay whole.
_MAX_MESSAGE = 512

# What would end a tracker together with the program that it has to clean up after: the terminal's signals go to
# the whole process group, and service managers send SIGTERM to every process.
_IGNORED = frozenset({signals.SIGINT, signals.SIGTERM, signals.SIGHUP, signals.SIGQUIT})


def encode(command: str, name: str, rtype: str) -> bytes:
    """The message that registers ("+") or gives back ("-") `name`.

    C strings end with NUL, so no legal name holds one: it ends a message, and colons and newlines are free.

    Raises:
        ValueError: a name with NUL or too long for a pipe to keep the message whole; a type nobody can remove.
    """
    if rtype not in _TYPES:
        raise ValueError(f"unknown resource type {rtype!r}: one of {', '.join(sorted(_TYPES))}")
    if "\0" in name:
        raise ValueError(f"null character in resource name {name!r}")
    if rtype != "dummy":
        # The OS takes "abc" and "//abc" for the same block: so must the ledger.
        name = "/" + name.lstrip("/")
    message = f"{command}:{rtype}:{name}\0".encode("utf-8", "surrogateescape")
    if len(message) > _MAX_MESSAGE:
        raise ValueError(f"resource name too long to be tracked ({len(message)} bytes with its type): {name!r}")
    return message


class Ledger:
    """What the family registered and has not given back; fed with the bytes of the pipe, in pieces of any size."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, None]] = {rtype: {} for rtype in sorted(_TYPES)}
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Take in `data`; return those of its messages that make no sense."""
        *messages, self._rest = (self._rest + data).split(b"\0")
        return [text for text in (m.decode("utf-8", "surrogateescape") for m in messages) if not self._enter(text)]

    def _enter(self, message: str) -> bool:
        command, _, rest = message.partition(":")
        rtype, colon, name = rest.partition(":")
        if not colon or command not in ("+", "-") or rtype not in self._held:
            return False
        if command == "+":
            self._held[rtype][name] = None
        elif command == "-":
            # Given back twice, or registered with a tracker that was killed since: nothing is wrong.
            self._held[rtype].pop(name, None)
        return True

    def leaked(self) -> Iterator[tuple[str, list[str]]]:
        """Each type of which something is left, with the names in the order of their registration."""
        return ((rtype, list(names)) for rtype, names in self._held.items() if names)


class ResourceTracker:
    """The way to a tracker: launched when first needed, launched again when it was killed.

    inherits: take over the family's tracker when this process was born with one.
    """

    def __init__(self, *, inherits: bool = False) -> None:
        self._inherits = inherits
        self._lock = _thread.RLock()
        self._launching = False
        self._postponed: list[bytes] = []
        self._fd: int | None = None
        self._pid: int | None = None
        """The tracker's process id where this process launched it, and so has to wait for it."""
        self._exitcode: int | None = None
        self._waitpid_timed_out = False
        forking.tell_forks(self)

    def getfd(self) -> int:
        """The write end of the tracker's pipe, to be handed to children; remains this object's property."""
        self.ensure_running()
        assert self._fd is not None
        return self._fd

    def ensure_running(self) -> None:
        """Launch the tracker unless a living one is known.

        Warns (UserWarning) when the one that was known has died: what it knew is not tracked any more.
        """
        with self._lock:
            died = self._revive()
        if died:
            _warn_of_death()

    def register(self, name: str, rtype: str) -> None:
        """Have `name` removed when the whole family has ended without giving it back.

        rtype: "semaphore" or "shared_memory".
        Raises:
            ValueError: see `encode`.
        """
        self._send(encode("+", name, rtype))

    def unregister(self, name: str, rtype: str) -> None:
        """Give `name` back: somebody removed it. Unknown names are no error.

        Raises:
            ValueError: see `encode`.
        """
        self._send(encode("-", name, rtype))

    def _send(self, message: bytes) -> None:
        with self._lock:
            died = self._revive()
            if self._fd is None:
                self._postponed.append(message)
            else:
                os.write(self._fd, message)
        if died:
            _warn_of_death()

    def _revive(self) -> bool:
        """Launch a tracker unless one lives; tell whether one had died. Called with the lock held."""
        if self._launching:
            # The garbage collector ran a finalizer of this very thread amid the launch.
            return False
        if self._fd is None and self._inherits:
            self._fd = inherited.take_tracker_fd()
        died = self._fd is not None and not self._check_alive()
        if died:
            self._forget_dead()
        if self._fd is None:
            self._launch()
        return died

    def _check_alive(self) -> bool:
        """Whether somebody reads the pipe."""
        assert self._fd is not None
        return _posix_peers.has_peer(self._fd)

    def _forget_dead(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            try:
                os.close(fd)
            except OSError:
                # Somebody closed it under us, which is how we found it dead.
                log.info("the resource tracker's pipe was closed by others")
        self._collect(helpers.PATIENCE)

    def _launch(self) -> None:
        self._launching = True
        try:
            reader, writer = _posix.pipe()
            try:
                self._pid = helpers.launch_helper(
                    "resource_tracker", f"main({reader})", pass_fds=[reader], shielded=_IGNORED
                )
            except BaseException:
                os.close(writer)
                raise
            finally:
                os.close(reader)
        finally:
            self._launching = False
        self._fd = writer
        self._exitcode = None
        log.info("launched the resource tracker, process %s", self._pid)
        while self._postponed:
            os.write(writer, self._postponed.pop(0))

    def _stop(self, wait_timeout: float = helpers.PATIENCE) -> None:
        """Let go of the pipe and wait, up to `wait_timeout` seconds, for the tracker that this process launched."""
        with self._lock:
            if self._fd is not None:
                os.close(self._fd)
                self._fd = None
            self._collect(wait_timeout)

    def _collect(self, timeout: float) -> None:
        pid, self._pid = self._pid, None
        if pid is not None:
            try:
                self._exitcode = helpers.reap(pid, timeout)
            except TimeoutError:
                self._waitpid_timed_out = True

    def adopt(self, fd: int) -> None:
        """Use the pipe `fd`, which belongs to this object from now on, in place of the one used so far."""
        with self._lock:
            former = inherited.take_tracker_fd() if self._fd is None else self._fd
            if former is not None:
                os.close(former)
            self._fd, self._pid = fd, None

    def after_fork_in_child(self, ours: bool) -> None:
        """Renew what threads share; keep the pipe in the family's children, let go of it in others.

        A process that the program forked on its own may outlive it by days, and would keep the tracker from
        seeing the end.
        """
        self._lock = _thread.RLock()
        self._launching = False
        self._postponed = []
        self._pid = None
        if not ours and self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def __del__(self) -> None:
        # Runs when the interpreter clears its modules, which is after every exit handler: those may still give
        # back what they hold. Without this an exited program would leave its tracker to be reaped by others.
        self._stop()


_resource_tracker = ResourceTracker(inherits=True)


# Functions, not bound methods: those would keep the tracker from being destroyed at exit, see __del__.
def ensure_running() -> None:
    """Launch the family's tracker unless it runs."""
    _resource_tracker.ensure_running()


def register(name: str, rtype: str) -> None:
    """See `ResourceTracker.register`."""
    _resource_tracker.register(name, rtype)


def unregister(name: str, rtype: str) -> None:
    """See `ResourceTracker.unregister`."""
    _resource_tracker.unregister(name, rtype)


def getfd() -> int:
    """See `ResourceTracker.getfd`."""
    return _resource_tracker.getfd()


def main(fd: int) -> None:
    """Be the tracker: read `fd` until nobody writes to it any more, remove what is left, exit.

    Raises:
        SystemExit: always; 1 when something was left.
    """
    for signum in _IGNORED:
        signals.ignore(signum)
    signals.set_blocked(())
    # What is sent to the whole group, SIGKILL above all, is not for the tracker: it has to clear up after the others.
    os.setsid()
    # Whoever reads the program's output until its end must not wait for the tracker's. stderr is needed.
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(null, stream)
    ledger = Ledger()
    while data := os.read(fd, 65536):
        for nonsense in ledger.feed(data):
            _say(f"resource_tracker: cannot make sense of {nonsense!r}")
    sys.exit(1 if _clean_up(ledger) else 0)


def _clean_up(ledger: Ledger) -> bool:
    found = False
    for rtype, names in ledger.leaked():
        found = True
        _say(
            f"resource_tracker: There appear to be {len(names)} leaked {rtype} objects"
            f" to clean up at shutdown: {', '.join(names)}"
        )
        for name in names:
            _remove(rtype, name)
    return found


def _remove(rtype: str, name: str) -> None:
    try:
        if rtype in _CLEANUP_FUNCS:
            _CLEANUP_FUNCS[rtype](name)
    except OSError as error:
        _say(f"resource_tracker: {name!r}: {error}")


def _warn_of_death() -> None:
    warnings.warn(
        "resource_tracker: process died unexpectedly, relaunching. Some semaphores or shared memory might leak.",
        stacklevel=4,
    )


def _say(text: str) -> None:
    try:
        warnings.warn(text, stacklevel=2)
    except UserWarning as warning:
        # Warnings are errors in this family: that must not keep the tracker from its work.
        print(f"UserWarning: {warning}", file=sys.stderr)
