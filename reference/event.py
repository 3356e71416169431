"""Events: a flag that processes can wait for.

The flag is a note on the roll of a condition, read and cleared without its lock. Setting it takes the lock, which is
recursive, and waits for nobody to wake up; so a signal handler may set an event whatever the thread that it
interrupts is doing with it.
"""

from __future__ import annotations

from _thread import get_ident
from time import monotonic

from .condition import Condition
from .spawning import assert_spawning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .semaphores import Context

__all__ = ["Event"]


class Event:
    """A flag, not set at first.

    ctx: the context whose processes are to share it.
    Source: library documentation, "multiprocessing.Event".
    """

    def __init__(self, *, ctx: Context) -> None:
        self._cond = Condition(ctx=ctx)
        self._roll = self._cond._sleeping_count

    def __getstate__(self) -> Condition:
        assert_spawning(self)
        return self._cond

    def __setstate__(self, cond: Condition) -> None:
        self._cond = cond
        self._roll = cond._sleeping_count

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__} at {id(self):#x} {'set' if self.is_set() else 'unset'}>"

    def is_set(self) -> bool:
        """Whether the flag is set."""
        return self._roll.note != 0

    def set(self) -> None:
        """Set the flag and wake all who wait for it."""
        cond = self._cond
        if get_ident() in cond._acquiring:
            # We are a signal handler, called amid an acquire of the lock, which may or may not have got it. Without
            # the lock somebody who begins to wait now may take the token of one who waits already, but only
            # if the event is cleared at this very moment.
            self._roll.note = 1
            cond._wake_all()
            return
        cond._acquire()
        try:
            self._roll.note = 1
            cond._wake_all()
        finally:
            cond.release()

    def clear(self) -> None:
        """Take the flag back; from now on `wait` waits."""
        self._roll.note = 0

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the flag is set. False if that did not happen in time.

        timeout: seconds; None waits for ever. Who was woken gets True, even if the flag was cleared at once.
        """
        if self.is_set():
            return True
        deadline = None if timeout is None else monotonic() + timeout
        cond = self._cond
        cond._acquire()
        try:
            place = cond._enlist(deadline)
            if place is None:
                return self.is_set()
            # Only now, on the roll: whoever sets the flag after this look, be it a handler, sees us and wakes us.
            if self.is_set():
                self._roll.leave(place)
                return True
            return cond._sleep(place, deadline) or self.is_set()
        finally:
            cond.release()
