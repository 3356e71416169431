"""Models of the three queues, for sequences of operations by several actors.

Runs in the interpreter under test: stdlib only, syntax of Python 3.8.
"""

from __future__ import annotations

import itertools

from conformance.models.sequential import BLOCKS, Model, gives, raises
from conformance.models.synchronisation import SOON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Sequence, Tuple

    from conformance.models.actors import Outcome
    from conformance.models.sequential import Deed, Release

LATE = 600.0
"""Seconds: a timeout that must not expire."""


class Line(Model):
    """A Queue of at most `size` items; zero: of any number. What one actor puts comes out in its order."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size
        self._serials = itertools.count()
        self._items: Dict[int, List[Any]] = {}

    @property
    def _count(self) -> int:
        return sum(map(len, self._items.values()))

    @property
    def _is_full(self) -> bool:
        return 0 < self._size <= self._count

    def deeds(self, actor: int) -> List[Deed]:
        item = (actor, next(self._serials))
        puts: List[Deed] = [
            ("put", (item,)),
            ("put", (item, False)),
            ("put", (item, True, SOON)),
            ("put_nowait", (item,)),
        ]
        gets: List[Deed] = [
            ("get", ()),
            ("get", (True, LATE)),
            ("get", (False,)),
            ("get", (True, SOON)),
            ("get_nowait", ()),
        ]
        return [*puts, *gets, ("qsize", ()), ("full", ()), ("empty", ())]

    def expect(self, actor: int, deed: Deed) -> List[Outcome]:
        name, args = deed
        if name.startswith("put"):
            if not self._is_full:
                return [gives(None)]
            return [BLOCKS] if name == "put" and len(args) == 1 else [raises("Full")]
        if name.startswith("get"):
            patient = name == "get" and args in ((), (True, LATE))
            if not self._count:
                return [BLOCKS] if patient else [raises("Empty")]
            # An item that was put may still be on its way.
            return self._heads() if patient else [*self._heads(), raises("Empty")]
        if name == "empty":
            return [gives(True)] if not self._count else [gives(True), gives(False)]
        return [gives(self._count if name == "qsize" else self._is_full)]

    def _heads(self) -> List[Outcome]:
        return [gives(items[0]) for items in self._items.values() if items]

    def note(self, actor: int, deed: Deed, outcome: Outcome) -> None:
        name, args = deed
        if name.startswith("put") and outcome == gives(None):
            self._items.setdefault(actor, []).append(args[0])
        elif name.startswith("get") and outcome[0] == "gives":
            self._items[outcome[1][0]].pop(0)

    def released(self) -> Release:
        puts = [actor for actor, deed in self.waiting.items() if deed[0] == "put"]
        if puts and not self._is_full:
            return min(len(puts), self._size - self._count), puts, [gives(None)]
        gets = [actor for actor, deed in self.waiting.items() if deed[0] == "get"]
        return min(len(gets), self._count), gets, self._heads()

    def relief(self, free: Sequence[int]) -> Tuple[int, Deed]:
        if any(deed[0] == "get" for deed in self.waiting.values()):
            return free[0], ("put", ((free[0], next(self._serials)),))
        return free[0], ("get", ())


class Duties(Line):
    """A JoinableQueue: it also counts what has been put and not been dealt with."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._unfinished = 0

    def deeds(self, actor: int) -> List[Deed]:
        return [
            *super().deeds(actor),
            ("task_done", ()),
            ("task_done", ()),
            ("task_done", ()),
            ("join", ()),
            ("join", ()),
        ]

    def expect(self, actor: int, deed: Deed) -> List[Outcome]:
        if deed[0] == "task_done":
            return [gives(None) if self._unfinished else raises("ValueError")]
        if deed[0] == "join":
            return [BLOCKS if self._unfinished else gives(None)]
        return super().expect(actor, deed)

    def note(self, actor: int, deed: Deed, outcome: Outcome) -> None:
        super().note(actor, deed, outcome)
        if outcome == gives(None):
            self._unfinished += deed[0].startswith("put")
            self._unfinished -= deed[0] == "task_done"

    def released(self) -> Release:
        joins = [actor for actor, deed in self.waiting.items() if deed[0] == "join"]
        if joins and not self._unfinished:
            return len(joins), joins, [gives(None)]
        return super().released()

    def relief(self, free: Sequence[int]) -> Tuple[int, Deed]:
        if any(deed[0] == "join" for deed in self.waiting.values()):
            return free[0], ("task_done", ())
        return super().relief(free)


class Row(Model):
    """A SimpleQueue: what has been put is there at once, in the order of putting, whoever put it."""

    def __init__(self) -> None:
        super().__init__()
        self._serials = itertools.count()
        self._items: List[Any] = []

    def deeds(self, actor: int) -> List[Deed]:
        return [("put", ((actor, next(self._serials)),)), ("get", ()), ("empty", ())]

    def expect(self, actor: int, deed: Deed) -> List[Outcome]:
        if deed[0] == "put":
            return [gives(None)]
        if deed[0] == "empty":
            return [gives(not self._items)]
        return [gives(self._items[0])] if self._items else [BLOCKS]

    def note(self, actor: int, deed: Deed, outcome: Outcome) -> None:
        if deed[0] == "put":
            self._items.append(deed[1][0])
        elif deed[0] == "get":
            self._items.pop(0)

    def released(self) -> Release:
        return min(len(self.waiting), len(self._items)), list(self.waiting), [gives(item) for item in self._items[:1]]

    def relief(self, free: Sequence[int]) -> Tuple[int, Deed]:
        return free[0], ("put", ((free[0], next(self._serials)),))
