"""Show mutants to the specs that run the changed line, the likeliest first, until one notices.

A spec that fails on a mutant is asked again without the fault: what it says counts only if it passes then.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.broken.prove import Bench
from conformance.isolation import Isolation, Plan
from conformance.matrix import Cell
from conformance.mutation.judging import SURVIVED, Found, Judging, words
from conformance.mutation.mutants import Mutant
from conformance.mutation.touches import CellName, Touches
from conformance.outcome import Outcome, Verdict

_ENOUGH = 3
"""Cells that are shown a mutant after one has hung or crashed on it, in the hope for one that fails in good order."""
_SHORTEST = 10.0
"""Seconds, unscaled, that any cell is given; a hung one is not worth a spec's whole deadline."""
_STRETCH = 4.0
"""How many times longer than without a fault a cell may take."""


class Hunt(Judging[CellName]):
    """Judges the mutants of one base.

    cells: those that may judge. most: how many of them are shown a mutant at most; None: all.
    """

    def __init__(self, bench: Bench, touches: Touches, cells: Sequence[Cell], most: int | None) -> None:
        super().__init__(bench)
        self._touches = touches
        self._cells: dict[CellName, Cell] = {(cell.spec.name, cell.method): cell for cell in cells}
        self._by_line = touches.by_line()
        self._most = most
        self._noticed: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._sizes = Counter(self._cells[name].requirement.subject for name in touches.cells)

    def remember(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Learn from earlier catches which specs notice what."""
        for row in rows:
            if row["spec"]:
                self._noticed[row["file"], row["inside"]][row["spec"]] += 1

    def _ask(self, isolation: Isolation, mutant: Mutant, order: Sequence[CellName], place: str) -> Found:
        seen, shown = self._show(isolation, order, place)
        if seen is None:
            return Found(SURVIVED, shown=shown)
        (spec, method), outcome = seen
        with self._lock:
            self._noticed[mutant.file, mutant.inside][spec] += 1
        got = " ".join((outcome.got or outcome.message).split())[:200]
        return Found(outcome.verdict.value, spec, method, got, shown)

    def _show(
        self, isolation: Isolation, names: Sequence[CellName], place: str
    ) -> tuple[tuple[CellName, Outcome] | None, int]:
        """The cell that noticed, and how many were run."""
        otherwise, left = None, _ENOUGH
        for shown, name in enumerate(names[: self._most], 1):
            plan = self._plan(name)
            outcome = isolation.run(dataclasses.replace(plan, path=(place, *plan.path)))
            if outcome.verdict in (Verdict.PASS, Verdict.ERROR) or isolation.run(plan).verdict is not Verdict.PASS:
                continue
            if outcome.verdict is Verdict.FAIL:
                return (name, outcome), shown
            otherwise = otherwise or (name, outcome)
            left -= 1
            if not left:
                return otherwise, shown
        return otherwise, min(len(names), self._most or len(names))

    def _plan(self, name: CellName) -> Plan:
        plan = self._cells[name].plan(fresh=False)
        usual = self._touches.cells[name].seconds
        return dataclasses.replace(plan, deadline=min(plan.deadline, max(_SHORTEST, _STRETCH * usual)))

    def order(self, mutant: Mutant) -> list[CellName]:
        """The cells that run what `mutant` changes: each spec under one start method, the likeliest and quickest first.

        Behind them the same specs under the other methods, one after the other: what a child is handed, and with what
        it begins, shows where children are executed only, and who is whose parent where a server forks them.
        """
        lines = self._lines_of(mutant)
        touching: set[CellName] = set().union(*(self._by_line.get(line, ()) for line in lines))
        only_import = {
            name for name in touching if not (lines & self._touches.cells[name].lines) - self._touches.imports
        }
        methods = {method: number for number, method in enumerate(self._bench.candidate.methods)}
        rounds: dict[CellName, int] = {}
        turns: Counter[str] = Counter()
        for name in sorted(touching, key=lambda name: (name in only_import, methods[name[1]])):
            rounds[name] = turns[name[0]]
            turns[name[0]] += 1
        subjects = Counter(self._cells[name].requirement.subject for name in touching)
        noticed = self._noticed[mutant.file, mutant.inside]
        sought = words(mutant.inside.rpartition(".")[2])

        def rank(name: CellName) -> tuple[Any, ...]:
            requirement = self._cells[name].requirement
            share = round(subjects[requirement.subject] / self._sizes[requirement.subject], 1)
            alike = len(sought & words(f"{requirement.id} {name[0]}")) / max(1, len(sought))
            seconds = self._touches.cells[name].seconds
            return (rounds[name], -noticed[name[0]], name in only_import, -share - alike, seconds)

        return sorted(touching, key=rank)
