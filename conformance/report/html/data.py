"""What the page knows: the rows of a record as compact plain data.

A cell that passed is one letter and a number; only of the others the page carries evidence, each text once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conformance.catalogue import Catalogue, parse_version
from conformance.inventory import entries
from conformance.lacks import names_in
from conformance.outcome import Verdict
from conformance.report.html.implementations import implementations, scores_of_runs
from conformance.report.html.programs import programs
from conformance.report.tally import method_order
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
STALE = "S"
"""It passed, though a deviation is on record."""
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


def page_data(record: Record, catalogue: Catalogue, earlier: Sequence[Record] = ()) -> dict[str, Any]:
    """The data of the page for `record`, as JSON takes it; of records made `earlier` the scores alone."""
    columns = _columns(record.rows)
    places = {column: number for number, column in enumerate(columns)}
    texts = _Texts()
    grid: dict[str, list[str]] = {}
    seconds: dict[str, list[str]] = {}
    evidence: dict[str, dict[str, Any]] = {}
    requirement_of: dict[str, str] = {}
    order = {id_: number for number, id_ in enumerate(catalogue)}
    for row in record.rows:
        requirement_of[row.spec] = row.requirement
        place = places[_column(row)]
        grid.setdefault(row.spec, [ABSENT] * len(columns))[place] = _letter(row)
        seconds.setdefault(row.spec, [""] * len(columns))[place] = str(round(row.outcome.duration * 100))
        if row.verdict is not Verdict.PASS or row.deviation is not None:
            evidence.setdefault(row.spec, {})[str(place)] = _evidence(row, texts)
    specs = sorted(grid, key=lambda spec: (order.get(requirement_of[spec], len(order)), spec))
    used = dict.fromkeys(requirement_of[spec] for spec in specs)
    numbers = {id_: number for number, id_ in enumerate(used)}
    sentences = {entry.spec.name: entry.sentence for entry in entries()}
    told = {spec: number for number, spec in enumerate(specs) if spec in evidence}
    return {
        "columns": [
            dict(zip(("target", "implementation", "python", "method"), column, strict=True)) for column in columns
        ],
        "requirements": [_requirement(id_, catalogue, record.rows) for id_ in used],
        "specs": [[spec, numbers[requirement_of[spec]], "".join(grid[spec])] for spec in specs],
        "sentences": [sentences.get(spec, "") for spec in specs],
        "hundredths": [" ".join(seconds[spec]) for spec in specs],
        "evidence": {str(number): evidence[spec] for spec, number in told.items()},
        "texts": texts.listed(),
        "programs": programs(record, told),
        "implementations": implementations(record),
        "runs": scores_of_runs([*earlier, record]) if earlier else [],
        "reasons": list(record.reasons),
    }


def _letter(row: Row) -> str:
    letter = _LETTERS[row.verdict]
    if row.verdict is Verdict.PASS:
        return letter if row.as_expected else STALE
    return letter.lower() if row.as_expected else letter


def _column(row: Row) -> tuple[str, str, str, str]:
    return (row.target, row.implementation, row.python, row.method)


def _columns(rows: Iterable[Row]) -> list[tuple[str, str, str, str]]:
    found = dict.fromkeys(map(_column, rows))
    targets = {target: number for number, target in enumerate(dict.fromkeys(column[0] for column in found))}

    def order(column: tuple[str, str, str, str]) -> tuple[Any, ...]:
        target, implementation, python, method = column
        return (targets[target], implementation, parse_version(python), method_order(method))

    return sorted(found, key=order)


def _evidence(row: Row, texts: _Texts) -> dict[str, Any]:
    outcome = row.outcome
    if row.verdict is Verdict.UNSUPPORTED:
        told = {"lacks": names_in(outcome.message) or outcome.message}
    else:
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
        told |= _on_record(row.deviation)
    return {name: texts.number(text[-_LONGEST:]) for name, text in told.items() if text}


def _on_record(deviation: Mapping[str, Any]) -> dict[str, str]:
    return {
        "on record": deviation["reason"],
        "as": " or ".join(deviation["verdicts"]),
        "issue": deviation["issue"],
        "review": deviation["review"],
    }


def _requirement(id_: str, catalogue: Catalogue, rows: Iterable[Row]) -> list[str]:
    known = catalogue.get(id_)
    if known is not None:
        return [id_, known.subject, known.level, known.statement, known.source, known.conditions, known.observable]
    row = next(row for row in rows if row.requirement == id_)
    return [id_, row.subject, row.level, "", "", "", ""]
