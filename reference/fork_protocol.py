"""What a family and its fork server say to each other; bytes only, no I/O.

A request: the server's key, one byte that tells where the child's work is, and the work itself if it is small.
Descriptors come along with it in the order of `FIXED`, then the stream if there is one, then those that the child
is to have. Reports come back through the first of these, a pipe: that the child runs, then how it ended; or why
there is none. A pipe that ends without the last report means that the server has died.
"""

from __future__ import annotations

from _operator import _compare_digest
from struct import Struct

from . import errors

__all__ = [
    "FIXED",
    "KEY_LENGTH",
    "REPORT_SIZE",
    "SERVER_DIED",
    "decode_report",
    "decode_request",
    "encode_report",
    "encode_request",
]

KEY_LENGTH = 32

FIXED = ("status", "requests", "tracker", "parent")
"""The descriptors of every request: where reports go; the way to the server and the way to the resource tracker, for
the child's own children; what the child watches to learn of its parent's end."""

_INLINE, _STREAMED = b"I", b"S"

STARTED, ENDED, FAILED, REFUSED = b"+", b"-", b"!", b"?"

_report = Struct("=cii")
REPORT_SIZE = _report.size
"""Far below the size up to which writes to a pipe stay whole."""

SERVER_DIED = 255
"""The exit code of a child whose server died, and with it all knowledge of the child."""


def encode_request(key: bytes, work: bytes | None) -> bytes:
    """The request for a child that does `work`; None: it is to be read from a stream."""
    return key + (_STREAMED if work is None else _INLINE + work)


def decode_request(key: bytes, message: bytes) -> bytes | None:
    """The work asked for; None: it is to be read from a stream.

    Raises:
        AuthenticationError: whoever asks does not know the key.
        ValueError: no proper request.
    """
    if not _compare_digest(message[:KEY_LENGTH], key):
        raise errors.AuthenticationError("the request to the fork server came without its key")
    kind = message[KEY_LENGTH : KEY_LENGTH + 1]
    if kind == _STREAMED:
        return None
    if kind == _INLINE:
        return message[KEY_LENGTH + 1 :]
    raise ValueError(f"unknown kind of request {kind!r}")


def encode_report(kind: bytes, pid: int = 0, code: int = 0) -> bytes:
    """A report. code: of ENDED the exit code, of FAILED the error number."""
    return _report.pack(kind, pid, code)


def decode_report(report: bytes) -> tuple[bytes, int, int]:
    """Kind, process id and code of a report.

    Raises:
        EOFError: the server died, instead of reporting.
    """
    if len(report) != REPORT_SIZE:
        raise EOFError("the fork server ended without a report")
    kind, pid, code = _report.unpack(report)
    return kind, pid, code
