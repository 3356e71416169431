"""Connections at the limit: a pickle with its length before it, one write and two reads."""

from __future__ import annotations

import os
import pickle
import select
import socket
from collections.abc import Sequence
from typing import Any

_HEADER = 4
_AT_ONCE = 64 * 1024


class Connection:
    """An open descriptor. It stays open for as long as the benchmark's process lives."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._poller = select.poll()
        self._poller.register(fd, select.POLLIN)

    def fileno(self) -> int:
        """The descriptor."""
        return self._fd

    def send(self, obj: object) -> None:
        """Pickle and write."""
        data = pickle.dumps(obj)
        if len(data) < _AT_ONCE:
            os.write(self._fd, len(data).to_bytes(_HEADER, "big") + data)
            return
        os.write(self._fd, len(data).to_bytes(_HEADER, "big"))
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]

    def recv(self) -> Any:
        """Read and unpickle."""
        size = int.from_bytes(os.read(self._fd, _HEADER), "big")
        if size < _AT_ONCE:
            data = os.read(self._fd, size)
            while len(data) < size:
                data += os.read(self._fd, size - len(data))
            return pickle.loads(data)
        buffer = bytearray(size)
        view = memoryview(buffer)
        while view:
            view = view[os.readv(self._fd, [view]) :]
        return pickle.loads(buffer)

    def poll(self, timeout: float | None) -> bool:
        """Whether there is something to read."""
        return bool(self._poller.poll(None if timeout is None else timeout * 1000))


def Pipe(duplex: bool = True) -> tuple[Connection, Connection]:
    """A pair of connections."""
    one, other = (end.detach() for end in socket.socketpair()) if duplex else os.pipe()
    return Connection(one), Connection(other)


_pollers: dict[int, tuple[Sequence[Connection], select.poll]] = {}


def wait(objects: Sequence[Connection], timeout: float) -> list[int]:
    """The descriptors that are ready, by a poll object that is kept for the sequence."""
    if id(objects) not in _pollers:
        poller = select.poll()
        for one in objects:
            poller.register(one.fileno(), select.POLLIN)
        _pollers[id(objects)] = objects, poller
    return [fd for fd, _ in _pollers[id(objects)][1].poll(timeout * 1000)]
