"""Which process object this thread is now pickling for a child, if any.

The leaf that everybody asks who wants to travel to a child (locks, queues, connections, keys).
Set only by the launchers that pickle (`popen_spawn_*`, `popen_forkserver`); knows nothing else.
"""

from __future__ import annotations

import _thread

TYPE_CHECKING = False
if TYPE_CHECKING:  # `popen` is made of `typing`, which a child can do without
    from .popen import Popen

__all__ = ["assert_spawning", "get_spawning_popen", "keep_for_child", "set_spawning_popen"]

_state = _thread._local()


def get_spawning_popen() -> Popen | None:
    """The launcher for which this thread is pickling now; None outside of a start."""
    return getattr(_state, "popen", None)


def set_spawning_popen(popen: Popen | None) -> None:
    """Begin (or, with None, end) pickling for `popen` in this thread."""
    _state.popen = popen


def assert_spawning(thing: object) -> None:
    """Refuse to pickle `thing` unless it is on its way to a child.

    Raises:
        RuntimeError: no process is being started by this thread.
    Source: library documentation, "Programming guidelines": inherit rather than pickle.
    """
    if get_spawning_popen() is None:
        raise RuntimeError(
            f"{type(thing).__name__} objects should only be shared between processes through inheritance:"
            " pass them as arguments when the process is created"
        )


def keep_for_child(thing: object) -> None:
    """Let `thing` live until the child that is being started has ended.

    For what the child finds by a name that goes when `thing` does: the program may drop it as soon as start()
    has returned, which is before the child has looked.
    """
    # Launchers that are not ours, and set themselves as the spawning one, need not know of this.
    keep = getattr(get_spawning_popen(), "keep", None)
    if keep is not None:
        keep(thing)
