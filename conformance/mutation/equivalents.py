"""Mutants that no spec can notice, and why: read from the files in unnoticeable/, and matched with what was caught.

An entry speaks of lines, not of numbers, so that it survives a change elsewhere in the file:

    [[equivalent]]
    base = "stdlib"
    file = "util.py"                     # a pattern, as for file names
    inside = "sub_debug"                 # optional, a pattern: the function or class
    operator = "DropStatement"           # optional, a pattern
    before = 'logger\\.log'              # optional: a regular expression found in the line that is changed
    after = 'pass'                       # optional: one found in the line that comes of it
    reason = "what is logged for debugging is nobody's business"

A mutant that a spec notices counts as noticed, whatever an entry says; that is told, since the entry may be wrong.
"""

from __future__ import annotations

import fnmatch
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.broken.fault import BASES
from conformance.misuse import Misuse

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).with_name("unnoticeable")
_KEYS = {"base", "file", "reason", "inside", "operator", "before", "after"}


@dataclass(frozen=True)
class Equivalent:
    """A reason why a kind of mutant cannot be noticed."""

    base: str
    file: str
    reason: str
    inside: str = "*"
    operator: str = "*"
    before: str = ""
    after: str = ""

    def matches(self, base: str, row: Mapping[str, Any]) -> bool:
        """Whether it speaks of the mutant of `base` that `row` of the journal tells of."""
        return (
            self.base == base
            and fnmatch.fnmatchcase(row["file"], self.file)
            and fnmatch.fnmatchcase(row["inside"], self.inside)
            and fnmatch.fnmatchcase(row["operator"], self.operator)
            and re.search(self.before, row["before"]) is not None
            and re.search(self.after, row["after"]) is not None
        )


def read(folder: Path = FOLDER) -> list[Equivalent]:
    """The entries in the files of `folder`.

    Raises:
        Misuse: one is wrong; names file and entry.
    """
    return [entry for path in sorted(folder.glob("*.toml")) for entry in _entries(path)]


def _entries(path: Path) -> Iterator[Equivalent]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", [])
    except tomllib.TOMLDecodeError as error:
        raise Misuse(f"{path.name}: {error}") from error
    for number, table in enumerate(tables, 1):
        wrong = sorted(set(table) - _KEYS) or sorted({"base", "file", "reason"} - set(table))
        if wrong or table["base"] not in BASES:
            raise Misuse(f"{path.name}: entry {number}: {', '.join(wrong) or 'base'} is unknown or missing")
        try:
            re.compile(table.get("before", "")), re.compile(table.get("after", ""))
        except re.error as error:
            raise Misuse(f"{path.name}: entry {number}: {error}") from error
        yield Equivalent(**table)


def reason_for(base: str, row: Mapping[str, Any], entries: Sequence[Equivalent]) -> str:
    """Why the mutant cannot be noticed; empty when no entry says so."""
    return next((entry.reason for entry in entries if entry.matches(base, row)), "")
