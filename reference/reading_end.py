"""Where several processes and threads take messages from one pipe, each message by one of them.

Whoever finds nothing waits in poll() without the lock: an idle reader that is killed leaves nothing behind. The lock
is held from the look that finds a message until that message is read, and no longer.
Above: `queues`, `simple_queue`.
"""

from __future__ import annotations

from time import monotonic

from ._platform.polling import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .connection import Connection
    from .semaphores import Lock

__all__ = ["ReadingEnd"]

# How long, in seconds, the lock is waited for at a stretch. Who has it may never give it back, as a pool that ends its
# workers does not, and may have taken what came; and a signal that comes just before the system call does not interrupt
# it: its handler, which may be to end this process, would only run at its end.
_STRETCH = 1.0


class ReadingEnd:
    """The reading end of a pipe, with the lock that all its readers share."""

    __slots__ = ("_acquire", "_fileno", "_flows", "_reader", "_release", "_take", "_watch")

    def __init__(self, reader: Connection, lock: Lock) -> None:
        self._reader = reader
        self._fileno = reader.fileno
        self._acquire = lock.acquire
        self._release = lock.release
        self.renew()

    def renew(self) -> None:
        """Make what threads share anew, in a forked child."""
        self._take = self._reader._taker()
        self._watch = Watch(self._fileno())
        self._flows = True  # whether the last look found something

    def take_now(self) -> bytes | None:
        """The next message; None when none is at hand, or others are just taking one.

        Raises:
            EOFError: nothing is left and nobody can write any more.
            OSError: the end is closed here.
        """
        if not self._acquire(False):
            return None
        try:
            # The descriptor is asked for each time: the connection may have been closed since.
            message = self._take(self._fileno(), self._flows)
            self._flows = message is not None
            return message
        finally:
            self._release()

    def take(self, timeout: float | None) -> bytes | None:
        """The next message; None when it did not come within `timeout` seconds.

        Raises:
            EOFError, OSError: as `take_now`.
        """
        deadline = None if timeout is None else monotonic() + timeout
        remaining = timeout
        while True:
            came = self._watch.ready(remaining)
            if deadline is not None:
                remaining = deadline - monotonic()
            if came:
                if self._acquire(True, _STRETCH if remaining is None else min(remaining, _STRETCH)):
                    try:
                        # Others wait as we do: that all are woken does not mean that there is something for all.
                        message = self._take(self._fileno(), True)
                        if message is not None:
                            return message
                    finally:
                        self._release()
                elif deadline is not None:
                    remaining = deadline - monotonic()
            if remaining is not None and remaining <= 0:
                return None
