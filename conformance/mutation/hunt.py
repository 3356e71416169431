"""Show mutants to the specs that run the changed line, the likeliest first, until one notices.

A spec that fails on a mutant is asked again without the fault: what it says counts only if it passes then.
"""

from __future__ import annotations

import dataclasses
import re
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.broken import overlay
from conformance.broken.prove import Bench
from conformance.crew import Crew
from conformance.isolation import Isolation, Plan
from conformance.matrix import Cell
from conformance.mutation import mutants
from conformance.mutation.mutants import Mutant
from conformance.mutation.scopes import Scopes
from conformance.mutation.touches import CellName, Line, Touches
from conformance.outcome import Outcome, Verdict

SURVIVED, UNTOUCHED, NO_PROGRAM = "survived", "untouched", "no program"
"""What becomes of a mutant that is not noticed: specs run its line; none does; it is no other program."""

_ENOUGH = 3
"""Cells that are shown a mutant after one has hung or crashed on it, in the hope for one that fails in good order."""
_SHORTEST = 10.0
"""Seconds, unscaled, that any cell is given; a hung one is not worth a spec's whole deadline."""
_STRETCH = 4.0
"""How many times longer than without a fault a cell may take."""


@dataclass(frozen=True)
class Catch:
    """What became of one mutant.

    verdict: of the cell that noticed it, or one of the words above. spec, method, got: that cell, and what it saw.
    shown: how many cells were run. of: how many run the changed line.
    """

    mutant: Mutant
    after: str
    verdict: str
    spec: str = ""
    method: str = ""
    got: str = ""
    shown: int = 0
    of: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain data for the journal."""
        mutant = self.mutant
        return {
            "key": mutant.key,
            "file": mutant.file,
            "line": mutant.lines[0],
            "inside": mutant.inside,
            "operator": mutant.change.operator,
            "before": mutant.before,
            "after": self.after,
            "verdict": self.verdict,
            "spec": self.spec,
            "method": self.method,
            "got": self.got,
            "shown": self.shown,
            "of": self.of,
            "seconds": round(self.seconds, 2),
        }


def words(name: str) -> set[str]:
    """The words of which a name consists: specs of `is_alive` are called after it, more often than not."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


class Hunt:
    """Judges the mutants of one base.

    cells: those that may judge. most: how many of them are shown a mutant at most; None: all.
    """

    def __init__(self, bench: Bench, touches: Touches, cells: Sequence[Cell], most: int | None) -> None:
        self._bench = bench
        self._touches = touches
        self._cells: dict[CellName, Cell] = {(cell.spec.name, cell.method): cell for cell in cells}
        self._by_line = touches.by_line()
        self._most = most
        self._scopes: dict[str, Scopes] = {}
        self._lock = threading.Lock()
        self._noticed: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._sizes = Counter(self._cells[name].requirement.subject for name in touches.cells)

    def catches(self, crew: Crew, chosen: Sequence[Mutant]) -> Iterator[Catch]:
        """What becomes of each of `chosen`, as it gets known."""
        for _, catch in crew.map(self._judge, chosen):
            yield catch

    def remember(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Learn from earlier catches which specs notice what."""
        for row in rows:
            if row["spec"]:
                self._noticed[row["file"], row["inside"]][row["spec"]] += 1

    def _judge(self, isolation: Isolation, mutant: Mutant) -> Catch:
        started = time.monotonic()
        made = mutants.apply(self._bench.package, mutant)
        if made is None:
            return Catch(mutant, "", NO_PROGRAM)
        text, after = made
        names = self.order(mutant)
        if not names:
            return Catch(mutant, after, UNTOUCHED)
        with tempfile.TemporaryDirectory(dir=self._bench.overlays, prefix="m", ignore_cleanup_errors=True) as place:
            overlay.replace(self._bench.package, Path(place), mutant.file, text)
            seen, shown = self._show(isolation, names, place)
        verdict, got, spec, method = SURVIVED, "", "", ""
        if seen is not None:
            (spec, method), outcome = seen
            verdict, got = outcome.verdict.value, " ".join((outcome.got or outcome.message).split())[:200]
            with self._lock:
                self._noticed[mutant.file, mutant.inside][spec] += 1
        seconds = time.monotonic() - started
        return Catch(mutant, after, verdict, spec, method, got, shown, len(names), seconds)

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
        """The cells that run what `mutant` changes: each spec once, the likeliest and quickest first.

        Behind them the same specs where children are executed, if they came first where children are forked: what
        a child is handed, and with what it begins, shows there only.
        """
        lines = self._lines(mutant)
        touching: set[CellName] = set().union(*(self._by_line.get(line, ()) for line in lines))
        only_import = {
            name for name in touching if not (lines & self._touches.cells[name].lines) - self._touches.imports
        }
        chosen: dict[tuple[str, bool], CellName] = {}
        methods = {method: number for number, method in enumerate(self._bench.candidate.methods)}
        for name in sorted(touching, key=lambda name: (name in only_import, methods[name[1]])):
            chosen.setdefault((name[0], name[1] == "fork"), name)
        subjects = Counter(self._cells[name].requirement.subject for name in touching)
        noticed = self._noticed[mutant.file, mutant.inside]
        sought = words(mutant.inside.rpartition(".")[2])

        def rank(name: CellName) -> tuple[Any, ...]:
            requirement = self._cells[name].requirement
            share = round(subjects[requirement.subject] / self._sizes[requirement.subject], 1)
            alike = len(sought & words(f"{requirement.id} {name[0]}")) / max(1, len(sought))
            again = name[1] != "fork" and (name[0], True) in chosen
            return (again, -noticed[name[0]], name in only_import, -share - alike, self._touches.cells[name].seconds)

        return sorted(chosen.values(), key=rank)

    def _lines(self, mutant: Mutant) -> set[Line]:
        with self._lock:
            scopes = self._scopes.get(mutant.file)
            if scopes is None:
                source = (self._bench.package / mutant.file).read_text(encoding="utf-8")
                scopes = self._scopes[mutant.file] = Scopes(source)
        found = scopes.lines_of_change(mutant.lines)
        return {(mutant.file, line) for line in found}
