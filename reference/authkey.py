"""The key by which the processes of a family know each other. A leaf."""

from __future__ import annotations

from . import spawning

__all__ = ["AuthenticationString"]


class AuthenticationString(bytes):
    """A key. It travels to one's own children only, and does not show itself."""

    def __reduce__(self) -> tuple[type[AuthenticationString], tuple[bytes]]:
        if spawning.get_spawning_popen() is None:
            raise TypeError(
                "an authentication key can be pickled only for a child that is being started:"
                " anybody who learns it may run code here"
            )
        return AuthenticationString, (bytes(self),)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} bytes>"
