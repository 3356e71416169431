"""Connections: ends of pipes and sockets that carry objects or bytes as messages.

A message travels as `wire` frames it. Small ones are written with their header in one call; a big one
is written piece by piece from where its pieces lie, and received straight to where it stays.
`Listener`, `Client` and their handshake live in `listener`, which is loaded when first asked for.

Raw reads and writes are `_platform.streams`; waiting is `waiting`; pickling is `reduction`.
"""

from __future__ import annotations

from io import BytesIO

from . import rooms
from ._platform.pipes import pipe_handles
from ._platform.streams import GATHER_LIMIT, LARGEST_HANDLE, close, gather, read, read_into, write
from .connection_base import _ConnectionBase
from .errors import BufferTooShort
from .reduction import DupFd, ForkingPickler
from .waiting import wait
from .wire import SHORT_HEADER, header, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .connection_base import Buffer
    from .popen import Detachable

__all__ = ["Client", "Connection", "Listener", "Pipe", "wait"]  # noqa: F822 - two come by __getattr__

# Up to this size a message is copied behind its header for one write; beyond it two buffers are
# gathered. (Measured: a copy of 16 KiB costs what a second entry of writev costs.)
_JOINED = 16 * 1024

_loads = ForkingPickler.loads


class Connection(_ConnectionBase):
    """One end of a pipe or of a connected stream socket."""

    _close = staticmethod(close)

    @staticmethod
    def _largest_handle() -> int:
        return LARGEST_HANDLE

    def __reduce__(self) -> tuple[Any, ...]:
        return reduce_connection(self)

    # Sending.

    def _send_pieces(self, pieces: bytes | list[bytes]) -> None:
        if isinstance(pieces, bytes):
            self._send_view(pieces)
        elif (size := sum(map(len, pieces))) <= _JOINED:
            self._write(b"".join((header(size), *pieces)))
        else:
            self._write_gathered([header(size), *pieces])

    def _send_view(self, view: Buffer) -> None:
        size = len(view)
        if size <= _JOINED:
            self._write(header(size) + view)
        else:
            self._write_gathered([header(size), view])

    def _write(self, data: bytes) -> None:
        """Write all of `data`, raw: whole messages with their headers."""
        handle = self._usable()
        done = write(handle, data)
        if done < len(data):
            with memoryview(data) as view:
                while done < len(view):
                    done += write(handle, view[done:])

    def _write_gathered(self, buffers: list[Any]) -> None:
        """Write all of `buffers`, one after the other, without joining them."""
        handle = self._usable()
        first = 0
        while first < len(buffers):
            done = gather(handle, buffers[first : first + GATHER_LIMIT])
            while first < len(buffers) and done >= len(buffers[first]):
                done -= len(buffers[first])
                first += 1
            if done:
                buffers[first] = memoryview(buffers[first])[done:]

    # Receiving.

    def _recv_object(self) -> Any:
        message = self._recv_message(None)
        return _loads(message)  # type: ignore[arg-type]  # without a limit no message is too long

    def _recv_message(self, limit: int | None) -> bytes | None:
        size = self._recv_size()
        if limit is not None and size > limit:
            return None
        return self._recv_exactly(size)

    def _recv_into(self, view: memoryview) -> int:
        size = self._recv_size()
        if size > len(view):
            raise BufferTooShort(self._recv_exactly(size))
        with view[:size] as part:
            self._fill(part)
        return size

    def _recv_size(self) -> int:
        handle = self._usable()
        head = read(handle, SHORT_HEADER)
        if not head:
            raise EOFError("the other end of the connection is closed")
        if len(head) < SHORT_HEADER:
            head += self._recv_exactly(SHORT_HEADER - len(head))
        return size_of(head, self._recv_exactly)

    def _recv_exactly(self, size: int) -> bytes:
        """Read `size` bytes that must come: the inside of a message."""
        if size <= _JOINED:
            data = read(self._usable(), size) if size else b""
            if len(data) == size:
                return data
        else:
            data = b""
        whole = BytesIO(bytes(size))  # zeroed pages that are first touched when they are filled
        with whole.getbuffer() as view:
            view[: len(data)] = data
            with view[len(data) :] as rest:
                self._fill(rest)
        return whole.getvalue()

    def _fill(self, view: memoryview) -> None:
        handle = self._usable()
        done = 0
        while done < len(view):
            got = read_into(handle, view[done:])
            if not got:
                raise OSError("the other end of the connection was closed inside a message")
            done += got


def Pipe(duplex: bool = True) -> tuple[Connection, Connection]:
    """Return the two ends of a new pipe.

    duplex: both ends send and receive; otherwise the first only receives and the second only sends.
    Source: library documentation, "Pipes and Queues".
    """
    one, other = pipe_handles(duplex)
    return Connection(one, writable=duplex), Connection(other, readable=duplex)


def reduce_connection(connection: Connection) -> tuple[Any, ...]:
    """Reduce a connection so that it can go to a child, or over another connection."""
    travelling = DupFd(connection.fileno())
    return rebuild_connection, (travelling, connection.readable, connection.writable)


def rebuild_connection(travelling: Detachable, readable: bool, writable: bool) -> Connection:
    """Make the connection again in the process that it was sent to."""
    return Connection(travelling.detach(), readable, writable)


_IN_LISTENER = frozenset(
    {
        "Client",
        "Listener",
        "address_type",
        "answer_challenge",
        "arbitrary_address",
        "deliver_challenge",
        "families",
    }
)


def __getattr__(name: str) -> Any:
    if name in _IN_LISTENER:
        return getattr(rooms.load("listener"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
