"""The simplest queue: a pipe, a lock for its readers and one for its writers. No thread, no size, no timeout.

Above: `queues`, which offers it under its public name.
"""

from __future__ import annotations

from .connection import Pipe
from .lifecycle import register_after_fork
from .reading_end import ReadingEnd
from .reduction import ForkingPickler, pickled
from .spawning import assert_spawning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["SimpleQueue"]

_loads = ForkingPickler.loads


class SimpleQueue:
    """A first-in first-out queue whose `put` writes in the calling thread, and so waits while the pipe is full.

    ctx: the context whose processes are to share it.
    Source: library documentation, "multiprocessing.SimpleQueue".
    """

    __class_getitem__: Any = classmethod(type(list[int]))

    def __init__(self, *, ctx: Any) -> None:
        self._reader, self._writer = Pipe(duplex=False)
        self._rlock, self._wlock = ctx.Lock(), ctx.Lock()
        self._begin()

    def __getstate__(self) -> tuple[Any, ...]:
        assert_spawning(self)
        return self._reader, self._writer, self._rlock, self._wlock

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._reader, self._writer, self._rlock, self._wlock = state
        self._begin()

    def __getattr__(self, name: str) -> Any:
        # A subclass that has a state of its own, as loky's, sets what the state above consists of, and no more.
        if name != "_reading":
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self._begin()
        return self._reading

    def _begin(self) -> None:
        """Set up what belongs to this process alone."""
        self._reading = ReadingEnd(self._reader, self._rlock)
        register_after_fork(self, SimpleQueue._after_fork)

    def _after_fork(self) -> None:
        if not self._reader.closed:
            self._reading.renew()

    def put(self, obj: object) -> None:
        """Put an object; it is in the pipe on return.

        Raises:
            OSError: the queue is closed.
            Whatever pickling raises; nothing is put then.
        """
        message = pickled(obj)
        with self._wlock:
            self._writer._send_message(self._writer.fileno(), message)

    def get(self) -> Any:
        """Wait for the next item and return it.

        Raises:
            EOFError: nothing is left and nobody can put any more.
            OSError: the queue is closed.
            Whatever making the object again raises; the item is gone then.
        """
        message = self._reading.take_now()
        while message is None:
            message = self._reading.take(None)
        return _loads(message)

    def empty(self) -> bool:
        """Whether no item is waiting.

        Raises:
            OSError: the queue is closed.
        """
        return not self._reader.poll()

    def close(self) -> None:
        """Give the pipe back; more than once is no error."""
        self._reader.close()
        self._writer.close()
