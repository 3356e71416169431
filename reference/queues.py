"""Queues between processes: a pipe with locks, a counter of free places, and in each process that puts a feeder.

An item goes this way: `put` takes a place (`Full`); the feeder pickles and writes it; `get` reads it under the readers'
lock (`Empty`), gives the place back and, holding nothing, makes the object again. An item that finds the queue
empty may skip the feeder.

When things go wrong: an item that cannot be pickled or written is reported by the feeder, one that cannot be made
again by `get`; both are lost and give their place back. A process waits at exit until its feeder has written
everything, unless told otherwise. One that is killed while it waits in `get` disturbs nobody; while it reads or
writes, it takes a lock along.
"""

from __future__ import annotations

import _thread
import sys

from . import rooms
from ._platform.semaphores import MAX_VALUE
from .connection import Pipe
from .lifecycle import Finalize, join_at_exit, register_after_fork
from .reading_end import ReadingEnd
from .reduction import ForkingPickler
from .simple_queue import SimpleQueue
from .spawning import assert_spawning

try:
    from _queue import Empty  # what `queue` offers, without the `threading` that it loads
except ImportError:  # an interpreter without the accelerator
    from queue import Empty

TYPE_CHECKING = False
if TYPE_CHECKING:
    from queue import Full
    from typing import Any

    from .feeder import Feeder

__all__ = ["Empty", "Full", "JoinableQueue", "Queue", "SimpleQueue"]

_loads = ForkingPickler.loads


class Queue:
    """A first-in first-out queue that processes and threads share.

    maxsize: how many items it holds at most; zero or less: as many as semaphores can count.
    ctx: the context whose processes are to share it.
    Source: library documentation, "multiprocessing.Queue".
    """

    __class_getitem__: Any = classmethod(type(list[int]))

    _ignore_epipe = False
    """Whether a feeder ends without a word when nobody reads any more. Takes effect at the first put."""

    _feeder_room = "feeder"
    """Where the class `Feeder` is."""

    def __init_subclass__(cls, **kwds: Any) -> None:
        super().__init_subclass__(**kwds)
        if "_start_thread" in vars(cls):
            rooms.load("own_feeder").equip(cls)

    def __init__(self, maxsize: int = 0, *, ctx: Any) -> None:
        self._maxsize = maxsize if maxsize > 0 else MAX_VALUE
        self._reader, self._writer = Pipe(duplex=False)
        self._rlock = ctx.Lock()
        self._wlock = ctx.Lock()
        self._sem = ctx.BoundedSemaphore(self._maxsize)
        self._begin()

    def _begin(self) -> None:
        """Set up what belongs to this process alone."""
        self._reading = ReadingEnd(self._reader, self._rlock)
        self._value, self._value_if_alone = self._sem._semlock._get_value, self._maxsize - 1
        try:
            self._value()
        except NotImplementedError:  # macOS: no item will ever know that it is alone
            self._value, self._value_if_alone = int, -1
        self._feeder: Feeder | None = None
        self._starting = _thread.allocate_lock()
        self._closed = False
        self._join_cancelled = False
        register_after_fork(self, Queue._after_fork)

    def _after_fork(self) -> None:
        # What the parent has put is the parent's to write.
        self._feeder = None
        self._starting = _thread.allocate_lock()
        self._join_cancelled = False
        if not self._reader.closed:
            self._reading.renew()

    def __getstate__(self) -> tuple[Any, ...]:
        assert_spawning(self)
        return self._ignore_epipe, self._maxsize, self._reader, self._writer, self._rlock, self._wlock, self._sem

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._ignore_epipe, self._maxsize, self._reader, self._writer, self._rlock, self._wlock, self._sem = state
        self._begin()

    def put(self, obj: object, block: bool = True, timeout: float | None = None) -> None:
        """Put an object, which is pickled some time later.

        block, timeout: whether, and for how many seconds at most, to wait for a free place.
        Raises:
            queue.Full: no place came free.
            ValueError: the queue is closed in this process.
        """
        if self._closed:
            raise self._closed_error()
        if not self._sem.acquire(block, timeout):
            raise rooms.load("feeder").Full
        self._hand_over(obj, self._feeder or self._start_feeder())

    def _closed_error(self) -> ValueError:
        return ValueError(f"{type(self).__name__} is closed in this process")

    def _hand_over(self, obj: object, feeder: Feeder) -> None:
        """Send an object for which a place has been taken."""
        if self._value() != self._value_if_alone or not feeder.write_now(obj):
            feeder.put(obj)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take the next item and return it.

        block, timeout: whether, and for how many seconds at most, to wait for one.
        Raises:
            queue.Empty: none came.
            ValueError: the queue is closed in this process.
            Whatever making the object again raises; the item is gone then.
        """
        if self._closed:
            raise self._closed_error()
        message = self._reading.take_now()
        if message is None:
            if block:
                message = self._reading.take(timeout)
            if message is None:
                raise Empty
        self._sem.release()
        return _loads(message)

    def put_nowait(self, obj: object) -> None:
        """`put` that does not wait."""
        self.put(obj, False)

    def get_nowait(self) -> Any:
        """`get` that does not wait."""
        return self.get(False)

    def qsize(self) -> int:
        """How many items have been put and not taken.

        Raises:
            NotImplementedError: the system cannot tell (macOS).
        """
        value: int = self._sem.get_value()
        return self._maxsize - value

    def empty(self) -> bool:
        """Whether no item has reached the pipe.

        Raises:
            OSError: the queue is closed in this process, which has put something.
        """
        if self._closed and self._feeder is None:
            return True  # as the stdlib answers, whose `close` does nothing in a process that has put nothing
        return not self._reader.poll()

    def full(self) -> bool:
        """Whether every place is taken."""
        every_taken: bool = self._sem._semlock._is_zero()  # which semaphores that others bring have, too
        return every_taken

    def close(self) -> None:
        """End the use of the queue in this process. What was put is still written, in the background."""
        self._closed = True
        feeder = self._feeder
        if feeder is not None and feeder.thread.is_alive():
            self._stop_feeder()
        else:
            self._reader.close()
            self._writer.close()

    def join_thread(self) -> None:
        """Wait until all that was put is in the pipe. Call it after `close`.

        Raises:
            AssertionError: the queue is not closed.
        """
        if not self._closed:
            # AssertionError is what users of the stdlib see; raised in any case, also under -O.
            raise AssertionError(f"{type(self).__name__} is not closed: its feeder would never end")
        if self._feeder is not None and not self._join_cancelled:
            self._feeder.thread.join()

    def cancel_join_thread(self) -> None:
        """Neither `join_thread` nor the exit of this process shall wait for the feeder: items may be lost."""
        self._join_cancelled = True
        if self._feeder is not None:
            self._join_feeder.cancel()

    def _terminate_broken(self) -> None:
        # Executors of concurrent.futures call this when their workers have died: the feeder may be stuck in a pipe
        # that only we could read.
        self._reader.close()
        self.close()
        self.join_thread()

    def _start_feeder(self) -> Feeder:
        with self._starting:
            if self._feeder is None:
                try:
                    feeder: Feeder = rooms.load(self._feeder_room).Feeder(self)
                except BaseException:
                    self._sem.release()
                    raise
                # At exit: first tell the feeders, then, when the children have ended, wait for them.
                self._stop_feeder = Finalize(self, feeder.stop, exitpriority=10)
                self._join_feeder = join_at_exit(feeder.thread)
                if self._join_cancelled:
                    self._join_feeder.cancel()
                self._feeder = feeder
            return self._feeder

    @property
    def _thread(self) -> Any:
        """The feeder's thread, once there is one."""
        return None if self._feeder is None else self._feeder.thread

    @staticmethod
    def _on_queue_feeder_error(e: BaseException, obj: object) -> None:
        """Called in the feeder's thread when `obj` could not be pickled or written. Subclasses may override it."""
        sys.__excepthook__(type(e), e, e.__traceback__)


class JoinableQueue(Queue):
    """A queue that counts the items put and not yet dealt with.

    Source: library documentation, "multiprocessing.JoinableQueue".
    """

    def __init__(self, maxsize: int = 0, *, ctx: Any) -> None:
        self._unfinished_tasks = ctx.Semaphore(0)
        self._cond = ctx.Condition()
        super().__init__(maxsize, ctx=ctx)

    def __getstate__(self) -> tuple[Any, ...]:
        return super().__getstate__(), self._cond, self._unfinished_tasks

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        inherited, self._cond, self._unfinished_tasks = state
        super().__setstate__(inherited)

    def _hand_over(self, obj: object, feeder: Feeder) -> None:
        # Before anybody can get the item, and so call task_done for it.
        self._unfinished_tasks.release()
        super()._hand_over(obj, feeder)

    def task_done(self) -> None:
        """Say that an item taken with `get` has been dealt with.

        Raises:
            ValueError: called more often than items were put.
        """
        with self._cond:
            if not self._unfinished_tasks.acquire(False):
                raise ValueError("task_done() was called more often than items were put")
            if self._unfinished_tasks.locked():
                self._cond.notify_all()

    def join(self) -> None:
        """Wait until every item put has been dealt with."""
        with self._cond:
            if not self._unfinished_tasks.locked():
                self._cond.wait()


def __getattr__(name: str) -> Any:
    if name == "Full":
        return rooms.load("feeder").Full
    if name == "_sentinel":
        return rooms.load("own_feeder")._sentinel
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
