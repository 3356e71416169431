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
    if timeout is None:
        while not (found := poller.poll()):
            pass  # PyPy's ends, with nothing, when a signal has been handled
    elif timeout <= 0:
        found = poller.poll(0)
    elif timeout <= _LONGEST:
        found = poller.poll(timeout * 1000)
    else:
        found = _poll_long(poller, timeout)
    return [handle for handle, _ in found]


class Watch:
    """Handles that are looked at again and again, all at once."""

    def __init__(self) -> None:
        self._handles: set[int] = set()
        self._poller = select.poll()
        self._looking = _thread.allocate_lock()

    def add(self, handle: int) -> None:
        """Look at `handle` too. It must be discarded before it is closed."""
        self._handles.add(handle)
        self._poller.register(handle, select.POLLIN)

    def discard(self, handle: int) -> None:
        """Look at it no more."""
        if handle in self._handles:
            self._handles.discard(handle)
            self._poller.unregister(handle)

    def ready(self) -> list[int]:
        """Those from which a read would not block, now."""
        # A poll object serves one at a time: not another thread, nor a signal handler that interrupts a look.
        if not self._looking.acquire(False):
            return ready_handles(list(self._handles), 0)
        try:
            return [handle for handle, _ in self._poller.poll(0)]
        finally:
            self._looking.release()


def _poll_long(poller: select.poll, timeout: float) -> list[tuple[int, int]]:
    deadline = monotonic() + timeout
    found: list[tuple[int, int]] = []
    while not found and (left := deadline - monotonic()) > 0:
        found = poller.poll(min(left, _LONGEST) * 1000)
    return found
