"""Listeners and clients: connections between processes that need not be relatives.

With a key each side proves to the other that it knows it (`challenge`) before anything else is read; until then a
peer cannot make us read more than two messages of `challenge.LARGEST_MESSAGE` bytes, and nothing is unpickled.

Reached through `connection`, which loads this room when one of its names is asked for.
"""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager, suppress

from . import _platform, rooms
from .addresses import (
    address_type,
    arbitrary_address,
    default_family,
    families,
    is_abstract,
    validate_family,
)
from .challenge import CHALLENGE, FAILURE, LARGEST_MESSAGE, WELCOME, Handshake, State, prover, verifier
from .connection import Connection
from .errors import AuthenticationError
from .lifecycle import Finalize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Any, Protocol

    from typing_extensions import Self

    class _Endpoint(Protocol):
        """What a `Listener` of one family rests upon."""

        address: Any
        last_accepted: Any

        def accept(self) -> Any: ...

        def close(self) -> None: ...


__all__ = [
    "CHALLENGE",
    "FAILURE",
    "WELCOME",
    "Client",
    "Listener",
    "address_type",
    "answer_challenge",
    "arbitrary_address",
    "default_family",
    "deliver_challenge",
    "families",
]


_CHALLENGE = CHALLENGE  # its name since Python 3.12, by which programs and peers may know it


class Listener:
    """Waits at an address for clients to connect.

    address: see `address_type`; None takes a free one of `family`, or of the fastest family there is.
    family: inferred from the address by default.
    backlog: how many clients may wait to be accepted (for sockets).
    authkey: bytes; if given, a client must prove to know the key, and is shown that we do. An empty one is a key too.
    Raises:
        OSError: the address is in use, or cannot be had.
        TypeError: authkey is not bytes.
        ValueError: no such family here, or the address is none.
    Source: library documentation, "Listeners and Clients".
    """

    _listener: _Endpoint | None = None  # also when __init__ failed: __del__ looks

    def __init__(
        self, address: Any = None, family: str | None = None, backlog: int = 1, authkey: bytes | None = None
    ) -> None:
        family = family or (address_type(address) if address else default_family)
        validate_family(family)
        _check_key(authkey)
        self._authkey = authkey
        address = address or arbitrary_address(family)
        if family == "AF_PIPE":
            self._listener = rooms.load("pipe_connection").PipeListener(address)
        else:
            self._listener = _SocketListener(address, family, backlog)

    def __del__(self) -> None:
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def accept(self) -> Any:
        """Wait for a client and return the connection to it.

        Raises:
            AuthenticationError: the client does not know the key, or does not follow the handshake.
            EOFError: the client left during the handshake.
            OSError: the listener is closed.
        """
        if self._listener is None:
            raise OSError("the listener is closed")
        connection = self._listener.accept()
        if self._authkey is not None:
            with _closed_on_error(connection):
                deliver_challenge(connection, self._authkey)
                answer_challenge(connection, self._authkey)
        return connection

    def close(self) -> None:
        """Close the listener and free its address; more than once is no error."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()

    @property
    def address(self) -> Any:
        """The address, with the port that was chosen; OSError once closed."""
        return self._open().address

    @property
    def last_accepted(self) -> Any:
        """The address of the last accepted client; None before there was one, or if it has none."""
        return self._open().last_accepted

    def _open(self) -> _Endpoint:
        if self._listener is None:
            raise OSError("the listener is closed")
        return self._listener


def Client(address: Any, family: str | None = None, authkey: bytes | None = None) -> Any:
    """Connect to the listener at `address` and return the connection.

    family, authkey: as with `Listener`.
    Raises:
        AuthenticationError: the listener does not know the key, or does not follow the handshake.
        OSError: nobody listens there.
        TypeError, ValueError: as with `Listener`.
    Source: library documentation, "Listeners and Clients".
    """
    family = family or address_type(address)
    validate_family(family)
    _check_key(authkey)
    connection = rooms.load("pipe_connection").connect(address) if family == "AF_PIPE" else _connect(address, family)
    if authkey is not None:
        with _closed_on_error(connection):
            answer_challenge(connection, authkey)
            deliver_challenge(connection, authkey)
    return connection


def deliver_challenge(connection: Any, authkey: bytes, digest_name: str = "sha256") -> None:
    """Have the other end of `connection` prove that it knows `authkey`.

    digest_name: what to authenticate with by preference; old peers know MD5 only.
    Raises:
        AuthenticationError: it does not; it has been told.
        ValueError: authkey is not bytes.
    Source: library documentation, "Listeners and Clients".
    """
    _converse(connection, verifier(_bytes_key(authkey), digest_name))


def answer_challenge(connection: Any, authkey: bytes) -> None:
    """Prove to the other end of `connection` that we know `authkey`.

    Raises:
        AuthenticationError: it sent no challenge, or did not accept the response.
        ValueError: authkey is not bytes.
    Source: library documentation, "Listeners and Clients".
    """
    _converse(connection, prover(_bytes_key(authkey)))


def _converse(connection: Any, handshake: Handshake) -> None:
    message = handshake.opening
    while True:
        if message is not None:
            connection.send_bytes(message)
        if handshake.over:
            break
        message = handshake.receive(connection.recv_bytes(LARGEST_MESSAGE))
    if handshake.state is not State.PROVEN:
        raise AuthenticationError(handshake.reason)


def _check_key(authkey: object) -> None:
    if authkey is not None and not isinstance(authkey, bytes):
        raise TypeError(f"authkey must be bytes, not {type(authkey).__name__}")


def _bytes_key(authkey: object) -> bytes:
    if not isinstance(authkey, bytes):
        raise ValueError(f"authkey must be bytes, not {type(authkey).__name__}")
    return authkey


@contextmanager
def _closed_on_error(thing: Any) -> Iterator[None]:
    try:
        yield
    except BaseException:
        thing.close()
        raise


class _SocketListener:
    """A listening socket."""

    def __init__(self, address: Any, family: str, backlog: int) -> None:
        self.last_accepted: Any = None
        self._socket = _new_socket(family)
        with _closed_on_error(self._socket):
            if not _platform.WINDOWS:  # there it would let two listen at one address
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(address)
            self._socket.listen(backlog)
            self.address = self._socket.getsockname()
        self._unlink = None
        if family == "AF_UNIX" and not is_abstract(address):
            self._unlink = Finalize(self, _unlink, args=(address,), exitpriority=0)

    def accept(self) -> Connection:
        sock, self.last_accepted = self._socket.accept()
        sock.setblocking(True)  # whatever default timeout the program has set
        return Connection(sock.detach())

    def close(self) -> None:
        try:
            self._socket.close()
        finally:
            if self._unlink is not None:
                self._unlink()


def _connect(address: Any, family: str) -> Connection:
    sock = _new_socket(family)
    with _closed_on_error(sock):
        sock.connect(address)
    return Connection(sock.detach())


def _new_socket(family: str) -> socket.socket:
    sock = socket.socket(getattr(socket, family))
    sock.setblocking(True)
    return sock


def _unlink(path: str) -> None:
    with suppress(FileNotFoundError):  # somebody has tidied up
        os.unlink(path)
