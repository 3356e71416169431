"""Which cells run which lines of an implementation: found out once, by running all of them under a tracer.

A mutant is shown to those cells only that run its line. What the interpreter runs while it imports the package is
known apart: nobody can say which spec that is for.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance import catalogue
from conformance.broken.prove import Bench
from conformance.crew import Crew
from conformance.inventory import entries
from conformance.isolation import Isolation
from conformance.matrix import Cell, Matrix
from conformance.outcome import Verdict
from conformance.recruit import smoke_plan
from conformance.specs import smoke

FORMAT = 1
Line = tuple[str, int]
CellName = tuple[str, str]
"""Spec and start method."""

_TRACER = Path(__file__).with_name("tracer.py")


@dataclass(frozen=True)
class Touch:
    """A cell that passes without a fault. seconds: what it took. lines: what it ran of the package."""

    seconds: float
    lines: frozenset[Line]


@dataclass(frozen=True)
class Touches:
    """All cells that may judge mutants of one base. imports: lines that importing the package runs."""

    cells: dict[CellName, Touch]
    imports: frozenset[Line]

    def by_line(self) -> dict[Line, set[CellName]]:
        """The cells that run each line."""
        found: dict[Line, set[CellName]] = defaultdict(set)
        for name, touch in self.cells.items():
            for line in touch.lines:
                found[line].add(name)
        return found


def all_cells(bench: Bench, methods: Sequence[str], subjects: Sequence[str]) -> list[Cell]:
    """Every cell that the suite has for `bench` and that deviates in no known way."""
    matrix = Matrix((bench.candidate,), methods=tuple(methods), subjects=tuple(subjects))
    # A spec of no known requirement is a mistake that `run` tells.
    specs = [entry.spec for entry in entries() if entry.spec.declaration.id in catalogue.load()]
    cells = [cell for spec in specs for cell in matrix.cells(spec)]
    return [cell for cell in cells if cell.known is None and not cell.lacking]


def fingerprint(bench: Bench, cells: Iterable[Cell]) -> str:
    """Changes with the sources of the base, with the specs, and with the cells."""
    digest = hashlib.sha256(bench.candidate.facts["python"].encode())
    specs = Path(smoke.__file__).parent
    for path in sorted([*bench.package.rglob("*.py"), *specs.glob("*.py")]):
        digest.update(path.name.encode() + path.read_bytes())
    digest.update(repr(sorted((cell.spec.name, cell.method) for cell in cells)).encode())
    return digest.hexdigest()


class _Traced:
    """Copies of the package with the tracer, one for each isolation, since what runs at the same time is to be told
    apart."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._places: dict[int, Path] = {}
        self._lock = threading.Lock()
        self.imports: set[Line] = set()

    def place(self, isolation: Isolation) -> Path:
        """The directory for `isolation`; made, and its warm interpreter started, by the first call."""
        place = self._places.get(id(isolation))
        if place is None:
            place = Path(tempfile.mkdtemp(dir=self._bench.overlays, prefix="t"))
            shutil.copytree(self._bench.package, place / self._bench.package.name)
            shutil.copy(_TRACER, place / "sitecustomize.py")
            with self._lock:
                self._places[id(isolation)] = place
            candidate = dataclasses.replace(self._bench.candidate, path=(str(place), *self._bench.candidate.path))
            isolation.probe(candidate.python, candidate.target.module, candidate.path)
            with self._lock:
                self.imports |= self.read(place)
            # The first cell would be taken for what its warm interpreter does to become warm.
            isolation.run(smoke_plan(candidate, candidate.methods[0]))
            self.read(place)
        return place

    def read(self, place: Path) -> frozenset[Line]:
        """What has been run since the last call."""
        log = place / "touched"
        try:
            lines = log.read_text().split()
            log.unlink()
        except FileNotFoundError:
            return frozenset()
        package = self._bench.package.name + "/"
        found = (line.removeprefix(package).rpartition(":") for line in lines)
        return frozenset((name, int(number)) for name, _, number in found)


def record(crew: Crew, bench: Bench, cells: Sequence[Cell], news: Callable[[], object]) -> Touches:
    """Run `cells` under the tracer. news: called after each."""
    traced = _Traced(bench)

    def work(isolation: Isolation, cell: Cell) -> Touch | None:
        place = traced.place(isolation)
        plan = cell.plan(fresh=False)
        outcome = isolation.run(dataclasses.replace(plan, path=(str(place), *plan.path)))
        lines = traced.read(place)
        if outcome.verdict is not Verdict.PASS:
            # It may mind the tracer. What fails without it too can judge nothing.
            outcome = isolation.run(plan)
        return Touch(outcome.duration, lines) if outcome.verdict is Verdict.PASS else None

    found = {}
    for cell, touch in crew.map(work, cells):
        news()
        if touch is not None:
            found[cell.spec.name, cell.method] = touch
    return Touches(found, frozenset(traced.imports))


def write(path: Path, touches: Touches, mark: str) -> None:
    """Keep `touches` in the file at `path`. mark: their fingerprint."""
    plain = {
        "format": FORMAT,
        "fingerprint": mark,
        "imports": _packed(touches.imports),
        "cells": [
            {"spec": spec, "method": method, "seconds": round(touch.seconds, 3), "lines": _packed(touch.lines)}
            for (spec, method), touch in touches.cells.items()
        ],
    }
    path.write_text(json.dumps(plain), encoding="utf-8")


def read(path: Path, mark: str) -> Touches | None:
    """What `write` kept, if it is still true; else None."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if plain.get("format") != FORMAT or plain["fingerprint"] != mark:
        return None
    cells = {
        (cell["spec"], cell["method"]): Touch(cell["seconds"], _unpacked(cell["lines"])) for cell in plain["cells"]
    }
    return Touches(cells, _unpacked(plain["imports"]))


def _packed(lines: Iterable[Line]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for file, number in sorted(lines):
        found.setdefault(file, []).append(number)
    return found


def _unpacked(plain: dict[str, list[int]]) -> frozenset[Line]:
    return frozenset((file, number) for file, numbers in plain.items() for number in numbers)
