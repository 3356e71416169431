"""Windows' named pipes that carry messages: making them, connecting to them, and one message at a time through them.

All handles are overlapped: an operation that cannot be done at once goes on in the background and signals an event, so
that Ctrl-C can end the wait for it, and many pipes can be waited for together (`_win32_polling`).
"""

from __future__ import annotations

import _winapi
import itertools
import os
import sys
from binascii import hexlify

from . import _win32_polling, _win32_pure

assert sys.platform == "win32"  # Tells type checkers on other systems to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MESSAGE_PIPES = True
"""Whether the handles of a pipe carry messages rather than a stream of bytes."""

LARGEST_HANDLE = sys.maxsize

_BUFFER = 64 * 1024
# What a message is read with before its size is known: most need no second read.
_GUESS = 4096
_CONNECT = 20.0
"""Seconds to wait for a pipe that others are just connecting to."""
_OVERLAPPED = _winapi.FILE_FLAG_OVERLAPPED
_numbers = itertools.count()


def pipe_handles(duplex: bool) -> tuple[int, int]:
    """The two ends of a new pipe: one to read and one to write unless `duplex`."""
    name = f"\\\\.\\pipe\\pyc-{os.getpid()}-{next(_numbers)}-{hexlify(os.urandom(4)).decode()}"
    one = new_instance(name, writable=duplex, first=True, instances=1)
    try:
        other = open_end(name, readable=duplex)
    except BaseException:
        _winapi.CloseHandle(one)
        raise
    await_client(one)
    return one, other


def new_instance(name: str, *, writable: bool = True, first: bool, instances: int | None = None) -> int:
    """An end of the pipe `name` that waits for a client. first: nobody may have made one of that name before.

    Raises:
        OSError: the name is none, or taken.
    """
    mode = _winapi.PIPE_ACCESS_DUPLEX if writable else _winapi.PIPE_ACCESS_INBOUND
    handle: int = _winapi.CreateNamedPipe(
        name,
        mode | _OVERLAPPED | (_winapi.FILE_FLAG_FIRST_PIPE_INSTANCE if first else 0),
        _winapi.PIPE_TYPE_MESSAGE | _winapi.PIPE_READMODE_MESSAGE | _winapi.PIPE_WAIT,
        _winapi.PIPE_UNLIMITED_INSTANCES if instances is None else instances,
        _BUFFER,
        _BUFFER,
        _winapi.NMPWAIT_WAIT_FOREVER,
        _winapi.NULL,
    )
    return handle


def open_end(name: str, *, readable: bool = True) -> int:
    """The other end of the pipe `name`, which somebody has made and waits at.

    Raises:
        OSError: there is no such pipe.
    """
    access = _winapi.GENERIC_WRITE | (_winapi.GENERIC_READ if readable else 0)
    if not readable:
        access |= _FILE_READ_ATTRIBUTES  # without which its mode could not be asked for
    handle: int = _winapi.CreateFile(name, access, 0, _winapi.NULL, _winapi.OPEN_EXISTING, _OVERLAPPED, _winapi.NULL)
    if readable:
        _winapi.SetNamedPipeHandleState(handle, _winapi.PIPE_READMODE_MESSAGE, None, None)
    return handle


_FILE_READ_ATTRIBUTES = 0x80


def connect(name: str) -> int:
    """As `open_end`, waiting for some seconds while all ends are taken.

    Raises:
        OSError: there is no such pipe, or it stays taken.
    """
    for attempt in itertools.count():
        try:
            _winapi.WaitNamedPipe(name, int(_CONNECT * 1000))
            return open_end(name)
        except OSError as error:
            # Between the two calls somebody else may have taken the end that was free.
            if attempt > 100 or error.winerror not in (_winapi.ERROR_SEM_TIMEOUT, _winapi.ERROR_PIPE_BUSY):
                raise
    raise AssertionError  # the loop ends above


def await_client(handle: int) -> None:
    """Wait until a client has opened the other end of `handle`."""
    try:
        operation = _winapi.ConnectNamedPipe(handle, overlapped=True)
    except OSError as error:
        # It came, and left again, before we looked: reading will tell.
        if error.winerror != _winapi.ERROR_NO_DATA:
            raise
        return
    _wait(operation)
    operation.GetOverlappedResult(True)


def _wait(operation: Any) -> None:
    """Wait for the end of an operation; what ends the wait, Ctrl-C, ends the operation too."""
    try:
        _winapi.WaitForMultipleObjects([operation.event], False, _win32_pure.INFINITE)
    except BaseException:
        operation.cancel()
        raise


def send_message(handle: int, data: Any) -> None:
    """Write one message.

    Raises:
        OSError: nobody can read it any more (BrokenPipeError).
    """
    operation, error = _winapi.WriteFile(handle, data, overlapped=True)
    if error == _winapi.ERROR_IO_PENDING:
        _wait(operation)
    written, error = operation.GetOverlappedResult(True)
    if error or written != len(data):
        raise OSError(f"{written} of {len(data)} bytes of a message were written")


def recv_message(handle: int, limit: int | None = None) -> bytes | None:
    """Read the next message; None if it is longer than `limit`, and then its beginning is gone.

    Raises:
        EOFError: nothing is left and nobody can write any more.
    """
    if _win32_polling.take_empty_message(handle):
        return b""
    try:
        operation, error = _winapi.ReadFile(handle, _GUESS if limit is None else min(_GUESS, limit), overlapped=True)
        if error == _winapi.ERROR_IO_PENDING:
            _wait(operation)
        size, error = operation.GetOverlappedResult(True)
    except OSError as failure:
        if failure.winerror == _winapi.ERROR_BROKEN_PIPE:
            raise EOFError("the other end of the connection is closed") from None
        raise
    data = _received(operation, size)
    if error != _winapi.ERROR_MORE_DATA:
        return data
    left = _winapi.PeekNamedPipe(handle)[1]
    if limit is not None and size + left > limit:
        return None
    operation, _ = _winapi.ReadFile(handle, left, overlapped=True)
    size, error = operation.GetOverlappedResult(True)
    return data + _received(operation, size)


def _received(operation: Any, size: int) -> bytes:
    data: bytes = operation.getbuffer()[:size]
    return data


def has_message(handle: int) -> bool:
    """Whether something can be read from `handle` without waiting, as far as that can be seen at no cost.

    Raises:
        OSError: the other end is closed (BrokenPipeError), or so is this.
    """
    return bool(_winapi.PeekNamedPipe(handle)[0])


def close(handle: int) -> None:
    """Close a handle."""
    _win32_polling.forget(handle)
    _winapi.CloseHandle(handle)
