"""Signals without the enumerations that `signal` makes of them, which cost a child more than all the rest here."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # the C half of `signal`, for which there are no stubs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

SIGINT: int = _signal.SIGINT
SIGTERM: int = _signal.SIGTERM
SIGKILL: int = getattr(_signal, "SIGKILL", SIGTERM)
"""Where there is no such signal, the one by which processes are ended there."""
SIGHUP: int = getattr(_signal, "SIGHUP", SIGTERM)
SIGQUIT: int = getattr(_signal, "SIGQUIT", SIGTERM)

_ALL: set[int] = _signal.valid_signals() if hasattr(_signal, "pthread_sigmask") else set()
"""The signals that a thread can block: none where signals do not come to threads."""

NAMES: dict[int, str] = {
    number: name for name, number in vars(_signal).items() if name.startswith("SIG") and "_" not in name
}


def ignore(signum: int) -> Any:
    """Let the signal have no effect on this process, nor on programs that it starts; returns the former handler."""
    return _signal.signal(signum, _signal.SIG_IGN)


def block(signums: Iterable[int]) -> set[int]:
    """Let this thread, and those that it starts, not receive the signals for now; returns those blocked before."""
    former: set[int] = _signal.pthread_sigmask(_signal.SIG_BLOCK, signums)
    return former


def set_blocked(signums: Iterable[int]) -> None:
    """Let exactly these signals be blocked in this thread."""
    _signal.pthread_sigmask(_signal.SIG_SETMASK, signums)


def block_all() -> set[int]:
    """Let this thread receive no signals, where signals come to threads; returns those blocked before."""
    former: set[int] = _signal.pthread_sigmask(_signal.SIG_BLOCK, _ALL) if _ALL else set()
    return former


class WatchOfChildren:
    """Tells a server, through a descriptor, that children have ended; undone in each child."""

    def __init__(self, wakes: int, blocked: Iterable[int], on_interrupt: Any) -> None:
        """wakes: the write end of a non-blocking pipe.

        blocked, on_interrupt: what children shall have: the signals blocked, and the handler of SIGINT.
        """
        self._blocked = set(blocked)
        self._on_interrupt = on_interrupt
        set_blocked(self._blocked - {_signal.SIGCHLD})
        # Any handler will do, but without one nothing is written to the pipe.
        self._on_child = _signal.signal(_signal.SIGCHLD, lambda signum, frame: None)
        _signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)

    def undo(self) -> None:
        """In a child: have the handlers and the mask that the server began with."""
        _signal.set_wakeup_fd(-1)
        _signal.signal(_signal.SIGCHLD, self._on_child)
        _signal.signal(SIGINT, self._on_interrupt)
        if _signal.SIGCHLD in self._blocked:
            set_blocked(self._blocked)
