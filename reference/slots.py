"""How the items of a queue stand in its pipe: as messages none of which is shorter than a slot.

Anything may follow a pickle, so a short one is filled up with zeros. A reader can then ask for a whole slot at once, and
most items come by a single read. They still are messages that any connection receives; only whoever writes to the pipe
must keep to this, which is why a queue's writing end is a `SlotWriter`.

Above: `feeder`, `queues`.
"""

from __future__ import annotations

from ._platform.streams import read, source
from .connection import Connection
from .reduction import DupFd
from .wire import LONG_HEADER, SHORT_HEADER, header, is_long, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .connection_base import Message
    from .popen import Detachable

SLOT = 32
"""Bytes of a slot: a header, and room for a pickled number, a short text, a small tuple."""

BODY = SLOT - SHORT_HEADER
"""The largest message that a slot holds, and the smallest that is written."""

_HEADER = header(BODY)

_TRUNCATED = "the pipe was closed inside an item"


def slot(pickle: bytes) -> bytes:
    """What is written for a pickle of at most `BODY` bytes."""
    return _HEADER + pickle.ljust(BODY, b"\0")


def read_item(handle: int) -> bytes | bytearray:
    """Read the next item; its pickle may be followed by zeros.

    Raises:
        EOFError: nothing is left and nobody can write any more.
        OSError: the pipe ended inside an item, or holds something else.
    """
    start = read(handle, SLOT)
    if len(start) < SLOT:
        if not start:
            raise EOFError("nobody can put anything into the queue any more")
        start += source(handle).read(SLOT - len(start))
        if len(start) < SLOT:
            raise OSError(_TRUNCATED)
    if start.startswith(_HEADER):
        return start[SHORT_HEADER:]
    return _read_rest(handle, start)


def _read_rest(handle: int, start: bytes) -> bytearray:
    """The whole of a longer item that begins with `start`, header included."""
    begin = SHORT_HEADER
    size = start[:begin]
    if is_long(size):
        begin += LONG_HEADER
        size = start[SHORT_HEADER:begin]
    item = bytearray(size_of(size))
    done = SLOT - begin
    if len(item) < done:
        raise OSError(f"a message of {len(item)} bytes in the pipe of a queue: it did not come by the queue's writer")
    item[:done] = start[begin:]
    with memoryview(item) as view, view[done:] as rest:
        if source(handle).readinto(rest) < len(rest):
            raise OSError(_TRUNCATED)
    return item


class SlotWriter(Connection):
    """The writing end of a queue's pipe. What is sent by it fills a slot at least."""

    def _send_message(self, handle: int, message: Message) -> None:
        if not isinstance(message, list) and len(message) < BODY:  # only a big pickle comes in pieces
            message = bytes(message).ljust(BODY, b"\0")
        super()._send_message(handle, message)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (DupFd(self.fileno()),)


def _rebuild(travelling: Detachable) -> SlotWriter:
    return SlotWriter(travelling.detach(), readable=False)


def slot_writer(writer: Connection) -> Connection:
    """A `SlotWriter` in place of `writer`, which is given up; on Windows, whose pipes keep messages apart, itself."""
    if type(writer) is not Connection:
        return writer
    handle = writer.fileno()
    writer._detach()
    return SlotWriter(handle, readable=False)
