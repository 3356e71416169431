"""The models accuse what no correct object can do, and nothing that one can."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.models import history
from conformance.models.actors import _carry_out
from conformance.models.queueing import Row
from conformance.models.sequential import Player
from conformance.models.synchronisation import Counter, Owned
from conformance.subject import Deviation

A, B = ((0, 0), (1.0, 2.0)), ((0, 1), (3.0, 4.0))


def accuses(check: Callable[..., None], *args: Any) -> str:
    with pytest.raises(Deviation) as caught:
        check(*args)
    return f"{caught.value.expected}; {caught.value.got}"


def test_delivery():
    history.check_delivery([A, B], [(B[0], (3.5, 3.6)), (A[0], (0.0, 1.0))])
    assert "lost" in accuses(history.check_delivery, [A, B], [(A[0], (5, 6))])
    assert "twice" in accuses(history.check_delivery, [A], [(A[0], (5, 6)), (A[0], (7, 8))])
    assert "was taken" in accuses(history.check_delivery, [A], [B])
    assert "before" in accuses(history.check_delivery, [A], [(A[0], (0.0, 0.9))])


def test_order_accuses_only_what_is_certain():
    overlapping = [(A[0], (5.0, 7.0)), (B[0], (4.0, 6.0))]
    history.check_order([A, B], overlapping)
    history.check_order([(A[0], (1.0, 3.5)), B], [(A[0], (9.0, 9.5)), (B[0], (8.0, 8.5))])
    assert "(0, 0) before (0, 1)" in accuses(history.check_order, [A, B], [(A[0], (6.0, 7.0)), (B[0], (4.0, 5.0))])


def test_bound():
    puts = [(number, (number, number + 0.5)) for number in range(3)]
    history.check_bound(puts, [(0, (2.4, 9.0))], 2)
    assert "3 items" in accuses(history.check_bound, puts, [(0, (2.6, 9.0))], 2)


def test_exclusion():
    history.check_exclusion([(1.0, 2.0), (2.0, 3.0)])
    assert "2 were inside" in accuses(history.check_exclusion, [(1.0, 2.0), (1.9, 3.0)])
    history.check_exclusion([(1.0, 2.0), (1.9, 3.0)], 2)


def test_generations():
    history.check_generations([[(0, (1.0, 4.0))], [(1, (2.0, 3.0))]], 2)
    assert "one went early" in accuses(history.check_generations, [[(0, (1.0, 1.5))], [(1, (2.0, 3.0))]], 2)
    assert "[0, 0]" in accuses(history.check_generations, [[(0, (1.0, 4.0))], [(0, (2.0, 3.0))]], 2)


class Alone:
    """A stage on which every operation ends at once, in this thread, by one of two actors."""

    def __init__(self, thing: Any) -> None:
        self.objects = (thing,)
        self.free = [0]

    def perform(self, actor: int, order: Any) -> Any:
        return _carry_out(None, self.objects, order)  # type: ignore[arg-type]  # no waiting inside, no link

    def ended(self, actors: Any, wait: bool = False) -> list[int]:
        return []


def sequence(thing: Any, model: Any) -> None:
    Player(Alone(thing), 0, model, Random(1).choice, True).play(60)  # type: ignore[arg-type]  # a stage in all that is used


def test_sequences_accuse_a_semaphore_that_admits_everybody():
    broken = SimpleNamespace(acquire=lambda *args: True, release=lambda: None)
    assert accuses(sequence, broken, Counter(1, most=1, tells=False))


def test_sequences_accuse_an_rlock_that_anybody_releases():
    broken = SimpleNamespace(acquire=lambda *args: True, release=lambda: None)
    with pytest.raises(Deviation) as caught:
        sequence(broken, Owned())
    assert caught.value.expected == "raises 'AssertionError'"
    assert "actor 0: release()" in caught.value.message


def test_sequences_pass_and_accuse_queues():
    items: list[Any] = []
    good = SimpleNamespace(put=items.append, get=lambda: items.pop(0), empty=lambda: not items)
    sequence(good, Row())
    items.clear()
    stack = SimpleNamespace(put=items.append, get=items.pop, empty=lambda: not items)
    with pytest.raises(Deviation):
        sequence(stack, Row())
