"""Whose fork this is: one of the family's own children, or a program's plain `os.fork`.

A leaf. `popen_fork` and the forkserver say so around their forks; whoever holds something that only the family
may keep (the tracker's pipe) asks in the child. Hooks are held weakly and live here, so that they keep neither
their objects nor their objects' rooms alive while the interpreter shuts down.
"""

from __future__ import annotations

import _thread
import os
import weakref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Forkable(Protocol):
        """What wants to be told, in the child, of every fork."""

        def after_fork_in_child(self, ours: bool) -> None:
            """ours: the child is one of the family's; otherwise the program forked on its own."""


__all__ = ["is_ours", "set_ours", "tell_forks"]


_state = _thread._local()


def set_ours(ours: bool) -> None:
    """Say whether the next forks of this thread start children of the family."""
    _state.ours = ours


def is_ours() -> bool:
    """Whether the fork under way in this thread starts a child of the family."""
    return getattr(_state, "ours", False)


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
