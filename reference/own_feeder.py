"""What a subclass of `Queue` finds that brings a feeder of its own, by the names that the stdlib has for it.

Such a class overrides `_start_thread`, mostly to pickle in its own way: loky's queue does, which is joblib's too. Its
thread takes objects out of `_buffer`, waits for them with `_notempty`, ends at `_sentinel`, and is left in `_thread`.
Loaded when such a class is made, or asks for `_sentinel`.
"""

from __future__ import annotations

from collections import deque
from threading import Condition, Thread

from . import lifecycle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Feeder", "equip"]

_sentinel = object()


class Feeder:
    """Hands what one queue puts in one process to the thread of its class. That runs when the constructor returns."""

    def __init__(self, queue: Any) -> None:
        queue._buffer = self._buffer = deque[object]()
        queue._notempty = self._notempty = Condition()
        queue._send_bytes = queue._writer.send_bytes
        queue._start_thread()
        self.thread: Thread = queue._thread

    def put(self, obj: object) -> None:
        """Leave `obj` to the thread."""
        with self._notempty:
            self._buffer.append(obj)
            self._notempty.notify()

    def write_now(self, obj: object) -> bool:
        """Never: how `obj` is pickled is known to the thread alone."""
        return False

    def stop(self) -> None:
        """Have the thread write what was put before, and end."""
        self.put(_sentinel)


def _finalize_close(buffer: deque[object], notempty: Condition) -> None:
    with notempty:
        buffer.append(_sentinel)
        notempty.notify()


def equip(kind: type[Any]) -> None:
    """Give a subclass of `Queue` what its `_start_thread` and its methods for pickling look for."""
    names = {
        "_feeder_room": __name__.rpartition(".")[2],
        "_reset": kind._begin,
        "_thread": None,
        "_opid": None,
        # It need not have the exit wait for its thread, since `Queue` does.
        "_joincancelled": True,
        "_finalize_join": staticmethod(lifecycle.join_referent),
        "_finalize_close": staticmethod(_finalize_close),
    }
    for name, value in names.items():
        if name not in vars(kind):
            setattr(kind, name, value)
