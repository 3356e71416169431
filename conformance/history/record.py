"""The record of defects: read from defects.toml, and checked.

    [[defect]]
    id = "exit-without-status"
    defect = "sys.exit() in a child is reported as exit code 1"
    requirement = "process.exitcode.sys-exit-none"
    methods = ["forkserver"]                    # optional: the start methods under which it shows
    seen = ["stdlib 3.8.18", "billiard 4.3.2 on 3.11.7"]
    gone = ["stdlib 3.9.18"]
    tracker = "https://bugs.python.org/issue35727"    # optional: where it was reported
    bug = "MPB-001"                             # optional: its number in the list of defects this project began with
    reproduce = '...'                           # optional: a program that shows it, see `reproduction`

Whoever is named has a name and a version: those of the target, and, unless it comes with Python, those of the Python
too. Knows neither specs nor cells.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from conformance import catalogue
from conformance.catalogue import METHODS
from conformance.misuse import Misuse

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).with_name("defects.toml")
_NEEDED = ("id", "defect", "requirement", "seen", "gone")


class RecordError(ValueError):
    """The record is wrong; the message names the entry."""


@dataclass(frozen=True)
class Defect:
    """One entry. seen, gone: the implementations that had it, and others that have it no more, or never had it.

    reproduce: a program, to be run by an interpreter of `seen`: it ends with status 1 where the defect is, else with 0.
    """

    id: str
    defect: str
    requirement: str
    seen: tuple[str, ...]
    gone: tuple[str, ...]
    methods: tuple[str, ...] = ()
    tracker: str = ""
    bug: str = ""
    reproduce: str = ""

    @property
    def subject(self) -> str:
        """What part of the package it is in."""
        return catalogue.load()[self.requirement].subject


def implementation(target: str, facts: Mapping[str, Any]) -> str:
    """How the record names `target`, of which a probe told `facts`: "stdlib 3.8.18", "billiard 4.3.2 on 3.11.7"."""
    python = facts["python"] if facts["implementation"] == "cpython" else f"{facts['implementation']} {facts['python']}"
    if target == "stdlib":
        return f"stdlib {python}"
    return f"{' '.join(filter(None, (target, facts['version'])))} on {python}"


def briefly(names: Iterable[str]) -> str:
    """Several such names, those of the stdlib under one head: "stdlib 3.8.18, 3.9.18, billiard 4.3.2 on 3.11.7"."""
    told: list[str] = []
    for name in names:
        told.append(name.removeprefix("stdlib ") if told and name.startswith("stdlib ") else name)
    return ", ".join(told)


def read(path: Path = FILE) -> list[Defect]:
    """The entries in the file at `path`, in its order.

    Raises:
        RecordError: a key is unknown or missing, an id occurs twice, or a requirement is unknown.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8")).get("defect", [])
    found: dict[str, Defect] = {}
    for table in tables:
        defect = _parse(table)
        if defect.id in found:
            raise RecordError(f"{defect.id}: the id occurs twice")
        found[defect.id] = defect
    return list(found.values())


def _parse(table: Mapping[str, Any]) -> Defect:
    name = table.get("id", "an entry without id")
    for key in set(table) - {field.name for field in fields(Defect)}:
        raise RecordError(f"{name}: unknown key {key!r}")
    for key in _NEEDED:
        if not table.get(key):
            raise RecordError(f"{name}: {key!r} is missing")
    if table["requirement"] not in catalogue.load():
        raise RecordError(f"{name}: the catalogue has no requirement {table['requirement']!r}")
    for method in set(table.get("methods", ())) - set(METHODS):
        raise RecordError(f"{name}: unknown start method {method!r}")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return Defect(**values)


def find(defects: Iterable[Defect], id: str) -> Defect:  # noqa: A002 - what it is called everywhere
    """The one called `id`.

    Raises:
        Misuse: there is none.
    """
    for defect in defects:
        if defect.id == id:
            return defect
    raise Misuse(f"no defect {id!r} is on record")
