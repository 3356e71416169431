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
        self._unwatched: list[int] = []
        """Sentinels that nobody has looked at yet: a child that is joined at once never needs to be watched."""
        self._watch: Watch | None = None  # most children have none of their own

    def __iter__(self) -> Iterator[BaseProcess]:
        return iter(list(self._all))

    def add(self, child: BaseProcess, popen: Popen) -> None:
        """Add a child that has just been started."""
        if getattr(popen, "prompt", False):
            self._all[child] = popen.sentinel
            self._unwatched.append(popen.sentinel)
        else:
            self._all[child] = None

    def discard(self, child: BaseProcess) -> None:
        """Remove a child, if it is there. To be called before its sentinel is closed."""
        sentinel = self._all.pop(child, None)
        if sentinel is None:
            return
        try:
            self._unwatched.remove(sentinel)
        except ValueError:
            if self._watch is not None:
                self._watch.discard(sentinel)

    def forget(self) -> None:
        """Empty the set, in a forked child: they are not its children."""
        # Not made anew where there is nothing to forget: each page of memory that a child writes to costs it.
        if self._all:
            self._all = {}
            self._unwatched = []
            self._watch = None

    def collect(self) -> None:
        """Remove those that have ended, so that they do not remain as zombies."""
        if not self._all:
            return
        ready = set(self._ready())
        for child, sentinel in list(self._all.items()):
            if sentinel is None or sentinel in ready:
                popen = child._popen
                if popen is not None and has_ended(popen):
                    self.discard(child)

    def _ready(self) -> list[int]:
        if self._watch is None:
            if not self._unwatched:
                return []
            self._watch = rooms.load("_platform.polling").Watch()
        for sentinel in list(self._unwatched):
            self._watch.add(sentinel)
            try:
                self._unwatched.remove(sentinel)
            except ValueError:
                self._watch.discard(sentinel)  # another thread has discarded it meanwhile
        return self._watch.ready()
