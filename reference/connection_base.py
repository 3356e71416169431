"""What every kind of connection has in common: whose handle it is, what may be done with it, which part of a buffer.

How bytes get to the other end is the subclass's; so is every read of a handle.
Above: `connection`, `pipe_connection`.
"""

from __future__ import annotations

from ._platform.probing import prober
from .reduction import pickled
from .waiting import wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

    Message = bytes | memoryview | list[bytes]

__all__ = ["_ConnectionBase"]


class _ConnectionBase:
    """One end of a way to another process. It owns its handle, which is closed with it.

    handle: the open handle; it now belongs to the connection.
    readable, writable: the permitted directions.
    Raises (constructor):
        ValueError: no handle can have this number, or neither direction is permitted.
    """

    _handle: int | None = None  # also when __init__ failed: __del__ looks

    def __init__(self, handle: int, readable: bool = True, writable: bool = True) -> None:
        number = handle.__index__()
        if not 0 <= number <= self._largest_handle():
            raise ValueError(f"{number} is no handle")
        if not readable and not writable:
            raise ValueError("a connection must be readable or writable, or both")
        self._handle = number
        self._readable = readable
        self._writable = writable

    def __del__(self) -> None:
        if self._handle is not None:
            self._close(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What a subclass provides. `_handle` is open and the direction permitted when they are called.

    @staticmethod
    def _largest_handle() -> int:
        raise NotImplementedError

    @staticmethod
    def _close(handle: int, /) -> None:
        raise NotImplementedError

    def _send_message(self, handle: int, message: Message) -> None:
        """Send one message, given whole or as the list of its pieces."""
        raise NotImplementedError

    @staticmethod
    def _recv_message(handle: int, /) -> bytes:
        """Receive one message."""
        raise NotImplementedError

    def _taker(self) -> Callable[[int, bool], bytes | None]:
        """A function that receives the next message if one is at hand; otherwise None.

        It is called with the handle, and with whether a message is likely. One thread at a time may call it; a forked
        child makes a new one.
        """
        probe, receive = prober(self.fileno()), self._recv_message
        return lambda handle, is_likely: receive(handle) if probe(0) else None

    def _recv_at_most(self, handle: int, limit: int) -> bytes | None:
        """Receive one message; None, and the stream is out of step, if it is longer than `limit`."""
        raise NotImplementedError

    def _recv_object(self, handle: int) -> Any:
        """Receive one message and return what it is the pickle of."""
        raise NotImplementedError

    def _recv_into(self, handle: int, view: memoryview) -> int:
        """Receive one message to the start of `view` and return its size; BufferTooShort if it does not fit."""
        raise NotImplementedError

    # Checks.

    def _unusable(self, reason: str) -> OSError:
        return OSError("the connection is closed" if self._handle is None else f"the connection is {reason}")

    @property
    def closed(self) -> bool:
        """Whether the connection is closed."""
        return self._handle is None

    @property
    def readable(self) -> bool:
        """Whether the connection may receive."""
        return self._readable

    @property
    def writable(self) -> bool:
        """Whether the connection may send."""
        return self._writable

    def fileno(self) -> int:
        """The descriptor (POSIX) or handle (Windows); OSError once closed."""
        if self._handle is None:
            raise self._unusable("closed")
        return self._handle

    def close(self) -> None:
        """Close the connection; more than once is no error."""
        handle, self._handle = self._handle, None
        if handle is not None:
            self._close(handle)

    def _detach(self) -> None:
        """Forget the handle without closing it: it is another's from now on."""
        self._handle = None

    # Sending.

    def send(self, obj: object) -> None:
        """Send a picklable object, which the other end gets from `recv`.

        Raises:
            OSError: the connection is closed, only receives, or nobody can read the other end any more.
            Whatever pickling raises; nothing is sent then.
        Source: library documentation, "Connection Objects".
        """
        handle = self._handle
        if handle is None or not self._writable:
            raise self._unusable("for receiving only")
        self._send_message(handle, pickled(obj))

    def send_bytes(self, buf: Any, offset: int = 0, size: int | None = None) -> None:
        """Send part of a bytes-like object as one message.

        buf: contiguous; its items may be wider than a byte.
        offset, size: the part, in bytes; without size everything from offset on.
        Raises:
            ValueError: the part does not lie inside the buffer.
            OSError: as `send`.
        Source: library documentation, "Connection Objects".
        """
        handle = self._handle
        if handle is None or not self._writable:
            raise self._unusable("for receiving only")
        if type(buf) is bytes and offset == 0 and size is None:
            self._send_message(handle, buf)
            return
        with _bytewise(buf) as view:
            length = len(view)
            if not 0 <= offset <= length:
                raise ValueError(f"offset {offset} is not inside a buffer of {length} bytes")
            if size is None:
                size = length - offset
            elif not 0 <= size <= length - offset:
                raise ValueError(f"{size} bytes from offset {offset} are not inside a buffer of {length} bytes")
            with view[offset : offset + size] as part:
                self._send_message(handle, part)

    # Receiving.

    def recv(self) -> Any:
        """Wait for an object sent by the other end's `send` and return it.

        Unpickling runs code that the sender chooses: receive from peers you trust only.
        Raises:
            EOFError: nothing is left and every copy of the other end is closed.
            OSError: the connection is closed, only sends, or the stream ended inside a message.
            Whatever unpickling raises; the message is consumed then.
        Source: library documentation, "Connection Objects".
        """
        handle = self._handle
        if handle is None or not self._readable:
            raise self._unusable("for sending only")
        return self._recv_object(handle)

    def recv_bytes(self, maxlength: int | None = None) -> bytes:
        """Wait for a message and return it whole.

        maxlength: a longer message raises OSError, unread, and the connection cannot receive any more.
        Raises:
            EOFError, OSError: as `recv`.
            ValueError: maxlength is negative.
        Source: library documentation, "Connection Objects".
        """
        handle = self._handle
        if handle is None or not self._readable:
            raise self._unusable("for sending only")
        if maxlength is None:
            return self._recv_message(handle)
        if maxlength < 0:
            raise ValueError(f"maxlength {maxlength} is negative")
        message = self._recv_at_most(handle, maxlength)
        if message is None:
            self._stop_reading()
            raise OSError(f"the message is longer than {maxlength} bytes")
        return message

    def recv_bytes_into(self, buf: Any, offset: int = 0) -> int:
        """Wait for a message, store it in `buf` from the byte `offset` on, and return its number of bytes.

        Raises:
            BufferTooShort: the message does not fit; it is `args[0]`, and the next one can be received.
            TypeError: buf is read-only.
            ValueError: offset is not inside the buffer.
            EOFError, OSError: as `recv`.
        Source: library documentation, "Connection Objects".
        """
        handle = self._handle
        if handle is None or not self._readable:
            raise self._unusable("for sending only")
        with _bytewise(buf) as view:
            if view.readonly:
                raise TypeError("a message cannot be received into a read-only buffer")
            if not 0 <= offset <= len(view):
                raise ValueError(f"offset {offset} is not inside a buffer of {len(view)} bytes")
            with view[offset:] as space:
                return self._recv_into(handle, space)

    def poll(self, timeout: float | None = 0.0) -> bool:
        """Whether a receive would not block: there is something to read, or the other end is closed.

        timeout: seconds to wait for that at most; None waits for ever; zero or less looks once.
        Source: library documentation, "Connection Objects".
        """
        if self._handle is None or not self._readable:
            raise self._unusable("for sending only")
        return bool(wait([self], timeout))

    def _stop_reading(self) -> None:
        # Where the next message begins is not known any more.
        if self._writable:
            self._readable = False
        else:
            self.close()


def _bytewise(buf: Any) -> memoryview:
    """A view of the raw bytes of `buf`."""
    view = memoryview(buf)
    if view.ndim == 1 and view.format == "B" and view.contiguous:
        return view
    if view.nbytes == 0:  # `cast` refuses a shape with a zero in it
        return memoryview(b"" if view.readonly else bytearray())
    return view.cast("B")
