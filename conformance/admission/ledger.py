"""The trials of an admission, as JSON lines: written as they come, so that what takes hours need not be one run.

A trial counts for as long as the text of its spec and the implementation that it judged are what they were.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import inspect
import json
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from conformance.admission.admit import Trial
from conformance.admission.weather import Weather
from conformance.matrix import Cell, Spec
from conformance.misuse import Misuse
from conformance.outcome import Outcome, Verdict
from conformance.stamp import candidate_digest

_FORMAT = 1
_HEADER = {"kind": "admission", "format": _FORMAT}


class Ledger:
    """Which trials were made before. path: where they are kept; None: nowhere. A context manager.

    Raises:
        Misuse: the file is another one, or cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lines: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._file: IO[str] | None = None

    def __enter__(self) -> Ledger:
        if self._path is not None:
            old = self._read(self._path)
            try:
                self._file = self._path.open("a", encoding="utf-8")
            except OSError as error:
                raise Misuse(f"cannot write {self._path}: {error.strerror}") from error
            if not old:
                self._write(_HEADER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def _read(self, path: Path) -> bool:
        """Take in what is there, and say whether something is."""
        try:
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        except FileNotFoundError:
            return False
        except (OSError, UnicodeDecodeError) as error:
            raise Misuse(f"cannot read {path}: {error}") from error
        # A run that was killed may have left half a line.
        whole = [line for line in lines if line.endswith("\n")]
        try:
            rows = [json.loads(line) for line in whole]
            if rows and rows[0] != _HEADER:
                raise ValueError("it begins otherwise")
            for row in rows[1:]:
                self._lines.setdefault((row["cell"], row["weather"]), []).append(row)
        except (ValueError, KeyError, TypeError) as error:
            raise Misuse(f"{path} is no record of an admission: {error}") from error
        if whole != lines:
            path.write_text("".join(whole), encoding="utf-8")
        return bool(rows)

    def trials(self, cell: Cell, weather: Weather) -> list[Trial]:
        """Those that were made of `cell` in `weather`."""
        return [
            Trial(cell, weather, Outcome(Verdict(row["verdict"]), row["seconds"], message=row["told"]), row["spent"])
            for row in self._lines.get((self._key(cell), weather.value), [])
        ]

    def keep(self, trial: Trial) -> None:
        """Write down `trial`."""
        self._write(
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

    def _write(self, line: dict[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()

    @staticmethod
    def _key(cell: Cell) -> str:
        parts = [cell.spec.name, _source(cell.spec), cell.method]
        parts.append(candidate_digest(cell.candidate.target, cell.candidate.facts))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@functools.cache
def _source(spec: Spec) -> str:
    return inspect.getsource(getattr(importlib.import_module(spec.module), spec.function))
