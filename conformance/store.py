"""Records of runs: JSON lines, a header, one row a cell, a footer with their number.

A record without a footer is refused: it is not known what it lacks. An interrupted run writes a footer
that says so. Written by the main process of a run alone; reports read nothing but this. Above: `merging`.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from conformance.catalogue import BEYOND
from conformance.misuse import Misuse
from conformance.outcome import Outcome, Verdict

FORMAT = 1


class RecordError(ValueError):
    """A file is no complete record; the message names the file and what is wrong."""


@dataclass(frozen=True)
class Row:
    """One cell's line.

    target, python, implementation, method, spec: which cell; no two rows of a record agree in all of them.
    as_expected: whether the verdict is what the requirement, its level, or the deviation on record lets expect.
    deviation: the deviation on record, as plain data; None when there is none.
    command: reproduces the cell.
    """

    target: str
    python: str
    implementation: str
    method: str
    requirement: str
    subject: str
    level: str
    spec: str
    outcome: Outcome
    as_expected: bool
    deviation: Mapping[str, Any] | None
    command: str

    @property
    def key(self) -> tuple[str, ...]:
        """What tells this cell from all others."""
        return (self.target, self.implementation, self.python, self.method, self.spec)

    @property
    def beyond(self) -> bool:
        """Whether the target does not meet what binds nobody."""
        return self.level == BEYOND and self.as_expected and self.verdict not in (Verdict.PASS, Verdict.UNSUPPORTED)

    @property
    def verdict(self) -> Verdict:
        """The outcome's verdict."""
        return self.outcome.verdict

    def as_dict(self) -> dict[str, Any]:
        """The line, as plain data: the outcome's fields beside the cell's."""
        outcome = self.outcome.as_dict()
        plain = {name: getattr(self, name) for name in _OWN}
        deviation = None if self.deviation is None else dict(self.deviation)
        tail = {"as_expected": self.as_expected, "deviation": deviation, "command": self.command}
        return {"kind": "cell", **plain, **outcome, "duration": round(self.outcome.duration, 4), **tail}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Row:
        """The row that `as_dict` described.

        Raises:
            KeyError, ValueError: a field is missing or of no allowed value.
        """
        return cls(
            **{name: plain[name] for name in _OWN},
            outcome=Outcome.from_dict(plain),
            as_expected=plain["as_expected"],
            deviation=plain["deviation"],
            command=plain["command"],
        )


_OWN = ("target", "python", "implementation", "method", "requirement", "subject", "level", "spec")


@dataclass(frozen=True)
class Record:
    """What one or more files say. reasons: why it is not complete; empty when it is."""

    headers: tuple[Mapping[str, Any], ...]
    rows: tuple[Row, ...]
    reasons: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every cell that the run was to have is there."""
        return not self.reasons

    @property
    def candidates(self) -> list[Mapping[str, Any]]:
        """What the headers tell of each target under each interpreter; if several do, the first."""
        found: dict[tuple[str, ...], Mapping[str, Any]] = {}
        for header in self.headers:
            for candidate in header["targets"]:
                found.setdefault(identity(candidate), candidate)
        return list(found.values())


def identity(candidate: Mapping[str, Any]) -> tuple[str, str, str]:
    """What tells one candidate of a header from the others: target, implementation and Python."""
    return (candidate["target"], candidate["facts"]["implementation"], candidate["facts"]["python"])


class Recorder:
    """Collects the rows of a run, and writes them to a file as they come if one is wanted.

    Owns the file from `begin` to `end`. Used by one process.
    """

    def __init__(self, path: Path | None) -> None:
        self.rows: list[Row] = []
        self.header: Mapping[str, Any] = {}
        self._path = path
        self._file: IO[str] | None = None

    def begin(self, header: Mapping[str, Any]) -> None:
        """Open the file and write the header.

        Raises:
            Misuse: the file cannot be written.
        """
        self.header = header
        if self._path is not None:
            try:
                self._file = self._path.open("w", encoding="utf-8")
            except OSError as error:
                raise Misuse(f"cannot write the record {self._path}: {error.strerror}") from error
            self._write({"kind": "header", "format": FORMAT, **header})

    def add(self, row: Row) -> None:
        """Keep `row`, and write it at once: what a killed run had recorded stays readable to a person."""
        self.rows.append(row)
        self._write(row.as_dict())

    def end(self, reason: str = "") -> Record:
        """Write the footer and close the file. reason: why the record is partial, if it is."""
        verdicts = Counter(str(row.verdict) for row in self.rows)
        footer = {"cells": len(self.rows), "verdicts": dict(verdicts), "complete": not reason, "reason": reason}
        self._write({"kind": "footer", **footer})
        if self._file is not None:
            self._file.close()
            self._file = None
        return Record((self.header,), tuple(self.rows), (reason,) if reason else ())

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()


def check_writable(path: Path) -> None:
    """Refuse by `Misuse` a place where no record can be written, before anything is run."""
    parent = path.absolute().parent
    if path.is_dir():
        raise Misuse(f"cannot write the record {path}: it is a directory")
    if not parent.is_dir():
        raise Misuse(f"cannot write the record {path}: there is no directory {parent}")
    if not os.access(path if path.exists() else parent, os.W_OK):
        raise Misuse(f"cannot write the record {path}: permission denied")


def read(path: Path) -> Record:
    """The record in the file at `path`.

    Raises:
        RecordError: it is no record, of another format, truncated, or has a cell twice.
        OSError: it cannot be read.
    """
    lines = _lines(path)
    if not lines or lines[0].get("kind") != "header":
        raise RecordError(f"{path}: no record of a run: the header is missing")
    if lines[0].get("format") != FORMAT:
        raise RecordError(f"{path}: format {lines[0].get('format')!r} is unknown; this suite reads format {FORMAT}")
    if lines[-1].get("kind") != "footer":
        raise RecordError(f"{path}: truncated: the footer is missing")
    footer = lines[-1]
    try:
        rows = tuple(Row.from_dict(line) for line in lines[1:-1])
        count, complete, reason = footer["cells"], footer["complete"], footer["reason"]
    except (KeyError, ValueError, TypeError) as error:
        raise RecordError(f"{path}: a line lacks or garbles a field: {error}") from error
    if count != len(rows):
        raise RecordError(f"{path}: truncated: the footer counts {count} cells, the file has {len(rows)}")
    refuse_duplicates(rows, str(path))
    return Record((lines[0],), rows, () if complete else (reason or "not complete",))


def _lines(path: Path) -> list[dict[str, Any]]:
    lines = []
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            try:
                line = json.loads(text)
            except ValueError as error:
                raise RecordError(f"{path}:{number}: truncated, or no record of a run: {error}") from error
            if not isinstance(line, dict):
                raise RecordError(f"{path}:{number}: no record of a run")
            lines.append(line)
    return lines


def refuse_duplicates(rows: Iterable[Row], place: str) -> None:
    """Raise RecordError, which names `place`, if a cell occurs twice."""
    count = Counter(row.key for row in rows)
    for key, times in count.items():
        if times > 1:
            raise RecordError(f"{place}: the cell {' '.join(key)} occurs {times} times")
