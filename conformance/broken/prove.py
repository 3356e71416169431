"""Run the specs that must notice a fault on the implementation that has it, and say whether they do.

Each fault meets just the cells that matter to it, through the same isolation as in any run: the overlay comes
first on the path of the interpreter under test and of all its children, and never into this process.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from conformance.broken import overlay
from conformance.broken.fault import Fault
from conformance.crew import Crew
from conformance.inventory import by_requirement
from conformance.isolation import Isolation
from conformance.matrix import Candidate, Cell, Matrix, Spec
from conformance.misuse import Misuse
from conformance.outcome import Verdict
from conformance.recruit import Request, recruit
from conformance.store import Row

_WRITTEN_FOR = {"stdlib": "3.13."}
"""The Python for whose version of a base every edit must fit; a base of which there is one version is not here."""


class Result(str, Enum):
    """What came of one fault on one base; the value is what reports say."""

    NOTICED = "noticed"
    OTHERWISE = "noticed otherwise"
    MISSED = "missed"
    ACCUSED = "accuses others"
    INAPPLICABLE = "does not apply"
    WRONG = "wrong edit"

    @property
    def as_declared(self) -> bool:
        """Whether nothing is to be mended. An edit for another version proves nothing, and is no mistake."""
        return self in (Result.NOTICED, Result.INAPPLICABLE)


@dataclass(frozen=True)
class Proof:
    """One fault on one base.

    rows: the cells that were run. reason: what is wrong, or why it does not apply.
    """

    fault: Fault
    base: str
    result: Result
    seconds: float
    reason: str = ""
    rows: tuple[Row, ...] = field(default=(), repr=False)

    @property
    def noticed_by(self) -> dict[str, set[Verdict]]:
        """The requirements that were to notice it and did in some way, with the verdicts."""
        found: dict[str, set[Verdict]] = {}
        for row in self.rows:
            if row.requirement in self.fault.caught_by and row.verdict is not Verdict.PASS:
                found.setdefault(row.requirement, set()).add(row.verdict)
        return found

    @property
    def killers(self) -> set[str]:
        """The specs that were seen to notice it as they should."""
        return {row.spec for row in self.rows if self.fault.verdict is row.verdict and not row.as_expected}

    def as_dict(self) -> dict[str, Any]:
        """Plain data for a file."""
        return {
            "fault": self.fault.name,
            "subject": self.fault.subject,
            "base": self.base,
            "result": self.result.value,
            "reason": self.reason,
            "seconds": round(self.seconds, 3),
            "cells": [row.as_dict() for row in self.rows],
        }


@dataclass(frozen=True)
class Bench:
    """Where faults of one base are proven. package: the directory of which copies are made."""

    candidate: Candidate
    package: Path
    overlays: Path

    @property
    def base(self) -> str:
        """The name of what is broken."""
        return self.candidate.target.name

    @property
    def strict(self) -> bool:
        """Whether every edit must fit this version."""
        version: str = self.candidate.facts["python"]
        return version.startswith(_WRITTEN_FOR.get(self.base, ""))


def set_up(crew: Crew, bases: Sequence[str], python: str | None, news: Callable[[str, str], object]) -> list[Bench]:
    """A bench for each of `bases` under the interpreter `python`; None: the running one.

    Raises:
        Misuse: one cannot be run.
    """
    request = Request(targets=tuple(bases), pythons=(python,) if python else ())
    with crew.isolation() as isolation:
        matrix = recruit(request, isolation, lending=crew.rundir, news=news)
    for candidate in matrix.candidates:
        for method, reason in candidate.broken.items():
            raise Misuse(
                f"{candidate.target.name} is broken already: no child runs under {method}: {_one_line(reason)}"
            )
    return [_bench(crew, candidate) for candidate in matrix.candidates]


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def _bench(crew: Crew, candidate: Candidate) -> Bench:
    place = Path(tempfile.mkdtemp(dir=crew.rundir, prefix="b"))
    package = Path(candidate.facts["path"]).parent
    return Bench(candidate, overlay.stock(package, place, candidate.python), place)


def can_run(bench: Bench, spec: Spec) -> bool:
    """Whether `spec` has a cell here that can prove something."""
    return any(_is_telling(cell) for cell in Matrix((bench.candidate,)).cells(spec))


def _is_telling(cell: Cell) -> bool:
    # What deviates without the fault proves nothing of it.
    return cell.known is None and not cell.lacking


def prove(crew: Crew, benches: Sequence[Bench], faults: Sequence[Fault]) -> Iterator[Proof]:
    """Prove every fault on every bench that it has an edit for, in the order in which it gets done."""
    specs = {name: [entry.spec for entry in entries] for name, entries in by_requirement().items()}
    tasks = [(fault, bench) for fault in faults for bench in benches if bench.base in fault.edits]

    def work(isolation: Isolation, task: tuple[Fault, Bench]) -> Proof:
        return _prove(isolation, *task, specs)

    for _, proof in crew.map(work, tasks):
        yield proof


def _prove(isolation: Isolation, fault: Fault, bench: Bench, specs: Mapping[str, Sequence[Spec]]) -> Proof:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=bench.overlays, prefix="o", ignore_cleanup_errors=True) as place:
        try:
            overlay.lay(bench.package, Path(place), fault.edits[bench.base])
        except overlay.DoesNotApply as error:
            result = Result.WRONG if bench.strict else Result.INAPPLICABLE
            return Proof(fault, bench.base, result, time.monotonic() - started, str(error))
        except overlay.EditError as error:
            return Proof(fault, bench.base, Result.WRONG, time.monotonic() - started, str(error))
        candidate = dataclasses.replace(bench.candidate, path=(place, *bench.candidate.path))
        rows = _run(isolation, fault, Matrix((candidate,), methods=fault.methods), specs)
    result, reason = judge(fault, rows, strict=bench.strict)
    return Proof(fault, bench.base, result, time.monotonic() - started, reason, tuple(rows))


def _run(isolation: Isolation, fault: Fault, matrix: Matrix, specs: Mapping[str, Sequence[Spec]]) -> list[Row]:
    rows = []
    for requirement in fault.caught_by:
        for spec in specs.get(requirement, ()):
            for cell in filter(_is_telling, matrix.cells(spec)):
                rows.append(_row(isolation, cell))
                if not fault.methods and not rows[-1].as_expected:
                    break
    for requirement in fault.green:
        for spec in specs.get(requirement, ()):
            rows += [_row(isolation, cell) for cell in matrix.cells(spec)[: None if fault.methods else 1]]
    return rows


def _row(isolation: Isolation, cell: Cell) -> Row:
    return cell.row(isolation.run(cell.plan(fresh=False)))


def judge(fault: Fault, rows: Sequence[Row], *, strict: bool) -> tuple[Result, str]:
    """What `rows`, the cells that were run, say about `fault`, and what is wrong if something is.

    strict: whether all that must notice it applies to this version.
    """
    accused = [row for row in rows if row.requirement in fault.green and not row.as_expected]
    if accused:
        return Result.ACCUSED, f"{accused[0].verdict} of {accused[0].requirement}, which must stay green"
    otherwise, absent = [], []
    for requirement in fault.caught_by:
        mine = [row for row in rows if row.requirement == requirement]
        if not mine:
            absent.append(requirement)
        for method in fault.methods or ("any start method",):
            here = [row for row in mine if method in (row.method, "any start method")]
            if here and not any(row.verdict is fault.verdict for row in here):
                verdicts = sorted({row.verdict.value for row in here} - {Verdict.PASS.value})
                otherwise.append((requirement, method, verdicts))
    if absent and (strict or len(absent) == len(fault.caught_by)):
        return (Result.MISSED if strict else Result.INAPPLICABLE), f"no spec of {absent[0]} applies"
    for requirement, method, verdicts in otherwise:
        if not verdicts:
            return Result.MISSED, f"{requirement} passes under {method}"
    for requirement, method, verdicts in otherwise:
        return Result.OTHERWISE, f"{', '.join(verdicts)} of {requirement} under {method}, not {fault.verdict}"
    return Result.NOTICED, ""
