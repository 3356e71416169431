"""Run specs again and again on correct implementations, and refuse those that ever deviate or take too long."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.admission.weather import CalmClock, Weather, weather
from conformance.crew import Crew
from conformance.inventory import Entry, entries
from conformance.isolation import Isolation
from conformance.load import processors
from conformance.matrix import Cell, Matrix
from conformance.misuse import Misuse
from conformance.outcome import Outcome
from conformance.recruit import Request, recruit

EVERYTHING = "all"
"""The name that means every spec."""
BUDGET = 0.8
"""The part of its deadline that a run may take."""
_CROWD = 4
"""Cells at a time for each processor that is kept busy: most of them wait for their turn, and fewer would not get
more of it from the busy loops."""


@dataclass(frozen=True)
class Trial:
    """One run of one cell. spent: the part of its deadline that it took."""

    cell: Cell
    weather: Weather
    outcome: Outcome
    spent: float

    @property
    def told(self) -> str:
        """What the cell said, in one line."""
        return " ".join((self.outcome.got or self.outcome.message).split())[:200]

    @property
    def reason(self) -> str:
        """Why the spec is refused; empty: it is not."""
        if not self.cell.expects(self.outcome.verdict):
            return f"{self.outcome.verdict}: {self.told}"
        return f"took {self.spent:.0%} of its deadline" if self.spent > BUDGET else ""


@dataclass
class Account:
    """All trials of one spec."""

    name: str
    trials: list[Trial] = field(default_factory=list)

    @property
    def refusals(self) -> list[Trial]:
        """Those for which it is refused."""
        return [trial for trial in self.trials if trial.reason]

    @property
    def most_spent(self) -> float:
        """The greatest part of its deadline that any run took."""
        return max((trial.spent for trial in self.trials), default=0.0)


def choose(names: Sequence[str]) -> list[Entry]:
    """The specs that `names` mean: functions, files, both joined by "::", requirements, or subjects.

    Raises:
        Misuse: one means none.
    """
    chosen: dict[str, Entry] = {}
    for name in names:
        found = [entry for entry in entries() if name == EVERYTHING or _means(name, entry)]
        if not found:
            raise Misuse(f"{name!r} is no spec, file of specs, or requirement that has one")
        chosen.update((entry.spec.name, entry) for entry in found)
    return list(chosen.values())


def _means(name: str, entry: Entry) -> bool:
    id_ = entry.spec.declaration.id
    return name in (entry.spec.name, entry.spec.function, entry.file.name, entry.file.stem, id_, id_.split(".")[0])


def cells(crew: Crew, specs: Sequence[Entry], request: Request) -> list[Cell]:
    """Every cell that the specs have on the targets of `request`.

    Raises:
        Misuse: a target cannot be run, or the specs have no cell there.
    """
    with crew.isolation() as isolation:
        matrix: Matrix = recruit(request, isolation, lending=crew.rundir, news=lambda target, python: None)
    found = [cell for entry in specs for cell in matrix.cells(entry.spec)]
    if not found:
        raise Misuse("these specs do not apply to any of the targets and start methods")
    return found


def shares(runs: int) -> dict[Weather, int]:
    """How many of `runs` each weather gets."""
    kinds = list(Weather)
    return {kind: runs // len(kinds) + (number < runs % len(kinds)) for number, kind in enumerate(kinds)}


def trials(crew: Crew, every: Mapping[Weather, Sequence[Cell]]) -> Iterator[Trial]:
    """Run the cells of each weather, in that order, one weather after the other."""
    for kind, several in every.items():
        if not several:
            continue
        with weather(kind), CalmClock() as clock:
            crew.jobs = processors() * (1 if kind is Weather.IDLE else _CROWD)
            yield from _round(crew, several, kind, lambda: clock.seconds)


def bound(runs: int) -> float:
    """The share of runs that may deviate at most, with 95 % confidence, when none of `runs` did."""
    return 1 - math.pow(0.05, 1 / runs)


def _round(crew: Crew, every: Sequence[Cell], kind: Weather, now: Callable[[], float]) -> Iterator[Trial]:
    def work(isolation: Isolation, cell: Cell) -> Trial:
        started = now()
        plan = cell.plan(fresh=False)
        outcome = isolation.run(plan)
        return Trial(cell, kind, outcome, (now() - started) / (plan.deadline * crew.scale))

    for _, trial in crew.map(work, every):
        yield trial
