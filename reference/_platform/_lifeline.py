"""How a parent and its child each learn that the other has ended.

With process handles (see `_posix`) each side gets a handle of the other. Without them there are two pipes: each
side keeps the write end of one for as long as it lives, and the other side's read end then becomes readable.
The price of pipes: whoever inherits a write end (a grandchild, a sibling forked meanwhile) delays the news.
"""

from __future__ import annotations

import os
import sys

from . import _posix
from .descriptors import close_fds

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.


class Lifeline:
    """The descriptors of one start. Made before it; afterwards exactly one of the three ways to settle is taken."""

    def __init__(self) -> None:
        self._of_parent = _posix.process_handle(os.getpid())
        self._pipes: tuple[int, ...] = ()
        if self._of_parent is None:
            ends: list[int] = []
            try:
                ends += _posix.pipe()
                ends += _posix.pipe()
            except OSError:
                close_fds(*ends)
                raise
            self._pipes = tuple(ends)

    @property
    def parent_sentinel(self) -> int:
        """What the child watches to learn of its parent's end. Valid in the parent until settled."""
        return self._pipes[2] if self._of_parent is None else self._of_parent

    @property
    def for_child(self) -> tuple[int, ...]:
        """All descriptors that a child which does not inherit everything must be given."""
        return (self._pipes[2], self._pipes[1]) if self._of_parent is None else (self._of_parent,)

    def in_forked_child(self) -> int:
        """Settle in a forked child: drop the parent's ends, return the parent's sentinel."""
        if self._of_parent is None:
            close_fds(self._pipes[0], self._pipes[3])
        return self.parent_sentinel

    def in_parent(self, pid: int) -> tuple[int, int | None, tuple[int, ...]]:
        """Settle in the parent, once child `pid` runs.

        Returns the child's sentinel; the same if it is a process handle, else None; and every descriptor
        that the caller now has to close when it has no more interest in the child.
        """
        if self._of_parent is None:
            child_alive, of_child, of_parent, parent_alive = self._pipes
            close_fds(of_child, of_parent)
            return child_alive, None, (child_alive, parent_alive)
        os.close(self._of_parent)
        try:
            handle = _posix.process_handle(pid)
        except ProcessLookupError:
            # Gone and collected already: SIGCHLD is ignored, or somebody waits for all children.
            handle = None
        except OSError:
            _posix.kill_and_reap(pid)
            raise
        if handle is None:
            ended = _posix.ended_handle()
            return ended, None, (ended,)
        return handle, handle, (handle,)

    def abandon(self) -> None:
        """Settle when no child came to be."""
        close_fds(*(self._pipes if self._of_parent is None else (self._of_parent,)))
