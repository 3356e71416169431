"""Connections: ends of pipes and sockets that carry objects or bytes as messages.

A message travels as `wire` frames it. Small ones are written with their header in one call; a big one
is written piece by piece from where its pieces lie, and received straight to where it stays.
`Listener`, `Client` and their handshake live in `listener`, which is loaded when first asked for.

Raw reads and writes are `_platform.streams`; waiting is `waiting`; pickling is `reduction`.
"""

from __future__ import annotations

from . import rooms
from ._platform.pipes import MESSAGE_PIPES, pipe_handles
from ._platform.probing import prober
from ._platform.streams import GATHER_LIMIT, LARGEST_HANDLE, NOWAIT, close, gather, read, scatter, source, write
from .connection_base import _ConnectionBase
from .errors import AuthenticationError as AuthenticationError  # programs import it from here
from .errors import BufferTooShort
from .message_reader import MessageReader
from .reduction import DupFd, ForkingPickler, Unpickler
from .waiting import wait
from .wire import LONG_HEADER, SHORT_HEADER, header, is_long, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .connection_base import Message
    from .popen import Detachable

__all__ = ["Client", "Connection", "Listener", "Pipe", "wait"]  # noqa: F822 - two come by __getattr__

# Up to this size a message is copied behind its header for one write; beyond it two buffers are
# gathered. (Measured: a copy of 16 KiB costs what a second entry of writev costs.)
_JOINED = 16 * 1024

# What a full pipe holds: more does not come by one read.
_AT_ONCE = 64 * 1024

# From this size on an object is made while its message comes in, which saves a buffer of that size.
_STREAMED = 256 * 1024

_TRUNCATED = "the other end of the connection was closed inside a message"

_loads = ForkingPickler.loads
_number = int.from_bytes


class Connection(_ConnectionBase):
    """One end of a pipe or of a connected stream socket."""

    _close = staticmethod(close)

    @staticmethod
    def _largest_handle() -> int:
        largest: int = LARGEST_HANDLE
        return largest

    def __reduce__(self) -> tuple[Any, ...]:
        return reduce_connection(self)

    # Sending.

    def _send_message(self, handle: int, message: Message) -> None:
        if isinstance(message, list):
            size = sum(map(len, message))
            if size > _JOINED:
                write_all(handle, [header(size), *message])
                return
            message = b"".join(message)
        else:
            size = len(message)
            if size > _JOINED:
                write_all(handle, [header(size), message])
                return
        data = size.to_bytes(SHORT_HEADER, "big") + message
        done = write(handle, data)
        if done < len(data):
            write_all(handle, [memoryview(data)[done:]])

    # Receiving.

    def _recv_object(self, handle: int) -> Any:
        head = read(handle, SHORT_HEADER)
        if head[:2] == b"\0\0":  # less than 64 KiB: the usual case, without further calls
            return _loads(_message_behind(head, handle))
        size = _size_from(handle, head)
        if size < _STREAMED:
            return _loads(_recv_exactly(handle, size))
        reader = MessageReader(source(handle), size)
        try:
            return Unpickler(reader).load()
        finally:
            reader.drain()

    @staticmethod
    def _recv_message(handle: int, /) -> bytes:
        return _message_behind(read(handle, SHORT_HEADER), handle)

    def _taker(self) -> Callable[[int, bool], bytes | None]:
        if not NOWAIT:
            return super()._taker()
        # (Measured: asking for the header without waiting takes 0.6 of the time of a look and a read; but the exception
        # twice that of a look.)
        header = bytearray(SHORT_HEADER)
        buffers = [header]
        probe = prober(self.fileno())

        def take(handle: int, is_likely: bool) -> bytes | None:
            if not is_likely and not probe(0):
                return None
            try:
                done = scatter(handle, buffers, -1, NOWAIT)
            except BlockingIOError:
                return None
            return _message_behind(header if done == SHORT_HEADER else header[:done], handle)

        return take

    def _recv_at_most(self, handle: int, limit: int) -> bytes | None:
        size = _recv_size(handle)
        if size > limit:
            return None
        return _recv_exactly(handle, size)

    def _recv_into(self, handle: int, view: memoryview) -> int:
        size = _recv_size(handle)
        if size > len(view):
            raise BufferTooShort(_recv_exactly(handle, size))
        with view[:size] as part:
            if source(handle).readinto(part) < size:
                raise OSError(_TRUNCATED)
        return size


def write_all(handle: int, buffers: list[Any]) -> None:
    """Write all of `buffers`, raw, one after the other, without joining them."""
    first = 0
    while first < len(buffers):
        done = gather(handle, buffers[first : first + GATHER_LIMIT])
        while first < len(buffers) and done >= len(buffers[first]):
            done -= len(buffers[first])
            first += 1
        if done:
            buffers[first] = memoryview(buffers[first])[done:]


def _message_behind(head: bytes | bytearray, handle: int) -> bytes:
    """The message whose header begins with `head`, which has been read."""
    if len(head) == SHORT_HEADER:
        size = _number(head, "big")
        if 0 < size <= _AT_ONCE:  # the usual case, without further calls
            data: bytes = read(handle, size)
            return data if len(data) == size else data + _recv_exactly(handle, size - len(data))
    return _recv_exactly(handle, _size_from(handle, head))


def _recv_size(handle: int) -> int:
    return _size_from(handle, read(handle, SHORT_HEADER))


def _size_from(handle: int, head: bytes | bytearray) -> int:
    """The length of the message whose header begins with `head`, read up to its end."""
    if len(head) < SHORT_HEADER:
        if not head:
            raise EOFError("the other end of the connection is closed")
        head += _recv_exactly(handle, SHORT_HEADER - len(head))
    if is_long(head):
        head = _recv_exactly(handle, LONG_HEADER)
    return size_of(head)


def _recv_exactly(handle: int, size: int) -> bytes:
    """Read `size` bytes that must come: the inside of a message."""
    data = read(handle, size) if 0 < size <= _AT_ONCE else b""
    if len(data) < size:
        data += source(handle).read(size - len(data))
        if len(data) < size:
            raise OSError(_TRUNCATED)
    return data


def Pipe(duplex: bool = True) -> tuple[Any, Any]:
    """Return the two ends of a new pipe, which are connections.

    duplex: both ends send and receive; otherwise the first only receives and the second only sends.
    Source: library documentation, "Pipes and Queues".
    """
    one, other = pipe_handles(duplex)
    kind = rooms.load("pipe_connection").PipeConnection if MESSAGE_PIPES else Connection
    return kind(one, writable=duplex), kind(other, readable=duplex)


def reduce_connection(connection: Connection) -> tuple[Any, ...]:
    """Reduce a connection so that it can go to a child, or over another connection."""
    travelling = rooms.load("resource_sharer").DupSocketOf if MESSAGE_PIPES else DupFd
    return rebuild_connection, (travelling(connection.fileno()), connection.readable, connection.writable)


def rebuild_connection(travelling: Detachable, readable: bool, writable: bool) -> Connection:
    """Make the connection again in the process that it was sent to."""
    handle = travelling.detach()
    # Where sockets are no descriptors a socket comes.
    return Connection(handle if isinstance(handle, int) else handle.detach(), readable, writable)


_IN_LISTENER = frozenset(
    {
        "CHALLENGE",
        "Client",
        "FAILURE",
        "Listener",
        "WELCOME",
        "_CHALLENGE",
        "address_type",
        "answer_challenge",
        "arbitrary_address",
        "default_family",
        "deliver_challenge",
        "families",
    }
)


_IN_XML_CONNECTION = frozenset({"ConnectionWrapper", "XmlClient", "XmlListener"})


def __getattr__(name: str) -> Any:
    if name in _IN_LISTENER:
        return getattr(rooms.load("listener"), name)
    if name == "PipeConnection" and MESSAGE_PIPES:
        return rooms.load("pipe_connection").PipeConnection
    if name in _IN_XML_CONNECTION:
        return getattr(rooms.load("xml_connection"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
