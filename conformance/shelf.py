"""The directory where named semaphores and shared memory live, and who left what there.

All cells of all workers, and every other program, share it; nothing in it tells who made it. So a
cell runs under a shared lock, and whoever suspects a leak repeats the cell under the exclusive one,
when no other cell lives whose helpers might yet remove what they made. What another program may own is
never touched: see `is_ours`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

SHELF = Path("/dev/shm")
_TRADE_NAMES = re.compile(r"sem\.|psm_|pym-|mp-|wnsm_")
"""How semaphores, shared memory and arenas of multiprocessing and its kin are called."""

Entries = dict[str, int]
"""Name to inode: a name that was used again is another entry."""


class Shelf:
    """The shelf as one worker sees it.

    turnstile: a file that all workers of a run share: who waits for the exclusive lock holds it, so
        that the others, who take and leave shared ones all the time, cannot starve him.
    pause: called while waiting for a lock; may raise to give up.
    """

    def __init__(self, turnstile: Path, pause: Callable[[], None]) -> None:
        self._pause = pause
        self._turnstile = os.open(turnstile, os.O_RDWR | os.O_CREAT, 0o600)
        self._lock: int | None = None
        with contextlib.suppress(OSError):  # No such directory on this platform: nothing to survey.
            self._lock = os.open(SHELF, os.O_RDONLY | os.O_DIRECTORY)
        self._alone = False
        self._debris: Entries = {}

    def entries(self) -> Entries:
        """What lies there now and belongs to this user."""
        found: Entries = {}
        with contextlib.suppress(FileNotFoundError), os.scandir(SHELF) as directory:
            for entry in directory:
                with contextlib.suppress(FileNotFoundError):
                    status = entry.stat(follow_symlinks=False)
                    if status.st_uid == os.geteuid():
                        found[entry.name] = status.st_ino
        return found

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """Hold off those who want to be alone."""
        if self._lock is None or self._alone:
            yield
            return
        self._take(self._turnstile, fcntl.LOCK_SH)
        self._take(self._lock, fcntl.LOCK_SH)
        fcntl.flock(self._turnstile, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only one of all workers who runs a cell."""
        if self._lock is None:
            yield
            return
        self._take(self._turnstile, fcntl.LOCK_EX)
        try:
            self._take(self._lock, fcntl.LOCK_EX)
            self._alone = True
            yield
        finally:
            self._alone = False
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            fcntl.flock(self._turnstile, fcntl.LOCK_UN)

    def _take(self, handle: int, kind: int) -> None:
        delay = 0.0005
        while not _try_lock(handle, kind):
            self._pause()
            time.sleep(delay)
            delay = min(delay * 2, 0.02)

    def since(self, before: Entries) -> Entries:
        """What is there now, was not then, and nobody alive has open or mapped."""
        now = self.entries()
        fresh = {name: inode for name, inode in now.items() if before.get(name) != inode}
        return _unused(fresh) if fresh else fresh

    def remaining(self, entries: Entries) -> Entries:
        """Those of `entries` that are still there and unused."""
        now = self.entries()
        return _unused({name: inode for name, inode in entries.items() if now.get(name) == inode})

    def condemn(self, entries: Entries) -> None:
        """Have `entries` removed as soon as no cell lives that might need them."""
        self._debris.update((name, inode) for name, inode in entries.items() if is_ours(name))

    def tidy(self) -> None:
        """Remove what was condemned, if no other worker runs a cell just now."""
        if not self._debris or self._lock is None or not _try_lock(self._lock, fcntl.LOCK_EX):
            return
        try:
            self.remove(self.remaining(self._debris))
            self._debris.clear()
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def clear(self, patience: float) -> None:
        """Remove what was condemned, waiting up to `patience` seconds for the others."""
        deadline = time.monotonic() + patience
        self.tidy()
        while self._debris and time.monotonic() < deadline:
            time.sleep(0.02)
            self.tidy()

    def remove(self, entries: Iterable[str]) -> None:
        """Unlink `entries`."""
        for name in entries:
            with contextlib.suppress(OSError):  # Gone meanwhile, or a directory: then it is nobody's semaphore.
                os.unlink(SHELF / name)


def _try_lock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_ours(name: str) -> bool:
    """Whether an entry may be removed on suspicion: others' data may lie on the shelf with nobody using it."""
    return _TRADE_NAMES.match(name) is not None


def is_alike(one: str, other: str) -> bool:
    """Whether two entries may have been made by the same code: both semaphores, or both not."""
    return one.startswith("sem.") == other.startswith("sem.")


def _unused(entries: Entries) -> Entries:
    """Those of `entries` that no living process has open or mapped."""
    free = dict(entries)
    for name in os.listdir("/proc") if free else ():
        if not name.isdigit() or not free:
            continue
        used = _uses(f"/proc/{name}")
        for taken in [name for name in free if name in used]:
            del free[taken]
    return free


def _uses(process: str) -> set[str]:
    """Names of the entries that a process uses; none of one that is gone or another user's."""
    found: set[str] = set()
    prefix = f"{SHELF}/"
    with contextlib.suppress(OSError):
        maps = Path(process, "maps").read_text(errors="surrogateescape")
        if prefix in maps:
            lines = maps.splitlines()
            found |= {line.partition(prefix)[2] for line in lines if prefix in line}
    with contextlib.suppress(OSError):
        for handle in os.listdir(f"{process}/fd"):
            with contextlib.suppress(OSError):
                path = os.readlink(f"{process}/fd/{handle}")
                if path.startswith(prefix):
                    found.add(path[len(prefix) :])
    return found
