"""Whose fork this is: one of the family's own children, or a program's plain `os.fork`; and no signals meanwhile.

`popen_fork` and the forkserver say so around their forks; whoever holds something that only the family
may keep (the tracker's pipe) asks in the child. Hooks are held weakly and live here, so that they keep neither
their objects nor their objects' rooms alive while the interpreter shuts down.
"""

from __future__ import annotations

import _thread
import os
import sys
import weakref

from ._platform import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Forkable(Protocol):
        """What wants to be told, in the child, of every fork."""

        def after_fork_in_child(self, ours: bool) -> None:
            """ours: the child is one of the family's; otherwise the program forked on its own."""


__all__ = ["hold_signals", "is_ours", "let_signals_in", "tell_forks"]


_state = _thread._local()


if sys.platform != "win32":
    __all__ += ["fork"]

    def fork() -> int:
        """`os.fork`, for a child of the family: what is told of forks is told so.

        Raises:
            OSError: the system refuses.
        """
        _state.ours = True
        try:
            return os.fork()
        finally:
            _state.ours = False


def is_ours() -> bool:
    """Whether the fork under way in this thread starts a child of the family."""
    return getattr(_state, "ours", False)


def hold_signals() -> None:
    """Let signals wait until `let_signals_in`, which parent and child are both to call (POSIX).

    Python forgets, in the child of a fork, the signals for which it has yet to call a handler: one that the parent
    sends at once would be lost. And what a handler raises while hooks of the fork run is dropped.
    """
    # A hook may fork too: what was blocked before the first hold counts.
    if getattr(_state, "mask", None) is None:
        _state.mask = signals.block_all()


def let_signals_in() -> None:
    """Receive signals as before `hold_signals`, if this thread called it: those that wait come now."""
    mask = getattr(_state, "mask", None)
    if mask is not None:
        _state.mask = None
        signals.set_blocked(mask)


class _Hook:
    __slots__ = ("_target",)

    def __init__(self, target: Forkable) -> None:
        self._target = weakref.ref(target)

    def __call__(self) -> None:
        target = self._target()
        if target is not None:
            target.after_fork_in_child(is_ours())


def tell_forks(target: Forkable) -> None:
    """Call `target.after_fork_in_child` in the child of every fork, for as long as `target` lives."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_Hook(target))
