"""The directory where named semaphores and shared memory live, seen as a cell's own place.

What a ward asks of it, and the simple answer: a warden that could retreat to a shelf of its own (see
`seclusion`) knows that whatever is new there was left by the cell. `common_shelf` has the answer for
a shelf that is shared with the whole machine.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

SHELF = Path("/dev/shm")

Entries = dict[str, int]
"""Name to inode: a name that was used again is another entry."""


class Shelf(Protocol):
    """What a ward needs to know of the shelf, and to do there."""

    certain: bool
    """Whether what is new after a cell was surely left by it."""

    def shared(self) -> contextlib.AbstractContextManager[None]:
        """Hold off those who want to be alone."""

    def alone(self) -> contextlib.AbstractContextManager[None]:
        """Be the only one of all workers who runs a cell."""

    def entries(self) -> Entries:
        """What lies there now and belongs to this user."""

    def since(self, before: Entries) -> Entries:
        """What is there now, was not then, and nobody alive uses."""

    def remaining(self, entries: Entries) -> Entries:
        """Those of `entries` that are still there and unused."""

    def remove(self, entries: Iterable[str]) -> None:
        """Unlink `entries`."""

    def condemn(self, entries: Entries) -> None:
        """Have `entries` removed as soon as that can hurt nobody."""

    def tidy(self) -> None:
        """Remove what was condemned, if it can be done now."""

    def clear(self, patience: float) -> None:
        """Remove what was condemned, waiting up to `patience` seconds until it can be done."""


class OwnShelf:
    """A shelf that only this warden and its descendants see. Asked when none of a cell is alive any more."""

    certain = True

    def shared(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def alone(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def entries(self) -> Entries:
        return list_entries()

    def since(self, before: Entries) -> Entries:
        return {name: inode for name, inode in list_entries().items() if before.get(name) != inode}

    def remaining(self, entries: Entries) -> Entries:
        now = list_entries()
        return {name: inode for name, inode in entries.items() if now.get(name) == inode}

    def remove(self, entries: Iterable[str]) -> None:
        unlink(entries)

    def condemn(self, entries: Entries) -> None:
        unlink(entries)

    def tidy(self) -> None:
        pass

    def clear(self, patience: float) -> None:
        pass


class NoShelf(OwnShelf):
    """Where there is none, or none that could be surveyed: nothing is ever found there."""

    def entries(self) -> Entries:
        return {}

    def since(self, before: Entries) -> Entries:
        return {}


def list_entries() -> Entries:
    """What lies on the shelf and belongs to this user; nothing where there is no such directory."""
    found: Entries = {}
    with contextlib.suppress(FileNotFoundError), os.scandir(SHELF) as directory:
        for entry in directory:
            with contextlib.suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                if status.st_uid == os.geteuid():
                    found[entry.name] = status.st_ino
    return found


def unlink(names: Iterable[str]) -> None:
    """Remove entries from the shelf."""
    for name in names:
        with contextlib.suppress(OSError):  # Gone meanwhile, or a directory: then it is nobody's semaphore.
            os.unlink(SHELF / name)


def describe(name: str) -> str:
    """What an entry is, in words."""
    return f"named semaphore: {name[len('sem.') :]}" if is_semaphore(name) else f"shared memory: {name}"


def is_semaphore(name: str) -> bool:
    """Whether an entry is a named semaphore."""
    return name.startswith("sem.")


def is_alike(one: str, other: str) -> bool:
    """Whether two entries may have been made by the same code: the same name but for a random part."""
    same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return same >= 4 and abs(len(one) - len(other)) <= 2
