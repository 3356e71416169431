"""The shelf where it is shared with the whole machine, and who left what there.

All cells of all workers, and every other program, use it; nothing in it tells who made it. So a cell
runs under a shared lock, and whoever suspects a leak repeats the cell under the exclusive one, when no
other cell lives whose helpers might yet remove what they made. What another program may own is not
touched: see `_TRADE_NAMES`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from conformance.shelf import SHELF, Entries, list_entries, unlink

_TURNSTILE = Path("/dev")
_PATIENCE = 300.0
"""Seconds to wait for a lock. Who holds one longer is stopped, or no part of a suite: then go on without."""
_TRADE_NAMES = re.compile(r"sem\.mp-|psm_|pym-|mp-")
"""How multiprocessing and its kin call what they make, which serves nobody once no living process uses it.
Others' data may lie on the shelf with nobody using it, and wait for its owner."""


class CommonShelf:
    """The shelf as one worker sees it.

    The locks are taken on directories that every program on the machine has in common, so that runs
    that know nothing of each other respect each other, and no lock file stays behind. Who waits to be
    alone holds the turnstile: the others, who take and leave shared locks all the time, cannot starve him.

    pause: called while waiting for a lock; may raise to give up.
    """

    certain = False

    def __init__(self, pause: Callable[[], None]) -> None:
        self._pause = pause
        self._lock = _open_directory(SHELF)
        self._turnstile = _open_directory(_TURNSTILE)
        self._alone = False
        self._debris: Entries = {}

    def entries(self) -> Entries:
        """As `Shelf.entries`."""
        return list_entries()

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """Hold off those who want to be alone."""
        if self._alone:
            yield
            return
        self._take(self._turnstile, fcntl.LOCK_SH)
        self._take(self._lock, fcntl.LOCK_SH)
        _release(self._turnstile)
        try:
            yield
        finally:
            _release(self._lock)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only one of all workers who runs a cell."""
        self._take(self._turnstile, fcntl.LOCK_EX)
        try:
            self._take(self._lock, fcntl.LOCK_EX)
            self._alone = True
            yield
        finally:
            self._alone = False
            _release(self._lock)
            _release(self._turnstile)

    def _take(self, handle: int | None, kind: int) -> None:
        delay, deadline = 0.0005, time.monotonic() + _PATIENCE
        while not _try_lock(handle, kind) and time.monotonic() < deadline:
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
        self._debris.update((name, inode) for name, inode in entries.items() if _TRADE_NAMES.match(name))

    def tidy(self) -> None:
        """Remove what was condemned, if no other worker runs a cell just now."""
        if not self._debris or not _try_lock(self._lock, fcntl.LOCK_EX):
            return
        try:
            self.remove(self.remaining(self._debris))
            self._debris.clear()
        finally:
            _release(self._lock)

    def clear(self, patience: float) -> None:
        """Remove what was condemned, waiting up to `patience` seconds for the others."""
        deadline = time.monotonic() + patience
        self.tidy()
        while self._debris and time.monotonic() < deadline:
            time.sleep(0.02)
            self.tidy()

    def remove(self, entries: Iterable[str]) -> None:
        """As `Shelf.remove`."""
        unlink(entries)


def _open_directory(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None  # No such directory on this platform: nothing to lock, nothing to survey.


def _try_lock(handle: int | None, kind: int) -> bool:
    if handle is None:
        return True
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # A file system without locks: nobody else can hold one either.
    return True


def _release(handle: int | None) -> None:
    if handle is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)


def _unused(entries: Entries) -> Entries:
    """Those of `entries` that no living process has open or mapped."""
    free = dict(entries)
    for name in os.listdir("/proc") if free else ():
        if not name.isdigit() or not free:
            continue
        used = _uses(f"/proc/{name}")
        for taken in [entry for entry, inode in free.items() if inode in used]:
            del free[taken]
    return free


def _uses(process: str) -> set[int]:
    """Inodes of the entries that a process uses; none of one that is gone or another user's.

    Not their names: glibc maps a new semaphore under a temporary name, links it to its own and removes
    the first, so that a living semaphore looks deleted in the list of mappings.
    """
    found: set[int] = set()
    prefix = f"{SHELF}/"
    with contextlib.suppress(OSError):
        maps = Path(process, "maps").read_text(errors="surrogateescape")
        if prefix in maps:
            found |= {int(line.split(None, 5)[4]) for line in maps.splitlines() if prefix in line}
    with contextlib.suppress(OSError):
        for handle in os.listdir(f"{process}/fd"):
            with contextlib.suppress(OSError):
                if os.readlink(f"{process}/fd/{handle}").startswith(prefix):
                    found.add(os.stat(f"{process}/fd/{handle}").st_ino)
    return found
