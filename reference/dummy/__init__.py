"""The package's interface over threads of this process: for programs that want to choose between the two.

Nothing here starts a process or is shared with one. Most names are the standard library's own, for threads.
Pools of threads are to come together with those of processes.
"""

from __future__ import annotations

import builtins
import queue
import sys
import threading
import weakref
from threading import Barrier, BoundedSemaphore, Condition, Event, Lock, RLock, Semaphore

from .. import rooms
from .connection import Pipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType
    from typing import Any

__all__ = [
    "Array",
    "Barrier",
    "BoundedSemaphore",
    "Condition",
    "Event",
    "JoinableQueue",
    "Lock",
    "Manager",
    "Pipe",
    "Pool",
    "Process",
    "Queue",
    "RLock",
    "Semaphore",
    "Value",
    "active_children",
    "current_process",
    "freeze_support",
]

dict = builtins.dict  # noqa: A001 - the public name
list = builtins.list  # noqa: A001 - the public name
Queue = queue.Queue
JoinableQueue = queue.Queue

_children: weakref.WeakKeyDictionary[threading.Thread, weakref.WeakSet[Process]] = weakref.WeakKeyDictionary()
"""Whom each thread has started."""


class Process(threading.Thread):
    """A thread with what processes have besides: an exit code, and a parent that alone may start it."""

    def __init__(
        self,
        group: None = None,
        target: Callable[..., object] | None = None,
        name: str | None = None,
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(group, target, name, args, kwargs)
        self._pid = None
        self._parent = current_process()

    def start(self) -> None:
        """Start the thread.

        Raises:
            RuntimeError: started before, or made by another thread.
        """
        if self._parent is not current_process():
            raise RuntimeError(f"{self.name} was made by {self._parent.name}, which alone can start it")
        super().start()
        _children.setdefault(self._parent, weakref.WeakSet()).add(self)

    @property
    def exitcode(self) -> int | None:
        """0 once the thread has ended, however it did; None before."""
        return 0 if self.ident is not None and not self.is_alive() else None


def current_process() -> threading.Thread:
    """The thread that calls this."""
    return threading.current_thread()


def active_children() -> builtins.list[Process]:
    """The threads that this one has started and that are alive."""
    return [child for child in _children.get(current_process(), ()) if child.is_alive()]


def freeze_support() -> None:
    """Nothing: threads begin nowhere else."""


class Namespace:
    """An object with the attributes given, and any others that are set."""

    def __init__(self, /, **attributes: Any) -> None:
        vars(self).update(attributes)

    def __repr__(self) -> str:
        public = sorted(f"{name}={value!r}" for name, value in vars(self).items() if not name.startswith("_"))
        return f"{type(self).__name__}({', '.join(public)})"


def Array(typecode: object, sequence: Iterable[Any], lock: object = True) -> builtins.list[Any]:
    """A list of the items; threads share it anyway."""
    return builtins.list(sequence)


class Value:
    """An object with one attribute, `value`."""

    def __init__(self, typecode: object, value: Any, lock: object = True) -> None:
        self.typecode = typecode
        self.value = value

    def __repr__(self) -> str:
        return f"<{type(self).__name__}({self.typecode!r}, {self.value!r})>"


def Manager() -> ModuleType:
    """This module: what a manager makes, threads share as it is."""
    return sys.modules[__name__]


def shutdown() -> None:
    """Nothing: so much of a manager has to be."""


def Pool(
    processes: int | None = None, initializer: Callable[..., object] | None = None, initargs: Iterable[Any] = ()
) -> Any:
    """A pool of threads: the standard library's, which is to be had where this package stands in for it (`dropin`).

    Raises:
        NotImplementedError: this program imports the package under its own name.
    """
    dropin = rooms.loaded("dropin")
    if dropin is None or not dropin.installed():
        raise NotImplementedError("pools are not offered yet, neither of processes nor of threads")
    return dropin.thread_pool(processes, initializer, initargs)
