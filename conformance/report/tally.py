"""Counting: how the cells of a record fall into columns (candidate, start method) and lines (subject, level).

Pure data; `table` draws it.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.catalogue import LEVELS, METHODS, Catalogue
from conformance.outcome import Verdict
from conformance.store import Row


@dataclass(frozen=True)
class Tally:
    """How many cells of one box of the table passed, and what became of the others.

    recorded: deviate as is on record. unexpected: did not get the verdict that they should.
    beyond: not met, and nobody is bound to.
    errors: the suite itself failed. notrun: nothing could be run. unsupported: declared to be lacking.
    """

    passed: int = 0
    recorded: int = 0
    beyond: int = 0
    unexpected: int = 0
    errors: int = 0
    notrun: int = 0
    unsupported: int = 0

    @property
    def total(self) -> int:
        """How many cells there are."""
        return sum(dataclasses.astuple(self))


def tally(rows: Iterable[Row]) -> Tally:
    """Count `rows`."""
    counts = Counter(map(_kind, rows))
    return Tally(**counts)


_OWN = {Verdict.NOTRUN: "notrun", Verdict.ERROR: "errors"}


def _kind(row: Row) -> str:
    if row.verdict in _OWN:
        return _OWN[row.verdict]
    if not row.as_expected:
        return "unexpected"
    if row.beyond:
        return "beyond"
    if row.verdict is Verdict.UNSUPPORTED:
        return "unsupported"
    return "passed" if row.verdict is Verdict.PASS else "recorded"


@dataclass(frozen=True, order=True)
class Column:
    """One candidate: a target under one Python."""

    target: str
    implementation: str
    python: str

    @property
    def interpreter(self) -> str:
        """The interpreter, in short."""
        return self.python if self.implementation == "cpython" else f"{self.implementation} {self.python}"


def column(row: Row) -> Column:
    """The column that `row` belongs to."""
    return Column(row.target, row.implementation, row.python)


def columns(rows: Iterable[Row]) -> dict[Column, list[str]]:
    """The start methods of every column, in the order of their first rows and of the manual."""
    found: dict[Column, set[str]] = {}
    for row in rows:
        found.setdefault(column(row), set()).add(row.method)
    return {key: sorted(methods, key=method_order) for key, methods in found.items()}


def method_order(method: str) -> tuple[int, str]:
    """A key that sorts start methods as the manual has them, and others after them."""
    return (METHODS.index(method) if method in METHODS else len(METHODS), method)


def subjects(rows: Iterable[Row], catalogue: Catalogue) -> list[str]:
    """The subjects that occur, in the catalogue's order."""
    present = {row.subject for row in rows}
    return [name for name in catalogue.subjects if name in present] + sorted(present - set(catalogue.subjects))


def levels(rows: Iterable[Row]) -> list[str]:
    """The levels that occur, from what the manual promises downwards."""
    present = {row.level for row in rows}
    return [name for name in LEVELS if name in present]
