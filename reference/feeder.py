"""The thread by which a process writes what it puts into a queue.

It pickles what came, outside of every lock, gathers messages until none is left or some 64 KiB are together, and
writes them at once under the lock of the writers. What goes wrong with an item is reported (see
`Queue._on_queue_feeder_error`), its place in the queue is freed, and the thread goes on.

Loaded by the first put of a process, so that one that only gets need not load `threading`.
It knows its queue weakly: a queue that is collected ends its feeder.
"""

from __future__ import annotations

import weakref
from queue import Empty, Full, SimpleQueue
from threading import Thread

from . import lifecycle, log, standard_streams
from .connection import Connection, write_all
from .reduction import pickled
from .wire import header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .queues import Queue

    Hook = Callable[[BaseException, object], object]

__all__ = ["Empty", "Feeder", "Full"]

_END = object()
"""The item after which a feeder closes the pipe and ends."""

# What is written at once: a pipe's worth, so that writers take turns. More than two of it is not joined.
_BATCH = 64 * 1024

# What an empty pipe surely takes without blocking: POSIX' least PIPE_BUF.
_AT_ONCE = 512

# Objects of exactly these types pickle without any code of the program; strings only when they are short.
_SCALARS = frozenset({int, float, bool, type(None)})
_STRINGS = frozenset({bytes, str})


class Feeder:
    """Feeds one queue from one process. The thread runs when the constructor returns."""

    def __init__(self, queue: Queue) -> None:
        self._items: SimpleQueue[object] = SimpleQueue()
        self.put = self._items.put
        self._reader = queue._reader
        self._writer = queue._writer
        self._is_stream = isinstance(queue._writer, Connection)
        self._wlock = queue._wlock
        self._sem = queue._sem
        self._value = queue._value
        self._value_if_alone = queue._value_if_alone
        self._ignore_epipe = queue._ignore_epipe
        self._hook = _without_owner(queue._on_queue_feeder_error, queue)
        self.thread = Thread(target=self._run, name="QueueFeederThread", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Have the thread write what was put before, close both ends of the pipe, and end."""
        self._items.put(_END)

    def write_now(self, obj: object) -> bool:
        """Write `obj` without the thread, if that can be done at once and nobody can tell the difference.

        The caller has taken a place in the queue. If that is the only one taken, the pipe is empty and nothing that
        was put before is under way; as we hold the writers' lock it stays so, and the write cannot block.
        """
        kind = type(obj)
        if kind not in _SCALARS and (kind not in _STRINGS or len(obj) > _AT_ONCE):  # type: ignore[arg-type]  # they have one
            return False
        message = pickled(obj)
        if not self._is_stream or len(message) >= _AT_ONCE or not self._wlock.acquire(False):
            return False
        try:
            if self._value() != self._value_if_alone:
                return False
            self._writer._send_message(self._writer.fileno(), message)
        except OSError:
            return False  # the thread will meet the same error, and report it
        finally:
            self._wlock.release()
        return True

    def _run(self) -> None:
        more = True
        while more:
            frames: list[bytes] = []
            sources: list[object] = []
            more = self._gather(frames, sources)
            if sources and not self._write(frames, sources):
                return
        self._reader.close()
        self._writer.close()

    def _gather(self, frames: list[bytes], sources: list[object]) -> bool:
        """Wait for an item; collect it, and those that are there as well, up to a batch.

        frames: gets what is to be written. sources: gets the objects, one a message.
        Returns False when the last item has come.
        """
        items = self._items
        size = 0
        while size < _BATCH:
            obj = items.get()
            if obj is _END:
                return False
            try:
                message = pickled(obj)
            except BaseException as err:  # pickling runs code of the program, which may raise anything
                self._give_up(obj, err)
            else:
                sources.append(obj)
                size += self._frame(message, frames)
            if items.empty():
                break
        return True

    def _frame(self, message: bytes | list[bytes], frames: list[bytes]) -> int:
        """Append to `frames` what is to be written of a message; returns its size."""
        pieces = message if isinstance(message, list) else [message]
        size = sum(map(len, pieces))
        if self._is_stream:
            frames.append(header(size))
            frames += pieces
        else:
            frames.append(b"".join(pieces))
        return size

    def _write(self, frames: list[bytes], sources: list[object]) -> bool:
        """Write a batch; False when nothing more can be written."""
        try:
            with self._wlock:
                if not self._is_stream:
                    for message in frames:
                        self._writer.send_bytes(message)
                elif sum(map(len, frames)) <= 2 * _BATCH:
                    write_all(self._writer.fileno(), [b"".join(frames)])
                else:
                    write_all(self._writer.fileno(), frames)
        except OSError as err:
            if self._ignore_epipe and isinstance(err, BrokenPipeError):
                return False
            for obj in sources:
                self._give_up(obj, err)
            return not lifecycle.is_exiting()
        return True

    def _give_up(self, obj: object, err: BaseException) -> None:
        """While `err` is being handled: free the place of `obj` in the queue and report."""
        self._sem.release()
        if lifecycle.is_exiting():
            # What it needed may have been torn down already: that is nobody's fault.
            log.info("error in queue thread: %s", err)
            return
        try:
            self._hook(err, obj)
        except Exception:
            standard_streams.print_exception()


def _without_owner(hook: Hook, owner: object) -> Hook:
    """`hook`; if it is a method of `owner`, one that does not keep `owner` alive."""
    if getattr(hook, "__self__", None) is not owner:
        return hook
    method = weakref.WeakMethod(hook)

    def call(err: BaseException, obj: object) -> None:
        alive = method()
        if alive is None:
            standard_streams.print_exception()
        else:
            alive(err, obj)

    return call
