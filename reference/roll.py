"""Who sleeps in a condition: a list of process ids in shared memory.

It is what lets the living know of the dead: a process killed in its sleep stays on the list, and can be
found out. Knows no locks: unless said otherwise, methods are called under the lock of the condition.
Above: `condition`, `event`.
"""

from __future__ import annotations

import os

from ._platform.liveness import has_ended
from .shared_ints import SharedInts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .semaphores import Context

__all__ = ["Roll"]

# The layout: how many places were ever in use; room for notes; the places.
_USED = 0
_NOTE = 1
_FIRST = 4
_CAPACITY = 16 * 1024  # untouched memory costs nothing


class Roll:
    """The sleepers of one condition. Each has a place, which holds the id of its process.

    A place in use is positive while its owner sleeps and negative from its waking until it has left.
    Every method may be interrupted by a signal handler that calls others: no step leaves a gap in between.
    """

    __slots__ = ("_cells", "_ints")

    def __init__(self, *, ctx: Context) -> None:
        self._ints = SharedInts(_CAPACITY, ctx=ctx)
        self._cells = self._ints.cells

    def __getstate__(self) -> SharedInts:
        return self._ints

    def __setstate__(self, ints: SharedInts) -> None:
        self._ints = ints
        self._cells = ints.cells

    @property
    def note(self) -> int:
        """A number for whoever holds the condition; may be read without the lock."""
        return self._cells[_NOTE]

    @note.setter
    def note(self, number: int) -> None:
        self._cells[_NOTE] = number

    def enter(self) -> int:
        """Take a place for this process and return it.

        Raises:
            RuntimeError: thousands sleep already, and there is no place left.
        """
        places = self._places()
        place = places.index(0) if 0 in places else len(places)
        if _FIRST + place >= _CAPACITY:
            raise RuntimeError(f"{place} processes and threads wait already: no more can")
        if place == len(places):
            # Never lowered: an interrupting handler that comes and goes must not hide the place we are taking.
            self._cells[_USED] = place + 1
        self._cells[_FIRST + place] = os.getpid()
        return place

    def wake(self, place: int) -> None:
        """The owner of `place` does not sleep any more. Called by it, without the lock."""
        self._cells[_FIRST + place] = -os.getpid()

    def leave(self, place: int) -> None:
        """Give `place` back."""
        self._cells[_FIRST + place] = 0

    def asleep(self) -> int:
        """How many sleep."""
        return sum(pid > 0 for pid in self._places())

    def strike_dead(self) -> None:
        """Give back the places of processes that have ended."""
        places = self._places()
        dead = {pid for pid in {*map(abs, places)} - {0, os.getpid()} if has_ended(pid)}
        for place, pid in enumerate(places):
            if abs(pid) in dead:
                self.leave(place)

    def get_value(self) -> int:
        """How many are on the list, awake or not."""
        return sum(pid != 0 for pid in self._places())

    def _places(self) -> list[int]:
        return self._cells[_FIRST : _FIRST + self._cells[_USED]].tolist()
