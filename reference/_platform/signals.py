"""Numbers and names of signals, without the enumerations that `signal` makes of them."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # the C half of `signal`, for which there are no stubs

SIGINT: int = _signal.SIGINT
SIGTERM: int = _signal.SIGTERM
SIGKILL: int = getattr(_signal, "SIGKILL", SIGTERM)
"""Where there is no such signal, the one by which processes are ended there."""

NAMES: dict[int, str] = {
    number: name for name, number in vars(_signal).items() if name.startswith("SIG") and "_" not in name
}


def block_signals() -> None:
    """Let this thread, and those that it starts, receive no signals."""
    if hasattr(_signal, "pthread_sigmask"):
        _signal.pthread_sigmask(_signal.SIG_BLOCK, _signal.valid_signals())
