"""Interleaved rounds of all targets, and what their ratios say."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conformance.bench.catalogue import Case
from conformance.bench.measure import environment, measure

BASE = "multiprocessing"
AGAIN = "multiprocessing (again)"
"""The stdlib is measured twice a round: what it is against itself is noise."""
LIMIT = "conformance.bench.limit"
"""The least code that does it, in the shape of a target."""
ALLOWANCE = 0.10
"""The part by which a ratio may fall short of its floor before it counts."""


@dataclass
class Series:
    """The figures of one case, a list for each target, in the order of the rounds."""

    case: Case
    figures: dict[str, list[float]] = field(default_factory=dict)

    def ratios(self, target: str) -> list[float]:
        """The stdlib's figure over the target's, round by round: above 1 the target is better."""
        return [base / max(own, 1e-12) for base, own in zip(self.figures[BASE], self.figures[target], strict=True)]

    def ratio(self, target: str) -> float:
        """The median of `ratios`."""
        return statistics.median(self.ratios(target))

    def spread(self, target: str) -> float:
        """Half the distance between the quartiles of the ratios, as a part of their median."""
        ratios = self.ratios(target)
        if len(ratios) < 3:
            return float("inf")
        low, _, high = statistics.quantiles(ratios, n=4)
        return (high - low) / 2 / statistics.median(ratios)

    def figure(self, target: str) -> float:
        """The median figure."""
        return statistics.median(self.figures[target])

    @property
    def noise(self) -> float:
        """By what part the stdlib differs from itself."""
        return abs(self.ratio(AGAIN) - 1) + self.spread(AGAIN)

    def verdict(self, target: str) -> str:
        """How the goals stand: "aim", "floor", "below" or "noisy"."""
        if any(self.case.most):
            floor, aim = self.case.most
            figure = self.figure(target)
            return "aim" if figure <= aim else "floor" if figure <= floor else "below"
        ratio = self.ratio(target)
        if ratio >= self.case.aim:
            return "aim"
        if ratio >= self.case.floor * (1 - ALLOWANCE):
            return "floor"
        return "noisy" if ratio >= self.case.floor * (1 - ALLOWANCE - self.noise) else "below"


def compare(
    cases: Iterable[Case], targets: Sequence[str], python: str, rounds: int, news: Callable[[str], object]
) -> list[Series]:
    """Measure every case `rounds` times for the stdlib and each of `targets`, in turn; the first round warms up."""
    found = [
        Series(case, {name: [] for name in (BASE, *targets, AGAIN) if name != LIMIT or case.limited}) for case in cases
    ]
    go_on(found, python, rounds, news)
    return found


def go_on(found: Iterable[Series], python: str, rounds: int, news: Callable[[str], object]) -> None:
    """Measure more rounds of each series, beside those that it has."""
    with tempfile.TemporaryDirectory() as cache:
        env = environment(Path(cache))
        for series in found:
            for number in range(rounds + 1):
                news(f"{series.case.title}, round {number} of {rounds}")
                for name, figures in series.figures.items():
                    cost = measure(series.case, BASE if name == AGAIN else name, python, env)
                    if number:
                        figures.append(cost[series.case.gauge])
