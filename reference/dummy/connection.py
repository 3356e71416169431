"""Connections between threads: pairs of queues. Objects go over as they are, without a copy.

An address is the listener's queue itself.
"""

from __future__ import annotations

from queue import Queue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

    Items = Queue[Any]

__all__ = ["Client", "Listener", "Pipe"]

families: list[None] = [None]


class Connection:
    """One end: what the other sends comes from `incoming`, what this one sends goes to `outgoing`."""

    def __init__(self, incoming: Items, outgoing: Items) -> None:
        self._incoming = incoming
        self.send = self.send_bytes = outgoing.put
        self.recv = self.recv_bytes = incoming.get

    def poll(self, timeout: float | None = 0.0) -> bool:
        """Whether something can be received, waiting up to `timeout` seconds for it; None waits for ever."""
        with self._incoming.not_empty:
            if timeout is None or timeout > 0:
                self._incoming.not_empty.wait_for(self._incoming._qsize, timeout)
            return self._incoming._qsize() > 0

    def close(self) -> None:
        """Nothing: a queue is not closed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class Listener:
    """Waits for clients among the threads. address, family: are not looked at. backlog: how many may wait."""

    def __init__(self, address: object = None, family: object = None, backlog: int = 1) -> None:
        self._waiting: Items | None = Queue(backlog)

    def accept(self) -> Connection:
        """The connection to the next client, waiting for it.

        Raises:
            OSError: closed.
        """
        return Connection(*self._open().get())

    def close(self) -> None:
        """Let go of the address."""
        self._waiting = None

    @property
    def address(self) -> Items | None:
        """What a client has to be given; None when closed."""
        return self._waiting

    def _open(self) -> Items:
        if self._waiting is None:
            raise OSError("listener is closed")
        return self._waiting

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def Client(address: Items) -> Connection:
    """A connection to the listener that has this address."""
    here: Items = Queue()
    there: Items = Queue()
    address.put((there, here))
    return Connection(here, there)


def Pipe(duplex: bool = True) -> tuple[Connection, Connection]:
    """Two connected ends; both send and receive, whatever `duplex` says."""
    one: Items = Queue()
    other: Items = Queue()
    return Connection(one, other), Connection(other, one)
