"""Connections whose objects travel as XML-RPC data, not as pickles: what managers speak when told "xmlrpclib".

Reached through `connection`, which loads this room when one of its names is asked for.
Below: `listener`. Knows no more than how to turn one object into bytes and back.
"""

from __future__ import annotations

from xmlrpc.client import dumps, loads

from . import listener

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["ConnectionWrapper", "XmlClient", "XmlListener"]


class ConnectionWrapper:
    """A connection whose `send` and `recv` use another way to make bytes of objects."""

    def __init__(self, conn: Any, dumps: Callable[[Any], bytes], loads: Callable[[bytes], Any]) -> None:
        self._conn = conn
        self._dumps = dumps
        self._loads = loads
        for name in ("fileno", "close", "poll", "recv_bytes", "send_bytes"):
            setattr(self, name, getattr(conn, name))

    def send(self, obj: Any) -> None:
        """Send an object."""
        self._conn.send_bytes(self._dumps(obj))

    def recv(self) -> Any:
        """Receive an object.

        Raises:
            EOFError: the other end is closed.
        """
        return self._loads(self._conn.recv_bytes())


def _to_xml(obj: Any) -> bytes:
    return dumps((obj,), None, None, None, True).encode("utf-8")


def _from_xml(data: bytes) -> Any:
    (obj,), _ = loads(data.decode("utf-8"))
    return obj


class XmlListener(listener.Listener):
    """A listener whose connections speak XML-RPC data."""

    def accept(self) -> ConnectionWrapper:
        """As with `Listener`."""
        return ConnectionWrapper(super().accept(), _to_xml, _from_xml)


def XmlClient(*args: Any, **kwargs: Any) -> ConnectionWrapper:
    """As `Client`, for an `XmlListener`."""
    return ConnectionWrapper(listener.Client(*args, **kwargs), _to_xml, _from_xml)
