"""Which cells run which lines of an implementation: found out once, by running all of them under a tracer.

A mutant is shown to those cells only that run its line. What the interpreter runs while it imports the package is
known apart: nobody can say which spec that is for.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance import catalogue
from conformance.broken.prove import Bench
from conformance.continued import Continued, Row
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
_SPECS = Path(smoke.__file__).parent


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


class Ledger(Continued):
    """What was found out about cells, kept in a file so that it need not be found out again.

    path: of the file; None: nothing is kept. What was found out of other sources, or of another version of a spec's
    file, is forgotten; what a spec uses of other files is not looked at, since little would change. A context manager.
    """

    def __init__(self, path: Path | None, bench: Bench) -> None:
        mark = _digest(*bench.package.rglob("*.py")) + bench.candidate.facts["python"]
        super().__init__(path, {"kind": "touches", "format": FORMAT, "mark": mark}, "record of touches")
        self._rows: dict[CellName, Row] = {}
        self._imports: set[Line] = set()

    def is_outdated(self, header: Any) -> bool:
        """As `Continued.is_outdated`: it is of other sources."""
        return bool(header != self._header)

    def take(self, row: Row) -> None:
        """As `Continued.take`."""
        if "imports" in row:
            self._imports |= unpacked(row["imports"])
        else:
            self._rows[row["spec"], row["method"]] = row

    def is_missing(self, cell: Cell) -> bool:
        """Whether nothing is known of `cell` as it is now."""
        row = self._rows.get(_name(cell))
        return row is None or row["digest"] != _digest_of(cell)

    def keep(self, cell: Cell, touch: Touch | None) -> None:
        """Keep what was found out about `cell`; None: it does not pass, so that it can judge nothing."""
        row: dict[str, Any] = {"spec": cell.spec.name, "method": cell.method, "digest": _digest_of(cell)}
        if touch is not None:
            row |= {"seconds": round(touch.seconds, 3), "lines": packed(touch.lines)}
        self.add(row)

    def add_imports(self, lines: Iterable[Line]) -> None:
        """Keep what importing the package runs."""
        self.add({"imports": packed(lines)})

    def touches(self, cells: Iterable[Cell]) -> Touches:
        """What is known of those of `cells` that pass."""
        rows = [(name, self._rows[name]) for name in map(_name, cells) if name in self._rows]
        known = {name: Touch(row["seconds"], unpacked(row["lines"])) for name, row in rows if "lines" in row}
        return Touches(known, frozenset(self._imports))


def _name(cell: Cell) -> CellName:
    return (cell.spec.name, cell.method)


def _digest(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _digest_of(cell: Cell) -> str:
    return _digest(_SPECS / f"{cell.spec.module.rpartition('.')[2]}.py")


def lay_tracer(package: Path, place: Path) -> None:
    """A copy of the directory `package` in `place`, whose lines are traced when `place` is first on the path."""
    shutil.copytree(package, place / package.name)
    shutil.copy(_TRACER, place / "sitecustomize.py")


def read_log(place: Path, package: str) -> frozenset[Line]:
    """The lines of the copy of `package` in `place` that have been run since the last call."""
    log = place / "touched"
    try:
        lines = log.read_text().split()
        log.unlink()
    except FileNotFoundError:
        return frozenset()
    found = (line.removeprefix(f"{package}/").rpartition(":") for line in lines)
    return frozenset((name, int(number)) for name, _, number in found)


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
            lay_tracer(self._bench.package, place)
            with self._lock:
                self._places[id(isolation)] = place
            candidate = dataclasses.replace(self._bench.candidate, path=(str(place), *self._bench.candidate.path))
            isolation.probe(candidate.python, candidate.target.module, candidate.path)
            with self._lock:
                self.imports |= self.read(place)
            # The first cell would be taken for what its warm interpreter does to become warm.
            isolation.run(smoke_plan(candidate, candidate.methods[0], fresh=False))
            self.read(place)
        return place

    def read(self, place: Path) -> frozenset[Line]:
        """What has been run since the last call."""
        return read_log(place, self._bench.package.name)


def record(crew: Crew, bench: Bench, cells: Sequence[Cell], ledger: Ledger, news: Callable[[], object]) -> None:
    """Run those of `cells` that `ledger` knows nothing of under the tracer. news: called after each."""
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

    for cell, touch in crew.map(work, cells):
        ledger.keep(cell, touch)
        news()
    ledger.add_imports(traced.imports)


def packed(lines: Iterable[Line]) -> dict[str, list[int]]:
    """`lines` as plain data."""
    found: dict[str, list[int]] = {}
    for file, number in sorted(lines):
        found.setdefault(file, []).append(number)
    return found


def unpacked(plain: dict[str, list[int]]) -> frozenset[Line]:
    """The lines that `packed` made plain."""
    return frozenset((file, number) for file, numbers in plain.items() for number in numbers)
