"""The children of this process that have not been joined, and which of them have ended.

Each start looks, so a look must not cost a system call a child: sentinels are watched all together.
Above: `process`.
"""

from __future__ import annotations

from . import rooms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._platform.polling import Watch
    from .popen import Popen
    from .process import BaseProcess

__all__ = ["Children", "has_ended", "is_lost"]


def has_ended(popen: Popen) -> bool:
    """Whether the child has ended; its exit code is collected if it can be had."""
    return popen.poll() is not None or is_lost(popen)


def is_lost(popen: Popen) -> bool:
    """Whether the child has ended and its exit code cannot be had any more."""
    # A launcher that is not ours, such as loky's, knows neither of this nor of `prompt`.
    return getattr(popen, "lost", False)


class Children:
    """A set of children. Those that are alive stay in it, whoever looks."""

    def __init__(self) -> None:
        self._all: dict[BaseProcess, int | None] = {}
        """The sentinel of each; None where it may be late to say that the child has ended."""
        self._watch: Watch | None = None  # most children have none of their own

    def __iter__(self) -> Iterator[BaseProcess]:
        return iter(list(self._all))

    def add(self, child: BaseProcess, popen: Popen) -> None:
        """Add a child that has just been started."""
        prompt = getattr(popen, "prompt", False)
        self._all[child] = popen.sentinel if prompt else None
        if prompt:
            if self._watch is None:
                self._watch = rooms.load("_platform.polling").Watch()
            self._watch.add(popen.sentinel)

    def discard(self, child: BaseProcess) -> None:
        """Remove a child, if it is there. To be called before its sentinel is closed."""
        sentinel = self._all.pop(child, None)
        if sentinel is not None and self._watch is not None:
            self._watch.discard(sentinel)

    def collect(self) -> None:
        """Remove those that have ended, so that they do not remain as zombies."""
        if not self._all:
            return
        ready = set() if self._watch is None else set(self._watch.ready())
        for child, sentinel in list(self._all.items()):
            if sentinel is None or sentinel in ready:
                popen = child._popen
                if popen is not None and has_ended(popen):
                    self.discard(child)
