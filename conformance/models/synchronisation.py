"""Models of the synchronisation primitives, for sequences of operations by several actors.

Runs in the interpreter under test: stdlib only, syntax of Python 3.8.
"""

from __future__ import annotations

from conformance.models.sequential import BLOCKS, Model, gives, raises

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Sequence, Tuple

    from conformance.models.actors import Outcome
    from conformance.models.sequential import Deed, Release

SOON = 0.01
"""Seconds: a timeout that is meant to expire."""
_ACQUIRE: List[Deed] = [("acquire", ()), ("acquire", (False,)), ("acquire", (True, SOON)), ("acquire", (True, 0))]
_RELEASE: Deed = ("release", ())
_BROKEN = raises("BrokenBarrierError")


class Counter(Model):
    """A semaphore, or a lock, which is one that never exceeds 1.

    most: the highest value that release may reach; None: any. tells: whether it offers get_value().
    """

    def __init__(self, value: int, most: Optional[int] = None, tells: bool = True) -> None:
        super().__init__()
        self._value = value
        self._most = most
        self._tells = tells

    def deeds(self, actor: int) -> List[Deed]:
        told: List[Deed] = [("get_value", ())] if self._tells else []
        return [*_ACQUIRE, _RELEASE, _RELEASE, *told]

    def expect(self, actor: int, deed: Deed) -> List[Outcome]:
        name, args = deed
        if name == "get_value":
            return [gives(self._value)]
        if name == "release":
            return [raises("ValueError") if self._value == self._most else gives(None)]
        if self._value:
            return [gives(True)]
        return [gives(False)] if args else [BLOCKS]

    def note(self, actor: int, deed: Deed, outcome: Outcome) -> None:
        if deed[0] == "acquire" and outcome == gives(True):
            self._value -= 1
        elif outcome == gives(None):
            self._value += 1

    def released(self) -> Release:
        return min(self._value, len(self.waiting)), list(self.waiting), [gives(True)]

    def relief(self, free: Sequence[int]) -> Tuple[int, Deed]:
        return free[0], _RELEASE


class Owned(Model):
    """An RLock: it belongs to the actor that acquired it, as often as that did."""

    def __init__(self) -> None:
        super().__init__()
        self._owner: Optional[int] = None
        self._depth = 0

    def deeds(self, actor: int) -> List[Deed]:
        return [*_ACQUIRE, _RELEASE, _RELEASE, _RELEASE]

    def expect(self, actor: int, deed: Deed) -> List[Outcome]:
        name, args = deed
        if name == "release":
            return [gives(None) if self._owner == actor else raises("AssertionError")]
        if self._owner in (None, actor):
            return [gives(True)]
        return [gives(False)] if args else [BLOCKS]

    def note(self, actor: int, deed: Deed, outcome: Outcome) -> None:
        if outcome == gives(True):
            self._owner = actor
            self._depth += 1
        elif outcome == gives(None):
            self._depth -= 1
            if not self._depth:
                self._owner = None

    def released(self) -> Release:
        return min(self._owner is None, len(self.waiting)), list(self.waiting), [gives(True)]

    def relief(self, free: Sequence[int]) -> Tuple[int, Deed]:
        assert self._owner is not None
        return self._owner, _RELEASE


class Flag(Model):
    """An Event."""

    def __init__(self) -> None:
        super().__init__()
        self._is_set = False

    def deeds(self, actor: int) -> List[Deed]:
        return [
            ("set", ()),
            ("clear", ()),
            ("clear", ()),
            ("is_set", ()),
            ("wait", ()),
            ("wait", (SOON,)),
            ("wait", (0,)),
        ]

    def expect(self, actor: int, deed: Deed) -> List[Outcome]:
        name, args = deed
        if name in ("set", "clear"):
            return [gives(None)]
        return [BLOCKS] if name == "wait" and not args and not self._is_set else [gives(self._is_set)]

    def note(self, actor: int, deed: Deed, outcome: Outcome) -> None:
        if deed[0] in ("set", "clear"):
            self._is_set = deed[0] == "set"

    def released(self) -> Release:
        return len(self.waiting) if self._is_set else 0, list(self.waiting), [gives(True)]

    def relief(self, free: Sequence[int]) -> Tuple[int, Deed]:
        return free[0], ("set", ())


class Meeting(Model):
    """A Condition whose lock is taken for each wait and notification, and which refuses both without it."""

    def __init__(self) -> None:
        super().__init__()
        self._to_wake = 0

    def deeds(self, actor: int) -> List[Deed]:
        # Most wait: what a notification does shows when several do.
        inside: List[Deed] = [("wait inside", ())] * 8 + [("wait inside", (SOON,)), ("wait inside", (0,))]
        inside += [("notify inside", ()), ("notify inside", (2,)), ("notify all inside", ())]
        return [*inside, ("notify", ()), ("notify_all", ()), ("wait", (0,))]

    def expect(self, actor: int, deed: Deed) -> List[Outcome]:
        name, args = deed
        if not name.endswith("inside"):
            return [raises("AssertionError")]
        if name != "wait inside":
            return [gives(None)]
        return [gives(False)] if args else [BLOCKS]

    def note(self, actor: int, deed: Deed, outcome: Outcome) -> None:
        name, args = deed
        if name == "notify all inside":
            self._to_wake = len(self.waiting)
        elif name == "notify inside":
            self._to_wake = min(args[0] if args else 1, len(self.waiting))
        elif outcome == gives(True):
            self._to_wake -= 1

    def released(self) -> Release:
        return self._to_wake, list(self.waiting), [gives(True)]

    def relief(self, free: Sequence[int]) -> Tuple[int, Deed]:
        return free[0], ("notify inside", ())


class Gathering(Model):
    """A Barrier for `parties`."""

    def __init__(self, parties: int) -> None:
        super().__init__()
        self._parties = parties
        self._is_broken = False
        self._leaving: List[Outcome] = []

    def deeds(self, actor: int) -> List[Deed]:
        often: List[Deed] = [("wait", ())] * 6
        return [*often, ("wait", (SOON,)), ("abort", ()), ("reset", ()), ("reset", ()), ("broken", ()), ("parties", ())]

    def expect(self, actor: int, deed: Deed) -> List[Outcome]:
        name, args = deed
        if name == "wait":
            if self._is_broken:
                return [_BROKEN]
            if len(self.waiting) + 1 == self._parties:
                return [gives(number) for number in range(self._parties)]
            return [_BROKEN] if args else [BLOCKS]
        return [gives({"broken": self._is_broken, "parties": self._parties}.get(name))]

    def note(self, actor: int, deed: Deed, outcome: Outcome) -> None:
        name = deed[0]
        if outcome in self._leaving:
            self._leaving.remove(outcome)
        elif name == "reset":
            self._leaving = [_BROKEN] * len(self.waiting)
            self._is_broken = False
        elif name == "abort" or (outcome == _BROKEN and not self._is_broken):
            self._leaving = [_BROKEN] * len(self.waiting)
            self._is_broken = True
        elif name == "wait" and outcome != _BROKEN:
            self._leaving = [gives(number) for number in range(self._parties) if gives(number) != outcome]

    def has_begun(self, thing: Any) -> bool:
        count: int = thing.n_waiting
        return count == len(self.waiting)

    def released(self) -> Release:
        return len(self._leaving), list(self.waiting), list(self._leaving)

    def relief(self, free: Sequence[int]) -> Tuple[int, Deed]:
        return free[0], ("abort", ())
