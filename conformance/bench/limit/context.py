"""Processes, locks and queues at the limit: `os.fork` and `os.waitpid`, the raw semaphore, a pipe with a lock."""

from __future__ import annotations

import itertools
import os
import queue
import sys
from _multiprocessing import SemLock
from collections.abc import Callable
from typing import Any

from conformance.bench.limit.connection import Pipe

_MUTEX = 1
"""The kind of a raw semaphore that is not recursive."""
_numbers = itertools.count()


class Process:
    """A child made by `os.fork`; `target` is all that it does."""

    def __init__(self, target: Callable[..., object], args: tuple[Any, ...] = ()) -> None:
        self._target, self._args = target, args

    def start(self) -> None:
        """Fork."""
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._target(*self._args)
            finally:
                os._exit(0)

    def join(self) -> None:
        """Wait for the end of the child."""
        os.waitpid(self.pid, 0)


class Interpreter(Process):
    """A new interpreter that does nothing, whatever the target."""

    def start(self) -> None:
        """Start it."""
        self.pid = os.posix_spawn(sys.executable, [sys.executable, "-c", "pass"], os.environ)


def Lock() -> Any:
    """The raw semaphore, which is a context manager."""
    return SemLock(_MUTEX, 1, 1, f"/limit-{os.getpid()}-{next(_numbers)}", True)


class Queue:
    """A pipe, written at once, and read under a lock."""

    def __init__(self) -> None:
        self._reader, self._writer = Pipe(False)
        self._lock = Lock()
        self.put = self._writer.send

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The next item. A queue that is tried without blocking is looked at first; so is one with a timeout."""
        with self._lock:
            if (not block or timeout is not None) and not self._reader.poll(timeout if block else 0):
                raise queue.Empty
            return self._reader.recv()


class Context:
    """What benchmarks ask a context for. method: as for `get_context`."""

    Pipe = staticmethod(Pipe)
    Lock = staticmethod(Lock)
    Queue = SimpleQueue = Queue

    def __init__(self, method: str) -> None:
        self.Process = Interpreter if method == "spawn" else Process


def get_context(method: str) -> Context:
    """The limit of a start method: for "spawn" an interpreter that does nothing, otherwise a fork."""
    return Context(method)
