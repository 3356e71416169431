"""Barriers: processes wait for each other, and go on together.

Time is divided into generations; one ends when all parties have come, or by a reset. A party that finds
the generation in which it came over learns from a short history how it ended, so nobody has to wait until
the slowest, perhaps dead, has taken note. Parties leave their process ids: one that died while it waited
breaks the barrier, as its part of the work will not be done.
"""

from __future__ import annotations

import os
from threading import BrokenBarrierError
from time import monotonic

from ._platform.liveness import has_ended
from .condition import Condition
from .shared_ints import SharedInts
from .spawning import assert_spawning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .semaphores import Context

__all__ = ["Barrier"]

# The layout of the shared integers.
_GENERATION, _ARRIVED, _BROKEN, _HISTORY, _PIDS = range(5)

# Generations are counted, and their history kept, in so many bits.
_BITS = 0x7FFF_FFFF

# Seconds after which a party that waits looks whether the one beside it still lives.
_ROUND = 1.0


class Barrier:
    """A point that `parties` processes or threads pass together, again and again.

    action: called by one of them each time, before they go on. timeout: seconds, the default of `wait`.
    ctx: the context whose processes are to share it.
    Raises:
        ValueError: parties is less than one.
    Source: library documentation, "multiprocessing.Barrier", "threading.Barrier".
    """

    def __init__(
        self,
        parties: int,
        action: Callable[[], object] | None = None,
        timeout: float | None = None,
        *,
        ctx: Context,
    ) -> None:
        if parties < 1:
            raise ValueError("a barrier needs at least one party")
        self._adopt(parties, action, timeout, Condition(ctx=ctx), SharedInts(_PIDS + parties, ctx=ctx))

    def _adopt(
        self,
        parties: int,
        action: Callable[[], object] | None,
        timeout: float | None,
        cond: Condition,
        ints: SharedInts,
    ) -> None:
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._cond = cond
        self._ints = ints
        self._cells = ints.cells

    def __getstate__(self) -> tuple[Any, ...]:
        assert_spawning(self)
        return self._parties, self._action, self._timeout, self._cond, self._ints

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._adopt(*state)

    def __repr__(self) -> str:
        state = "broken" if self.broken else f"waiters={self.n_waiting}/{self.parties}"
        return f"<{type(self).__module__}.{type(self).__qualname__} at {id(self):#x}: {state}>"

    @property
    def parties(self) -> int:
        """How many must come for the barrier to open."""
        return self._parties

    @property
    def n_waiting(self) -> int:
        """How many wait now."""
        return 0 if self.broken else self._cells[_ARRIVED]

    @property
    def broken(self) -> bool:
        """Whether the barrier is broken, until a reset."""
        return self._cells[_BROKEN] != 0

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the other parties; return a number from 0 to parties - 1, a different one to each.

        timeout: seconds, after which the barrier breaks; None: the barrier's own.
        Raises:
            threading.BrokenBarrierError: the barrier was broken, or reset while we waited, or a party died.
        """
        if timeout is None:
            timeout = self._timeout
        deadline = None if timeout is None else monotonic() + timeout
        with self._cond:
            if self.broken:
                raise BrokenBarrierError("the barrier is broken")
            index = self._cells[_ARRIVED]
            self._cells[_PIDS + index] = os.getpid()
            self._cells[_ARRIVED] = index + 1
            generation = self._cells[_GENERATION]
            try:
                if index + 1 == self._parties:
                    self._open()
                else:
                    self._await_end(generation, index, deadline)
            except BaseException:
                # Whatever makes a party leave: the others would wait for it in vain.
                if self._cells[_GENERATION] == generation:
                    self._break()
                raise
            return index

    def reset(self) -> None:
        """Empty and mend the barrier. Those who wait get BrokenBarrierError."""
        with self._cond:
            if self.broken or self._cells[_ARRIVED]:
                self._end_generation(by_reset=True)

    def abort(self) -> None:
        """Break the barrier: waits raise BrokenBarrierError, those under way and later ones, until a reset."""
        with self._cond:
            self._break()

    def _open(self) -> None:
        cells = self._cells
        others = set(cells[_PIDS : _PIDS + self._parties].tolist()) - {os.getpid()}
        if any(map(has_ended, others)):
            raise BrokenBarrierError("a party has died while it waited")
        if self._action is not None:
            self._action()
        self._end_generation(by_reset=False)

    def _await_end(self, generation: int, index: int, deadline: float | None) -> None:
        cells = self._cells
        while cells[_GENERATION] == generation:
            if self.broken:
                raise BrokenBarrierError("the barrier was broken")
            remaining = _ROUND if deadline is None else deadline - monotonic()
            if remaining <= 0:
                raise BrokenBarrierError("the other parties did not come in time")
            if not self._cond.wait(min(remaining, _ROUND)) and self._neighbour_ended(index):
                raise BrokenBarrierError("a party has died while it waited")
        if cells[_HISTORY] >> ((cells[_GENERATION] - generation - 1) & _BITS) & 1:
            raise BrokenBarrierError("the barrier was reset")

    def _neighbour_ended(self, index: int) -> bool:
        """Whether the next party in a ring of those who came has died: of each that dies, one learns."""
        neighbour = self._cells[_PIDS + (index + 1) % max(self._cells[_ARRIVED], 1)]
        return neighbour != os.getpid() and has_ended(neighbour)

    def _break(self) -> None:
        self._cells[_BROKEN] = 1
        self._cond.notify_all()

    def _end_generation(self, *, by_reset: bool) -> None:
        cells = self._cells
        cells[_HISTORY] = (cells[_HISTORY] << 1 | by_reset) & _BITS
        cells[_GENERATION] = (cells[_GENERATION] + 1) & _BITS
        cells[_ARRIVED] = cells[_BROKEN] = 0
        self._cond.notify_all()
