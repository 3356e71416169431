"""Addresses of listeners: which family one belongs to, and free ones.

Knows neither listeners nor connections. Above: `listener`.
"""

from __future__ import annotations

import itertools
import os
import socket

from . import _platform
from .temp_dir import get_temp_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["address_type", "arbitrary_address", "default_family", "families", "is_abstract", "validate_family"]

families = ["AF_INET"]
"""The families that this platform has."""

# The fastest there is for processes on one machine.
default_family = "AF_INET"

if hasattr(socket, "AF_UNIX"):
    families.append("AF_UNIX")
    default_family = "AF_UNIX"

if _platform.WINDOWS:
    families.append("AF_PIPE")
    default_family = "AF_PIPE"

_PIPE_PREFIX = "\\\\"  # two backslashes
_pipe_numbers = itertools.count()


def address_type(address: Any) -> str:
    """Return the family that `address` belongs to.

    address: a (host, port) tuple, the path of a Unix socket, an abstract one (begins with a null
        character), or the name of a Windows pipe (begins with two backslashes).
    Raises:
        ValueError: none of these.
    Source: library documentation, "Address Formats".
    """
    if isinstance(address, tuple):
        return "AF_INET"
    if isinstance(address, str):
        return "AF_PIPE" if address.startswith(_PIPE_PREFIX) else "AF_UNIX"
    if is_abstract(address):
        return "AF_UNIX"
    raise ValueError(f"{address!r} is no address: a (host, port) tuple, a path or the name of a pipe is")


def is_abstract(address: Any) -> bool:
    """Whether `address` is one of Linux's abstract sockets, which have no file."""
    if isinstance(address, bytes):
        return address[:1] == b"\0"
    return isinstance(address, str) and address[:1] == "\0"


def validate_family(family: str) -> None:
    """Refuse a family that this platform lacks.

    Raises:
        ValueError: it does.
    """
    if family not in families:
        raise ValueError(f"family {family!r} is not available here; there are {', '.join(families)}")


def arbitrary_address(family: str) -> Any:
    """Return a free address of `family`; port 0 stands for any free port.

    A Unix socket gets a path in this process' private directory, which is removed at exit.
    Raises:
        ValueError: the family is unknown.
    """
    if family == "AF_INET":
        return "localhost", 0
    token = os.urandom(4).hex()  # a clash would make bind fail, not mix up two listeners
    if family == "AF_UNIX":
        return os.path.join(get_temp_dir(), f"listener-{token}")
    if family == "AF_PIPE":
        return rf"\\.\pipe\pyc-{os.getpid()}-{next(_pipe_numbers)}-{token}"
    raise ValueError(f"unknown family {family!r}")
