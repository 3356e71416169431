"""Connections over Windows' message pipes: what `Pipe` gives there, and listeners of the family AF_PIPE.

The system keeps messages apart, so there is no framing. Loaded on Windows only.
Below: `_platform._win32_pipes`. Above: `connection`, `listener`.
"""

from __future__ import annotations

import sys

from ._platform import _win32_handles, _win32_pipes
from ._platform.polling import ready_handles
from .connection_base import _ConnectionBase
from .errors import BufferTooShort
from .reduction import ForkingPickler
from .spawning import get_spawning_popen

assert sys.platform == "win32"  # Tells type checkers on other systems to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .connection_base import Message
    from .popen import Detachable

__all__ = ["PipeConnection", "PipeListener", "connect"]


class PipeConnection(_ConnectionBase):
    """One end of a message pipe."""

    _close = staticmethod(_win32_pipes.close)

    @staticmethod
    def _largest_handle() -> int:
        return _win32_pipes.LARGEST_HANDLE

    def __reduce__(self) -> tuple[Any, ...]:
        return reduce_pipe_connection(self)

    def _send_message(self, handle: int, message: Message) -> None:
        _win32_pipes.send_message(handle, b"".join(message) if isinstance(message, list) else message)

    @staticmethod
    def _recv_message(handle: int, /) -> bytes:
        message = _win32_pipes.recv_message(handle)
        assert message is not None  # no limit was set
        return message

    def _recv_at_most(self, handle: int, limit: int) -> bytes | None:
        return _win32_pipes.recv_message(handle, limit)

    def _recv_object(self, handle: int) -> Any:
        return ForkingPickler.loads(self._recv_message(handle))

    def _recv_into(self, handle: int, view: memoryview) -> int:
        message = self._recv_message(handle)
        if len(message) > len(view):
            raise BufferTooShort(message)
        view[: len(message)] = message
        return len(message)

    def poll(self, timeout: float | None = 0.0) -> bool:
        """As `Connection.poll`."""
        if self._handle is None or not self._readable:
            raise self._unusable("for sending only")
        return bool(ready_handles((self._handle,), timeout))


def reduce_pipe_connection(connection: PipeConnection) -> tuple[Any, ...]:
    """Reduce a connection so that it can go to a child, or over another connection."""
    popen, handle = get_spawning_popen(), connection.fileno()
    travelling = _win32_handles.DupHandle(handle) if popen is None else popen.DupFd(popen.duplicate_for_child(handle))
    return rebuild_pipe_connection, (travelling, connection.readable, connection.writable)


def rebuild_pipe_connection(travelling: Detachable, readable: bool, writable: bool) -> PipeConnection:
    """Make the connection again in the process that it was sent to."""
    return PipeConnection(travelling.detach(), readable, writable)


class PipeListener:
    """What a `Listener` at the name of a pipe rests upon: always one end more than there are clients."""

    last_accepted = None
    """Clients have no address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._waiting: list[int] = [_win32_pipes.new_instance(address, first=True)]

    def accept(self) -> PipeConnection:
        """Wait for a client and return the connection to it."""
        # The next client finds an end to wait at while this one is served.
        self._waiting.append(_win32_pipes.new_instance(self.address, first=False))
        handle = self._waiting.pop(0)
        try:
            _win32_pipes.await_client(handle)
        except BaseException:
            _win32_pipes.close(handle)
            raise
        return PipeConnection(handle)

    def close(self) -> None:
        """Free the name."""
        while self._waiting:
            _win32_pipes.close(self._waiting.pop())


def connect(address: str) -> PipeConnection:
    """Connect to the listener at `address`.

    Raises:
        OSError: nobody listens there.
    """
    return PipeConnection(_win32_pipes.connect(address))
