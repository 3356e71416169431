"""Contexts: the package's functions and classes for one start method each, and for the one in force.

The composition root: the only room that knows them all. It loads each when it is first needed, through
`rooms.load`; so `import` of the package, and a child that uses nothing, stay light.
Above: only the package's `__init__`, which offers the default context's functions as its own.
"""

from __future__ import annotations

import os
import sys

from . import errors, process, rooms, start_method, start_methods
from .spawning import assert_spawning, get_spawning_popen, set_spawning_popen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .popen import Popen

__all__ = [
    "BaseContext",
    "DefaultContext",
    "ForkContext",
    "ForkProcess",
    "ForkServerContext",
    "ForkServerProcess",
    "Process",
    "SpawnContext",
    "SpawnProcess",
    "assert_spawning",
    "get_spawning_popen",
    "set_spawning_popen",
]

ProcessError = errors.ProcessError
BufferTooShort = errors.BufferTooShort
TimeoutError = errors.TimeoutError  # noqa: A001 - the public name
AuthenticationError = errors.AuthenticationError


class BaseContext:
    """What all contexts offer. Subclasses name their method and their class of processes."""

    ProcessError = errors.ProcessError
    BufferTooShort = errors.BufferTooShort
    TimeoutError = errors.TimeoutError
    AuthenticationError = errors.AuthenticationError

    current_process = staticmethod(process.current_process)
    parent_process = staticmethod(process.parent_process)
    active_children = staticmethod(process.active_children)

    Process: type[process.BaseProcess]
    _name: str

    def cpu_count(self) -> int:
        """The number of processors of the system.

        Raises:
            NotImplementedError: it cannot be found out.
        """
        # As of Python 3.13 `os.cpu_count` itself heeds these two; here they count on every version.
        wanted = sys._xoptions.get("cpu_count")
        if wanted is None and not sys.flags.ignore_environment:
            wanted = os.environ.get("PYTHON_CPU_COUNT")
        count = int(wanted) if isinstance(wanted, str) and wanted.isdigit() else os.cpu_count()
        if count is None:
            raise NotImplementedError("the number of processors cannot be determined")
        return count

    def Pipe(self, duplex: bool = True) -> Any:
        """Two connected `Connection` objects; if not `duplex` the first only receives, the second only sends."""
        return rooms.load("connection").Pipe(duplex)

    def Lock(self) -> Any:
        """A lock that any thread of any process may release."""
        return rooms.load("synchronize").Lock(ctx=self.get_context())

    def RLock(self) -> Any:
        """A lock that its owner may take again."""
        return rooms.load("synchronize").RLock(ctx=self.get_context())

    def Condition(self, lock: Any = None) -> Any:
        """A condition over `lock`, by default a new RLock."""
        return rooms.load("synchronize").Condition(lock, ctx=self.get_context())

    def Semaphore(self, value: int = 1) -> Any:
        """A semaphore that begins with `value`."""
        return rooms.load("synchronize").Semaphore(value, ctx=self.get_context())

    def BoundedSemaphore(self, value: int = 1) -> Any:
        """A semaphore that refuses to grow beyond `value`."""
        return rooms.load("synchronize").BoundedSemaphore(value, ctx=self.get_context())

    def Event(self) -> Any:
        """An event, not set."""
        return rooms.load("synchronize").Event(ctx=self.get_context())

    def Barrier(self, parties: int, action: Callable[[], object] | None = None, timeout: float | None = None) -> Any:
        """A barrier for `parties`; one of them runs `action` when all are there. timeout: default of `wait`."""
        return rooms.load("synchronize").Barrier(parties, action, timeout, ctx=self.get_context())

    def Queue(self, maxsize: int = 0) -> Any:
        """A queue of at most `maxsize` items; zero or less: as many as semaphores can count."""
        return rooms.load("queues").Queue(maxsize, ctx=self.get_context())

    def JoinableQueue(self, maxsize: int = 0) -> Any:
        """A queue that knows whether its items have been dealt with."""
        return rooms.load("queues").JoinableQueue(maxsize, ctx=self.get_context())

    def SimpleQueue(self) -> Any:
        """A pipe with locks: no feeder thread, no size, no timeouts."""
        return rooms.load("queues").SimpleQueue(ctx=self.get_context())

    def RawValue(self, typecode_or_type: Any, *args: Any) -> Any:
        """A shared object of a C type, without a lock."""
        return rooms.load("sharedctypes").RawValue(typecode_or_type, *args)

    def RawArray(self, typecode_or_type: Any, size_or_initializer: Any) -> Any:
        """A shared array of items of a C type, without a lock."""
        return rooms.load("sharedctypes").RawArray(typecode_or_type, size_or_initializer)

    def Value(self, typecode_or_type: Any, *args: Any, lock: Any = True) -> Any:
        """A shared object of a C type, with a lock: a new RLock, or the one given."""
        return rooms.load("sharedctypes").Value(typecode_or_type, *args, lock=lock, ctx=self.get_context())

    def Array(self, typecode_or_type: Any, size_or_initializer: Any, *, lock: Any = True) -> Any:
        """A shared array of items of a C type, with a lock: a new RLock, or the one given."""
        ctx = self.get_context()
        return rooms.load("sharedctypes").Array(typecode_or_type, size_or_initializer, lock=lock, ctx=ctx)

    def freeze_support(self) -> None:
        """In a frozen program that was started as a child: do the child's work and exit. Else do nothing."""
        if getattr(sys, "frozen", False) and self.get_start_method(allow_none=True) in ("spawn", None):
            rooms.load("spawn").freeze_support()

    def get_logger(self) -> Any:
        """The package's logger, named "multiprocessing"; without handler and level until somebody sets them."""
        return rooms.load("logger").get_logger()

    def log_to_stderr(self, level: int | str | None = None) -> Any:
        """Let the package's logger write to stderr, from `level` up if given; children do the same. Returns it."""
        return rooms.load("logger").log_to_stderr(level)

    def allow_connection_pickling(self) -> None:
        """See to it that connections and sockets can be sent to other processes."""
        rooms.load("connection")

    def set_executable(self, executable: str | bytes | os.PathLike[str]) -> None:
        """Let children that begin afresh run this interpreter instead of `sys.executable`."""
        rooms.load("spawn").set_executable(executable)

    def set_forkserver_preload(self, module_names: Iterable[str], *, on_error: str = "ignore") -> None:
        """Have the fork server import these modules, once for all its children.

        on_error: "ignore", "warn" or "fail", when one cannot be imported.
        """
        rooms.load("preload").set_forkserver_preload(module_names, on_error=on_error)

    def get_context(self, method: str | None = None) -> BaseContext:
        """The context of a start method; None: this one.

        Raises:
            ValueError: no such method, or not on this system.
        """
        if method is None:
            return self
        row = start_methods.TABLE.get(method)
        if method not in _concrete_contexts or (row is not None and not row.available):
            raise ValueError(f"cannot find context for {method!r}")
        return _concrete_contexts[method]

    def get_start_method(self, allow_none: bool = False) -> str | None:
        """The name of this context's start method."""
        return self._name

    def set_start_method(self, method: str | None, force: bool = False) -> None:
        """Refused: only the default context's start method can be chosen.

        Raises:
            ValueError: always.
        """
        raise ValueError("cannot set the start method of a concrete context")

    @property
    def reducer(self) -> Any:
        """What reduces objects to be sent to other processes: the room `reduction`, unless it was replaced."""
        return _reducer if _reducer is not None else rooms.load("reduction")

    @reducer.setter
    def reducer(self, reduction: Any) -> None:
        global _reducer
        _reducer = reduction


_reducer: Any = None


class Process(process.BaseProcess):
    """A process whose start method is the one in force when it is started."""

    @classmethod
    def _Popen(cls, process_obj: process.BaseProcess) -> Popen:
        return _default_context.get_context().Process._Popen(process_obj)

    @staticmethod
    def _after_fork() -> None:
        _default_context.get_context().Process._after_fork()


class _FixedProcess(process.BaseProcess):
    """A process with a start method of its own, whatever is in force."""

    _row: start_methods.StartMethod

    @classmethod
    def _Popen(cls, process_obj: process.BaseProcess) -> Popen:
        popen: Popen = rooms.load(cls._row.launcher).Popen(process_obj)
        return popen


class ForkProcess(_FixedProcess):
    """A process that begins as a copy of its parent."""

    _row = start_methods.FORK
    _start_method = _row.name


class SpawnProcess(_FixedProcess):
    """A process that begins as a fresh interpreter."""

    _row = start_methods.SPAWN
    _start_method = _row.name

    @staticmethod
    def _after_fork() -> None:
        """Nothing: it was not forked."""


class ForkServerProcess(_FixedProcess):
    """A process that begins as a copy of a server process which has done nothing yet."""

    _row = start_methods.FORKSERVER
    _start_method = _row.name


class ForkContext(BaseContext):
    """Everything by forking."""

    _name = start_methods.FORK.name
    Process = ForkProcess


class SpawnContext(BaseContext):
    """Everything by fresh interpreters."""

    _name = start_methods.SPAWN.name
    Process = SpawnProcess


class ForkServerContext(BaseContext):
    """Everything by the fork server."""

    _name = start_methods.FORKSERVER.name
    Process = ForkServerProcess


class DefaultContext(BaseContext):
    """The context in force: decided by `set_start_method` or by the first use that needs a decision."""

    Process = Process

    def get_context(self, method: str | None = None) -> BaseContext:
        """The context of a start method; None: the one in force, which is thereby decided."""
        return super().get_context(self.get_start_method() if method is None else method)

    def get_start_method(self, allow_none: bool = False) -> str | None:
        """The name of the start method in force, which is thereby decided unless `allow_none`.

        allow_none: return None instead when nothing is decided yet.
        """
        if start_method.get() is None and not allow_none:
            start_method.set(start_methods.DEFAULT.name)
        return start_method.get()

    def set_start_method(self, method: str | None, force: bool = False) -> None:
        """Decide for `method`. None means the system's default or, with `force`, undecided again.

        Raises:
            RuntimeError: it was decided before, and not `force`.
            ValueError: no such method, or not on this system.
        """
        if start_method.get() is not None and not force:
            raise RuntimeError("context has already been set")
        if method is None and force:
            start_method.set(None)
            return
        name = start_methods.DEFAULT.name if method is None else method
        start_method.set(super().get_context(name).get_start_method())

    def get_all_start_methods(self) -> list[str]:
        """The names of the start methods that this system has, its default first."""
        names = [row.name for row in start_methods.TABLE.values() if row.available]
        return sorted(names, key=lambda name: name != start_methods.DEFAULT.name)


_concrete_contexts: dict[str, BaseContext] = {
    context._name: context for context in (ForkContext(), SpawnContext(), ForkServerContext())
}
"""What `get_context` knows. Others enter their own here, as loky does."""

_default_context = DefaultContext()


def __getattr__(name: str) -> Any:
    if name == "reduction":  # programs import it from here
        return rooms.load(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
