"""The trials of an admission, as JSON lines: written as they come, so that what takes hours need not be one run.

A trial counts for as long as the text of its spec and the implementation that it judged are what they were.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import inspect
from pathlib import Path

from conformance.admission.admit import Trial
from conformance.admission.weather import Weather
from conformance.continued import Continued, Row
from conformance.matrix import Cell, Spec
from conformance.outcome import Outcome, Verdict
from conformance.stamp import candidate_digest

_FORMAT = 1


class Ledger(Continued):
    """Which trials were made before. path: where they are kept; None: nowhere. A context manager."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(path, {"kind": "admission", "format": _FORMAT}, "record of an admission")
        self._rows: dict[tuple[str, str], list[Row]] = {}

    def take(self, row: Row) -> None:
        """As `Continued.take`."""
        self._rows.setdefault((row["cell"], row["weather"]), []).append(row)

    def trials(self, cell: Cell, weather: Weather) -> list[Trial]:
        """Those that were made of `cell` in `weather`."""
        return [
            Trial(cell, weather, Outcome(Verdict(row["verdict"]), row["seconds"], message=row["told"]), row["spent"])
            for row in self._rows.get((self._key(cell), weather.value), [])
        ]

    def keep(self, trial: Trial) -> None:
        """Write down `trial`."""
        self.add(
            {
                "cell": self._key(trial.cell),
                "spec": trial.cell.spec.name,
                "target": trial.cell.candidate.target.name,
                "python": trial.cell.candidate.label,
                "method": trial.cell.method,
                "weather": trial.weather.value,
                "verdict": trial.outcome.verdict.value,
                "told": trial.told,
                "seconds": round(trial.outcome.duration, 3),
                "spent": round(trial.spent, 4),
            }
        )

    @staticmethod
    def _key(cell: Cell) -> str:
        parts = [cell.spec.name, _source(cell.spec), cell.method]
        parts.append(candidate_digest(cell.candidate.target, cell.candidate.facts))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@functools.cache
def _source(spec: Spec) -> str:
    return inspect.getsource(getattr(importlib.import_module(spec.module), spec.function))
