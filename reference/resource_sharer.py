"""Handles for processes that run already: whoever unpickles one fetches it from the process that pickled it.

That process keeps a duplicate and serves it, once, from a thread of its own at a private address, to peers that know
the family's key. Who does not prove that gets nothing, and nothing it sends is read (see `challenge`); who is
slow keeps nobody else waiting.
Loading this room makes it the broker of `reduction`. Below: `connection`, `listener`, `process`.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from struct import Struct

from . import lifecycle, listener, log, process, reduction
from ._platform import sharing
from ._platform.signals import block_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Ident = tuple[Any, bytes]
    """Where to fetch a handle (an address), and the ticket that it is kept under."""

__all__ = ["DupFd", "stop"]

_TICKET_LENGTH = 16
_request = Struct(f"={_TICKET_LENGTH}sQ")
"""A ticket, and the process id of whoever presents it."""


_PAUSE = 0.05
"""Seconds before a failed accept is tried again."""


class DupFd:
    """A descriptor on its way to a running process. Made by the sender; `detach` is for the receiver.

    fd: remains the caller's; a duplicate travels.
    """

    def __init__(self, fd: int) -> None:
        ours = os.dup(fd)

        def send(conn: Any, pid: int) -> None:
            reduction.send_handle(conn, ours, pid)

        self._ident = _resource_sharer.register(send, lambda: os.close(ours))

    def detach(self) -> int:
        """Fetch the descriptor, which is the caller's from now on. Can be done once, by one process.

        Raises:
            AuthenticationError: the sender does not belong to this family.
            EOFError: somebody fetched it before.
            OSError: the sender has ended.
        """
        with _resource_sharer.get_connection(self._ident) as conn:
            fd: int = reduction.recv_handle(conn)
            return fd


class DupSocket:
    """A socket on its way to a running process, where sockets are no descriptors (Windows)."""

    def __init__(self, sock: Any) -> None:
        ours = sock.dup()

        def send(conn: Any, pid: int) -> None:
            conn.send_bytes(sharing.share_socket(ours, pid))

        self._ident = _resource_sharer.register(send, ours.close)

    def detach(self) -> Any:
        """Fetch the socket; see `DupFd.detach`."""
        with _resource_sharer.get_connection(self._ident) as conn:
            return sharing.socket_from_share(conn.recv_bytes())


def DupSocketOf(handle: int) -> DupSocket:
    """As `DupSocket`, of the socket whose handle this is, which remains the caller's."""
    sock = socket.socket(fileno=handle)
    try:
        return DupSocket(sock)
    finally:
        sock.detach()


class _ResourceSharer:
    """Keeps handles until they are fetched. A forked child starts without any."""

    def __init__(self) -> None:
        self._begin()
        lifecycle.register_after_fork(self, _ResourceSharer._after_fork)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[bytes, tuple[Callable[[Any, int], None], Callable[[], None]]] = {}
        self._listener: listener.Listener | None = None
        self._thread: threading.Thread | None = None

    def register(self, send: Callable[[Any, int], None], close: Callable[[], None]) -> Ident:
        """Keep what `send(connection, pid)` sends to its receiver and `close()` releases; returns where it is."""
        with self._lock:
            if self._listener is None:
                self._start()
            assert self._listener is not None
            ticket = os.urandom(_TICKET_LENGTH)
            self._kept[ticket] = (send, close)
            return self._listener.address, ticket

    @staticmethod
    def get_connection(ident: Ident) -> Any:
        """Connect to where the handle is kept, and present the ticket."""
        address, ticket = ident
        conn = listener.Client(address, authkey=process.current_process().authkey)
        conn.send_bytes(_request.pack(ticket, os.getpid()))
        return conn

    def stop(self, timeout: float | None = None) -> None:
        """End the thread, waiting for it up to `timeout` seconds, and release what nobody fetched."""
        with self._lock:
            serving, thread, kept = self._listener, self._thread, self._kept
            self._listener, self._thread, self._kept = None, None, {}
        if serving is None or thread is None:
            return
        try:
            listener.Client(serving.address).close()
        except OSError as error:
            log.debug("the resource sharer's listener is gone: %s", error)
        thread.join(timeout)
        if thread.is_alive():
            log.sub_warning("the resource sharer's thread did not stop when asked")
        for _send, close in kept.values():
            close()

    def _after_fork(self) -> None:
        kept, serving = self._kept, self._listener
        self._begin()
        for _send, close in kept.values():
            close()
        if serving is not None:
            serving.close()

    def _start(self) -> None:
        log.debug("starting a thread that shares handles")
        self._listener = listener.Listener(backlog=128)
        self._thread = threading.Thread(target=self._serve, args=(self._listener,), daemon=True)
        self._thread.start()

    def _serve(self, serving: listener.Listener) -> None:
        # Signals are for the program's threads.
        block_all()
        while self._listener is serving:
            try:
                conn = serving.accept()
            except OSError as error:
                # As a rule no descriptor is left, which can only change with time.
                log.info("the resource sharer could not accept a connection: %s", error)
                time.sleep(_PAUSE)
                continue
            try:
                # In a thread of its own, since a peer may take its time, or never say anything.
                threading.Thread(target=self._attend, args=(conn,), daemon=True).start()
            except RuntimeError as error:
                # The system gives no more threads now. This peer sees the end of the connection, and may ask again.
                log.info("the resource sharer could not attend to a peer: %s", error)
                conn.close()
        serving.close()

    def _attend(self, conn: Any) -> None:
        try:
            with conn:
                key = process.current_process().authkey
                listener.deliver_challenge(conn, key)
                listener.answer_challenge(conn, key)
                ticket, pid = _request.unpack(conn.recv_bytes(_request.size))
                self._hand_over(conn, ticket, pid)
        except Exception as error:
            # The peer is none of us, or died: it is at a loss already, and the others are to be served.
            log.info("a handle could not be handed over: %s", error)

    def _hand_over(self, conn: Any, ticket: bytes, pid: int) -> None:
        with self._lock:
            send, close = self._kept.pop(ticket)
        try:
            send(conn, pid)
        finally:
            close()


_resource_sharer = _ResourceSharer()
stop = _resource_sharer.stop
reduction.handle_broker = DupFd
