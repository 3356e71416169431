"""What the page knows: the rows of a record as compact plain data.

A cell that passed is one letter; only of the others the page carries evidence, each text once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.catalogue import METHODS, Catalogue
from conformance.outcome import Verdict
from conformance.report.html.programs import programs
from conformance.store import Record, Row

_LETTERS = {
    Verdict.PASS: "P",
    Verdict.FAIL: "F",
    Verdict.HANG: "H",
    Verdict.CRASH: "C",
    Verdict.LEAK: "L",
    Verdict.UNSUPPORTED: "U",
    Verdict.NOTRUN: "N",
    Verdict.ERROR: "E",
}
"""In the page a small letter stands for the same verdict, as it was expected or binds nobody."""
ABSENT = "."
_LONGEST = 1500
"""Characters of a text that the page carries: its end, where what matters stands."""


class _Texts:
    """Texts by number, each once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def listed(self) -> list[str]:
        return list(self._numbers)


def page_data(record: Record, catalogue: Catalogue) -> dict[str, Any]:
    """The data of the page for `record`, as JSON takes it."""
    columns = _columns(record.rows)
    places = {column: number for number, column in enumerate(columns)}
    texts = _Texts()
    grid: dict[str, list[str]] = {}
    evidence: dict[str, dict[str, Any]] = {}
    requirement_of: dict[str, str] = {}
    order = {id_: number for number, id_ in enumerate(catalogue)}
    for row in record.rows:
        requirement_of[row.spec] = row.requirement
        line = grid.setdefault(row.spec, [ABSENT] * len(columns))
        place = places[_column(row)]
        letter = _LETTERS[row.verdict]
        line[place] = letter.lower() if row.as_expected and row.verdict is not Verdict.PASS else letter
        if row.verdict not in (Verdict.PASS, Verdict.UNSUPPORTED):
            evidence.setdefault(row.spec, {})[str(place)] = _evidence(row, texts)
    specs = sorted(grid, key=lambda spec: (order.get(requirement_of[spec], len(order)), spec))
    used = dict.fromkeys(requirement_of[spec] for spec in specs)
    numbers = {id_: number for number, id_ in enumerate(used)}
    return {
        "columns": [
            dict(zip(("target", "implementation", "python", "method"), column, strict=True)) for column in columns
        ],
        "requirements": [_requirement(id_, catalogue, record.rows) for id_ in used],
        "specs": [[spec, numbers[requirement_of[spec]], "".join(grid[spec])] for spec in specs],
        "evidence": {str(number): evidence[spec] for number, spec in enumerate(specs) if spec in evidence},
        "texts": texts.listed(),
        "programs": programs(record, {spec: number for number, spec in enumerate(specs) if spec in evidence}),
        "candidates": [_candidate(candidate) for candidate in record.candidates],
        "reasons": list(record.reasons),
    }


def _column(row: Row) -> tuple[str, str, str, str]:
    return (row.target, row.implementation, row.python, row.method)


def _columns(rows: Iterable[Row]) -> list[tuple[str, str, str, str]]:
    found = dict.fromkeys(map(_column, rows))
    targets = {target: number for number, target in enumerate(dict.fromkeys(column[0] for column in found))}

    def order(column: tuple[str, str, str, str]) -> tuple[Any, ...]:
        target, implementation, python, method = column
        known = METHODS.index(method) if method in METHODS else len(METHODS)
        return (targets[target], implementation, [int(part) for part in python.split(".")], known, method)

    return sorted(found, key=order)


def _evidence(row: Row, texts: _Texts) -> dict[str, Any]:
    outcome = row.outcome
    told = {
        "expected": outcome.expected,
        "got": outcome.got,
        "message": outcome.message,
        "left behind": "\n".join(outcome.leaks),
        "traceback": outcome.traceback,
        "standard error": outcome.stderr,
        "stacks": outcome.stacks,
        "see again": row.command,
    }
    if row.deviation is not None:
        told["on record"] = row.deviation["reason"]
        told["issue"] = row.deviation["issue"]
    return {name: texts.number(text[-_LONGEST:]) for name, text in told.items() if text}


def _requirement(id_: str, catalogue: Catalogue, rows: Iterable[Row]) -> list[str]:
    known = catalogue.get(id_)
    if known is not None:
        return [id_, known.subject, known.level, known.statement, known.source]
    row = next(row for row in rows if row.requirement == id_)
    return [id_, row.subject, row.level, "", ""]


def _candidate(candidate: Mapping[str, Any]) -> dict[str, str]:
    facts = candidate["facts"]
    return {
        "target": candidate["target"],
        "title": candidate.get("title", ""),
        "version": facts.get("version", ""),
        "python": facts["python"],
        "implementation": facts["implementation"],
        "platform": facts["platform"],
    }
