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
        self._prompt: dict[int, BaseProcess] = {}
        """By their sentinels, those that have a prompt one."""
        self._late: list[BaseProcess] = []
        """The others."""
        self._unwatched: list[int] = []
        """Sentinels that nobody has looked at yet: a child that is joined at once never needs to be watched."""
        self._watch: Watch | None = None  # most children have none of their own

    def __iter__(self) -> Iterator[BaseProcess]:
        return iter(list(self._all))

    def add(self, child: BaseProcess, popen: Popen) -> None:
        """Add a child that has just been started."""
        if getattr(popen, "prompt", False):
            sentinel = popen.sentinel
            self._prompt[sentinel] = child
            self._unwatched.append(sentinel)
        else:
            sentinel = None
            self._late.append(child)
        self._all[child] = sentinel  # last: another thread may discard it from now on

    def discard(self, child: BaseProcess) -> None:
        """Remove a child, if it is there. To be called before its sentinel is closed."""
        try:
            sentinel = self._all.pop(child)
        except KeyError:
            return
        if sentinel is None:
            self._late.remove(child)
            return
        del self._prompt[sentinel]
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
            self._prompt = {}
            self._late = []
            self._unwatched = []
            self._watch = None

    def collect(self) -> None:
        """Remove those that have ended, so that they do not remain as zombies."""
        if not self._all:
            return
        for child in self._suspects():
            popen = child._popen
            if popen is not None and has_ended(popen):
                self.discard(child)

    def _suspects(self) -> list[BaseProcess]:
        """Those that may have ended.

        No other child is so much as counted a reference of. After a fork the parent's memory too is copied where it is
        written to, page by page: at 500 children their counts made half as many pages again as the whole start.
        """
        suspects = self._late.copy()
        for sentinel in self._ready():
            child = self._prompt.get(sentinel)
            if child is not None:  # no other thread has discarded it meanwhile
                suspects.append(child)
        return suspects

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
