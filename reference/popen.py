"""What a process object asks of its launcher. Every start method fulfils it in a room of its own."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["Detachable", "Popen"]


class Detachable(Protocol):
    """A handle on its way to a child; `detach` there gives the handle to its new owner."""

    def detach(self) -> int: ...


class Popen(Protocol):
    """A started child as its parent sees it. Constructing one with the process object starts the child."""

    method: str
    """Name of the start method."""
    pid: int
    sentinel: int
    """A handle that becomes ready when the child has ended."""
    prompt: bool
    """Whether the sentinel is ready as soon as the child has ended, whatever became of its status and descriptors."""
    returncode: int | None
    """Exit status once known: 0..255, or minus the signal number."""
    lost: bool
    """Whether the child has ended and its status cannot be had any more, since other code collected it."""

    def poll(self) -> int | None:
        """Collect the exit status without waiting; None while the child runs."""

    def wait(self, timeout: float | None = None) -> int | None:
        """As `poll`, waiting up to `timeout` seconds (None: for ever)."""

    def terminate(self) -> None: ...

    def kill(self) -> None: ...

    def interrupt(self) -> None: ...

    def close(self) -> None:
        """Release what the parent holds for the child: descriptors, handles."""

    def duplicate_for_child(self, handle: int) -> Any:
        """Arrange that the child gets `handle`; returns the token by which `DupFd` finds it there."""

    def keep(self, thing: object) -> None:
        """Let `thing`, which the child will look for by name, live until the child has ended."""

    def DupFd(self, token: Any) -> Detachable:
        """The picklable thing that finds `token` in the child."""
