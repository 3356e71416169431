"""Processes as objects: this one, its parent, its children, and what a child does from birth to exit code.

Does not know how a process is started: the class's `_Popen` gives the launcher (see `context`). The module's
globals are this process's view of its family; a child's bootstrap makes them anew.
Below: `lifecycle`. Above: the launchers, `context`.
"""

from __future__ import annotations

import itertools
import os
from _weakrefset import WeakSet

from . import lifecycle, log, rooms, standard_streams, start_method, threads
from .authkey import AuthenticationString
from .children import Children, has_ended, is_lost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from .popen import Popen

__all__ = ["AuthenticationString", "BaseProcess", "active_children", "current_process", "parent_process"]

try:
    ORIGINAL_DIR: str | None = os.path.abspath(os.getcwd())
except OSError:
    ORIGINAL_DIR = None
"""The current directory when the program began; in a child its parent's. None if there was none."""


def current_process() -> BaseProcess:
    """The object of this process: in a child the very one whose `run` is executing."""
    return _current_process


def parent_process() -> BaseProcess | None:
    """The object of the process that started this one; None in the main process."""
    return _parent_process


def active_children() -> list[BaseProcess]:
    """A new list of the children of this process that are alive; the others are joined on the way."""
    _children.collect()
    return list(_children)


def _cleanup() -> None:
    # CPython's own tests, and programs that look for zombies, know this name.
    _children.collect()


def _end_children() -> None:
    """At exit: end daemonic children, wait for the others."""
    # After a plain os.fork the objects are here but the processes are the parent's: leave them alone.
    mine = [child for child in active_children() if child._parent_pid == os.getpid()]
    for child in mine:
        if child.daemon and child._popen is not None:
            log.info("calling terminate() for daemon %s", child.name)
            child._popen.terminate()
    for child in mine:
        log.info("calling join() for process %s", child.name)
        child.join()


def _insist(condition: bool, complaint: str) -> None:
    # AssertionError is what users of the stdlib see; raised in any case, also under -O.
    if not condition:
        raise AssertionError(complaint)


class BaseProcess:
    """An activity that runs in a process of its own; used as `threading.Thread` is.

    target, args, kwargs: what `run` calls. name: default is made of the class's name and the ordinals of the
    process among its ancestors' children. daemon: whether the process is terminated when its parent exits, and may
    have no children; None inherits the creator's flag.
    Raises:
        AssertionError: `group`, which is there for likeness with threads, is not None.
    Source: library documentation, "Process and exceptions".
    """

    _start_method: str | None = None
    """The method that children of this class impose on their own default context; None: as decided."""

    _inheriting = False
    """Whether this process is a child that still imports its parent's main module."""

    _target: Callable[..., object] | None
    _args: tuple[Any, ...]
    _kwargs: dict[str, Any]
    _sentinel: int

    @classmethod
    def _Popen(cls, process_obj: BaseProcess) -> Popen:
        """Start the process, by the method that the subclass stands for; there it may be a static method."""
        raise NotImplementedError(f"{type(process_obj).__name__} has no start method: use the Process of a context")

    def __init__(
        self,
        group: None = None,
        target: Callable[..., object] | None = None,
        name: str | None = None,
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        daemon: bool | None = None,
    ) -> None:
        _insist(group is None, "group must be None: there are no process groups to join")
        creator = _current_process
        self._identity: tuple[int, ...] = (*creator._identity, next(_process_counter))
        self._config: dict[str, Any] = creator._config.copy()
        self._parent_pid: int | None = os.getpid()
        self._parent_name = creator.name
        self._popen: Popen | None = None
        self._closed = False
        self._target = target
        self._args = tuple(args)
        self._kwargs = dict(kwargs) if kwargs else {}
        self._name = name or f"{type(self).__name__}-{':'.join(map(str, self._identity))}"
        if daemon is not None:
            self.daemon = daemon
        _dangling.add(self)

    def run(self) -> None:
        """What the process does: call the target with its arguments. Subclasses may override it."""
        if self._target:
            self._target(*self._args, **self._kwargs)

    def start(self) -> None:
        """Start the process; it then runs `run`.

        Raises:
            AssertionError: started before, made by another process, or this process is daemonic.
            ValueError: closed.
            Exception: whatever pickling the object raises, where the start method pickles; it may be started again.
        """
        self._check_closed()
        _insist(self._popen is None, "cannot start a process twice")
        _insist(self._parent_pid == os.getpid(), "can only start a process object that this process has made")
        _insist(not _current_process.daemon, "daemonic processes are not allowed to have children")
        _children.collect()
        self._popen = self._Popen(self)
        self._sentinel = self._popen.sentinel
        # The target may refer to this object: without this neither would be freed soon (bpo-30775).
        del self._target, self._args, self._kwargs
        _children.add(self, self._popen)

    def join(self, timeout: float | None = None) -> None:
        """Wait until the process has ended, or `timeout` seconds have passed.

        timeout: None waits for ever; zero or less polls.
        Raises:
            AssertionError: not started, or not a child of this process.
            ValueError: closed.
        """
        self._check_closed()
        _insist(self._parent_pid == os.getpid(), "can only join a child process")
        popen = self._popen
        if popen is None:
            raise AssertionError("can only join a started process")
        if popen.wait(timeout) is not None or is_lost(popen):
            _children.discard(self)

    def is_alive(self) -> bool:
        """Whether the process has been started and has not ended; one that has ended is joined.

        Raises:
            AssertionError: neither this process nor a child of it.
            ValueError: closed.
        """
        self._check_closed()
        if self is _current_process:
            return True
        _insist(self._parent_pid == os.getpid(), "can only test a child process")
        if self._popen is None:
            return False
        if not has_ended(self._popen):
            return True
        _children.discard(self)
        return False

    def terminate(self) -> None:
        """End the process: SIGTERM on POSIX, TerminateProcess on Windows. Its own children go on.

        Raises:
            AttributeError: not started.
            ValueError: closed.
        """
        self._started("terminate").terminate()

    def kill(self) -> None:
        """As `terminate`, with SIGKILL on POSIX."""
        self._started("kill").kill()

    def interrupt(self) -> None:
        """Send SIGINT, which by default raises KeyboardInterrupt in the process.

        Raises: see `terminate`.
        """
        self._started("interrupt").interrupt()

    def _started(self, verb: str) -> Popen:
        self._check_closed()
        if self._popen is None:
            raise AttributeError(f"cannot {verb} {self._name}: it has not been started")
        return self._popen

    def close(self) -> None:
        """Release what this object holds for the process; afterwards most of its methods raise ValueError.

        Raises:
            ValueError: the process is still running.
        """
        popen = self._popen
        if popen is not None:
            if not has_ended(popen):
                raise ValueError(f"cannot close {self._name} while it is running: join() or terminate() it first")
            _children.discard(self)
            popen.close()
            self._popen = None
        self._closed = True

    def _check_closed(self) -> None:
        if self._closed:
            raise ValueError(f"process object is closed: {self._name}")

    @property
    def name(self) -> str:
        """A label without meaning; several processes may bear the same."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        _insist(isinstance(name, str), f"name must be a string, not {type(name).__name__}")
        self._name = name

    @property
    def daemon(self) -> bool:
        """Whether the process is terminated when its parent exits. Can be set until it is started."""
        return bool(self._config.get("daemon", False))

    @daemon.setter
    def daemon(self, daemonic: bool) -> None:
        _insist(self._popen is None, "process has already started")
        self._config["daemon"] = daemonic

    @property
    def authkey(self) -> AuthenticationString:
        """The key by which the processes of this family know each other. Can be set, to bytes, before the start."""
        key: AuthenticationString = self._config["authkey"]
        return key

    @authkey.setter
    def authkey(self, authkey: bytes) -> None:
        self._config["authkey"] = AuthenticationString(authkey)

    @property
    def exitcode(self) -> int | None:
        """0..255, or minus the number of the signal that ended it; None before the end.

        Also None for a child whose status was taken by other code, which waited for its pid.
        Raises:
            ValueError: closed.
        """
        self._check_closed()
        return None if self._popen is None else self._popen.poll()

    @property
    def ident(self) -> int | None:
        """The process id; None before the start.

        Raises:
            ValueError: closed.
        """
        self._check_closed()
        if self is _current_process:
            return os.getpid()
        return None if self._popen is None else self._popen.pid

    @property
    def pid(self) -> int | None:
        """See `ident`."""
        return self.ident

    @property
    def sentinel(self) -> int:
        """A handle that becomes ready (`connection.wait`, `select`, WaitForSingleObject) when the process has ended.

        Raises:
            ValueError: closed or not started.
        """
        self._check_closed()
        try:
            return self._sentinel
        except AttributeError:
            raise ValueError(f"{self._name} has no sentinel: it has not been started") from None

    def __repr__(self) -> str:
        state, code = self._state()
        parts = [type(self).__name__, f"name={self._name!r}"]
        if self._popen is not None:
            parts.append(f"pid={self._popen.pid}")
        parts += (f"parent={self._parent_pid}", state)
        if code is not None:
            parts.append(f"exitcode={rooms.load('exitcodes').in_words(code)}")
        if self.daemon:
            parts.append("daemon")
        return f"<{' '.join(parts)}>"

    def _state(self) -> tuple[str, int | None]:
        if self is _current_process:
            return "started", None
        if self._closed:
            return "closed", None
        if self._parent_pid != os.getpid():
            return "unknown", None
        if self._popen is None:
            return "initial", None
        return ("stopped" if has_ended(self._popen) else "started"), self._popen.poll()

    def _bootstrap(self, parent_sentinel: int | None = None, let_signals_in: Callable[[], None] | None = None) -> int:
        """In the child: become the current process, run, and tell the exit code.

        parent_sentinel: a handle that becomes ready when the parent has ended. let_signals_in: in a child that was
        forked with signals held: what to call once it is the current process.
        On return the threads have been joined and the streams flushed; exit handlers are still to run.
        """
        try:
            try:
                self._begin(parent_sentinel)
            finally:
                if let_signals_in is not None:
                    let_signals_in()
            log.info("child process calling self.run()")
            self.run()
            code = 0
        except SystemExit as stop:
            code = rooms.load("exitcodes").from_system_exit(stop)
        except BaseException:
            code = 1
            standard_streams.write_stderr(f"Process {self.name}:\n")
            standard_streams.print_exception()
        threads.join_all()
        log.info("process exiting with exitcode %d", code)
        standard_streams.flush()
        return code

    def _begin(self, parent_sentinel: int | None) -> None:
        global _current_process, _parent_process, _process_counter
        if self._start_method is not None:
            start_method.set(self._start_method)
        _process_counter = itertools.count(1)
        _children.forget()
        standard_streams.replace_stdin()
        # Kept until the hooks have run: finalizers that belong to the parent must be gone before it is.
        former = _current_process
        _current_process = self
        _parent_process = _ParentProcess(self._parent_name, self._parent_pid, parent_sentinel)
        try:
            self._after_fork()
        finally:
            del former

    @staticmethod
    def _after_fork() -> None:
        """In the child, once it is the current process. Classes whose children begin afresh override it."""
        threads.settle_after_fork()
        lifecycle.begin_forked_child()


class _ParentProcess(BaseProcess):
    """The process that started this one, seen from here."""

    def __init__(self, name: str, pid: int | None, sentinel: int | None) -> None:
        self._identity = ()
        self._name = name
        self._pid = pid
        self._parent_pid = None
        self._popen = None
        self._closed = False
        self._config = {}
        if sentinel is not None:
            self._sentinel = sentinel

    def is_alive(self) -> bool:
        """Whether it has not ended yet."""
        return not rooms.load("waiting").wait([self.sentinel], 0)

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended, or `timeout` seconds have passed."""
        rooms.load("waiting").wait([self.sentinel], timeout)

    @property
    def ident(self) -> int | None:
        """Its process id."""
        return self._pid


class _MainProcess(BaseProcess):
    """The process with which a family begins."""

    def __init__(self) -> None:
        self._identity = ()
        self._name = "MainProcess"
        self._parent_pid = None
        self._popen = None
        self._closed = False
        # All descendants inherit this. The prefix is for names of semaphores, short since FreeBSD allows
        # them only 14 characters.
        self._config = {"authkey": AuthenticationString(os.urandom(32)), "semprefix": "/mp"}

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


def become_helper(parent_pid: int) -> None:
    """Be no main process: this is a helper, which process `parent_pid` has started.

    Code that is imported here and asks whether it runs in the main process must learn that it does not.
    """
    global _parent_process
    _parent_process = _ParentProcess("MainProcess", parent_pid, None)


_dangling: WeakSet[BaseProcess] = WeakSet()
"""Every process object that was made here and still exists: tests look for forgotten ones."""

_parent_process: BaseProcess | None = None
_process_counter = itertools.count(1)
_children = Children()
"""Children that were started and have not been seen to end."""
_current_process: BaseProcess = _MainProcess()

lifecycle.at_exit_end_children(_end_children)
