"""The exceptions of the package. A leaf: anything may import it."""

from __future__ import annotations

__all__ = ["AuthenticationError", "BufferTooShort", "ProcessError", "TimeoutError"]


class ProcessError(Exception):
    """The base of this package's own exceptions (manual, "Exceptions")."""


class BufferTooShort(ProcessError):
    """A buffer is too small for the message; `args[0]` is the whole message as bytes."""


class TimeoutError(ProcessError):  # noqa: A001 - the public name; distinct from the built-in by contract
    """A result did not come in time; not the built-in TimeoutError."""


class AuthenticationError(ProcessError):
    """The peer does not know the authentication key, or broke the handshake."""
