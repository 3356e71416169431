"""Run specs again and again on correct implementations, and refuse those that ever deviate or take too long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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

BUDGET = 0.8
"""The part of its deadline that a run may take."""


@dataclass(frozen=True)
class Trial:
    """One run of one cell. spent: the part of its deadline that it took."""

    cell: Cell
    weather: Weather
    outcome: Outcome
    spent: float

    @property
    def reason(self) -> str:
        """Why the spec is refused; empty: it is not."""
        if not self.cell.expects(self.outcome.verdict):
            told = self.outcome.got or self.outcome.message
            return f"{self.outcome.verdict}: {' '.join(told.split())[:200]}"
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
        found = [entry for entry in entries() if _means(name, entry)]
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


def trials(crew: Crew, every: Sequence[Cell], runs: int) -> Iterator[Trial]:
    """Run each cell `runs` times, a third of them in each weather, one weather after the other."""
    kinds = list(Weather)
    for number, kind in enumerate(kinds):
        count = runs // len(kinds) + (number < runs % len(kinds))
        with weather(kind), CalmClock() as clock:
            # On an idle machine one cell at a time; else more than it has processors for.
            crew.jobs = 1 if kind is Weather.IDLE else processors()
            yield from _round(crew, [cell for _ in range(count) for cell in every], kind, lambda: clock.seconds)


def _round(crew: Crew, every: Sequence[Cell], kind: Weather, now: Callable[[], float]) -> Iterator[Trial]:
    def work(isolation: Isolation, cell: Cell) -> Trial:
        started = now()
        plan = cell.plan(fresh=False)
        outcome = isolation.run(plan)
        return Trial(cell, kind, outcome, (now() - started) / (plan.deadline * crew.scale))

    for _, trial in crew.map(work, every):
        yield trial
