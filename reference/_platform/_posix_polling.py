"""Waiting for descriptors on POSIX, by poll(2)."""

from __future__ import annotations

import _thread
import select
import sys
from time import monotonic

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# poll(2) counts milliseconds in an int; longer waits are made of several.
_LONGEST = 2_000_000.0


def ready_handles(handles: Iterable[int], timeout: float | None) -> list[int]:
    """Those of `handles` from which a read would not block, in the order given; end of file and errors count.

    timeout: seconds; None waits for ever; zero or less polls once. A signal whose handler returns
    does not cut the wait short.
    """
    poller = select.poll()
    register = poller.register
    for handle in handles:
        register(handle, select.POLLIN)
    return [handle for handle, _ in _poll(poller, timeout)]


class Watch:
    """Handles that are looked at again and again, all at once. Threads and signal handlers may share it.

    handles: the first of them; see `add`.
    """

    def __init__(self, *handles: int) -> None:
        self._handles: set[int] = set()
        self._poller = select.poll()
        self._looking = _thread.allocate_lock()
        for handle in handles:
            self.add(handle)

    def add(self, handle: int) -> None:
        """Look at `handle` too. It must be discarded before it is closed."""
        self._handles.add(handle)
        self._poller.register(handle, select.POLLIN)

    def discard(self, handle: int) -> None:
        """Look at it no more."""
        if handle in self._handles:
            self._handles.discard(handle)
            self._poller.unregister(handle)

    def ready(self, timeout: float | None = 0) -> list[int]:
        """Those from which a read would not block. timeout: as for `ready_handles`."""
        # A poll object serves one at a time: not another thread, nor a signal handler that interrupts a look.
        if not self._looking.acquire(False):
            return ready_handles(list(self._handles), timeout)
        try:
            return [handle for handle, _ in _poll(self._poller, timeout)]
        finally:
            self._looking.release()


def _poll(poller: select.poll, timeout: float | None) -> list[tuple[int, int]]:
    if timeout is None:
        while not (found := poller.poll()):
            pass  # PyPy's ends, with nothing, when a signal has been handled
        return found
    if timeout <= 0:
        return poller.poll(0)
    if timeout <= _LONGEST:
        return poller.poll(timeout * 1000)
    return _poll_long(poller, timeout)


def _poll_long(poller: select.poll, timeout: float) -> list[tuple[int, int]]:
    deadline = monotonic() + timeout
    found: list[tuple[int, int]] = []
    while not found and (left := deadline - monotonic()) > 0:
        found = poller.poll(min(left, _LONGEST) * 1000)
    return found
