"""Several isolations at work at the same time, without pytest: tasks in, results out as they come.

For whoever runs few cells on each of many targets, where starting a session for each would take longer than
the cells. A thread of the crew does nothing but wait for its own isolation.
"""

from __future__ import annotations

import queue
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from conformance.isolation import Isolation, calibrate

Task = TypeVar("Task")
Result = TypeVar("Result")

_PATIENCE = 2.0
"""Seconds for a worker to notice that it is not needed any more. One that is in a cell is not waited for longer:
its isolation ends with this process."""


class Crew:
    """`jobs` isolations in one private directory, `rundir`. A context manager."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.scale = calibrate()
        self.rundir = Path(tempfile.mkdtemp(prefix="conf-"))

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.rundir, ignore_errors=True)

    def isolation(self) -> Isolation:
        """A new isolation, which the caller closes."""
        return Isolation(rundir=self.rundir, scale=self.scale)

    def map(self, work: Callable[[Isolation, Task], Result], tasks: Iterable[Task]) -> Iterator[tuple[Task, Result]]:
        """`work` done for every task, in the order in which it gets done. An exception in it ends all."""
        todo: queue.SimpleQueue[Task] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[Task, Result] | BaseException] = queue.SimpleQueue()
        count = 0
        for task in tasks:
            todo.put(task)
            count += 1
        stop = threading.Event()

        def labour() -> None:
            with self.isolation() as isolation:
                while not stop.is_set():
                    try:
                        task = todo.get_nowait()
                    except queue.Empty:
                        return
                    try:
                        done.put((task, work(isolation, task)))
                    except BaseException as error:
                        done.put(error)
                        return

        workers = [threading.Thread(target=labour, daemon=True) for _ in range(min(self.jobs, count))]
        for worker in workers:
            worker.start()
        patience: float | None = _PATIENCE
        try:
            for _ in range(count):
                item = done.get()
                if isinstance(item, BaseException):
                    raise item
                yield item
            patience = None
        finally:
            stop.set()
            for worker in workers:
                worker.join(patience)
