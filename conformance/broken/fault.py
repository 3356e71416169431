"""Faults: what each broken implementation does wrong, which edit makes it so, and who must notice.

The only reader of faults/SUBJECT.toml. A table, whose name is the fault's:

    [get-ignores-its-timeout]
    fault = "get(timeout) waits without end"
    caught_by = ["queue.get.timeout.empty"]      # requirements, each of which must be seen to fail
    methods = ["fork"]                           # optional; else any start method will do
    green = ["queue.put.timeout"]                # optional: requirements that must stay fulfilled
    [get-ignores-its-timeout.stdlib]             # the edit, for each base that it can be made to
    file = "queues.py"
    inside = "Queue.get"                         # optional: the function or class in which it is made
    find = 'self\\._poll\\(timeout\\)'           # a regular expression that matches once
    replace = 'self._poll(None)'                 # as for re.sub

Where versions of the base differ, a base may have several edits ([[NAME.stdlib]]): the first that fits is made.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.catalogue import METHODS, Catalogue
from conformance.misuse import Misuse
from conformance.outcome import Verdict

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).with_name("faults")
BASES = ("reference", "stdlib")
"""The implementations that are broken, by the names that they have as targets."""

_KEYS = {"fault": str, "caught_by": list, "green": list, "methods": list, "verdict": str}
_EDIT_KEYS = {"file", "inside", "find", "replace"}
_VERDICTS = (Verdict.FAIL, Verdict.LEAK)
"""How a fault may be noticed. LEAK is for what is wrong only in what it leaves behind."""


class FaultFileError(ValueError):
    """A file of faults is wrong; the message names the file and the fault."""


@dataclass(frozen=True)
class Edit:
    """One small change.

    file: below the package. inside: the qualified name of a function or class; empty: anywhere in the file.
    find: a regular expression that must match exactly once. replace: as for re.sub.
    """

    file: str
    find: str
    replace: str
    inside: str = ""


@dataclass(frozen=True)
class Fault:
    """One broken implementation for each base that it has edits for.

    file: which tells of it. subject: of that file. sentence: what it does wrong.
    caught_by: requirements, each of which must be seen to fail. green: those that must stay fulfilled.
    methods: the start methods under which to see it; empty: any one will do.
    verdict: how it must be noticed.
    """

    name: str
    file: str
    subject: str
    sentence: str
    caught_by: tuple[str, ...]
    green: tuple[str, ...]
    methods: tuple[str, ...]
    verdict: Verdict
    edits: Mapping[str, tuple[Edit, ...]]


def read(path: Path, ids: Catalogue) -> list[Fault]:
    """The faults in the TOML file at `path`.

    Raises:
        FaultFileError: naming the fault and what is wrong with it.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FaultFileError(f"{path.name}: {error}") from error
    found = []
    for name, table in tables.items():
        try:
            found.append(_parse(name, path, table, ids))
        except FaultFileError as error:
            raise FaultFileError(f"{path.name}: {name}: {error}") from error
    return found


def subject_of(stem: str, ids: Catalogue) -> str:
    """The subject of a file: the one that it is named after, with an underscore and more behind it or not."""
    return max((name for name in ids.subjects if f"{stem}_".startswith(f"{name}_")), key=len, default=stem)


def _parse(name: str, path: Path, table: Any, ids: Catalogue) -> Fault:
    if not isinstance(table, dict):
        raise FaultFileError("stands outside of any table")
    for key, value in table.items():
        if key not in BASES and not isinstance(value, _KEYS.get(key, ())):
            raise FaultFileError(f"unknown key, or value of another type: {key!r}")
    for key in ("fault", "caught_by"):
        if not table.get(key):
            raise FaultFileError(f"{key} is missing")
    names = {key: tuple(table.get(key, ())) for key in ("caught_by", "green", "methods")}
    for requirement in names["caught_by"] + names["green"]:
        if requirement not in ids:
            raise FaultFileError(f"the catalogue has no requirement {requirement!r}")
    for method in names["methods"]:
        if method not in METHODS:
            raise FaultFileError(f"unknown start method {method!r}")
    verdict = table.get("verdict", Verdict.FAIL.value)
    if verdict not in _VERDICTS:
        raise FaultFileError(f"verdict must be one of {', '.join(_VERDICTS)}")
    edits = {base: _edits(table[base]) for base in BASES if base in table}
    if not edits:
        raise FaultFileError(f"there is no edit, neither for {' nor for '.join(BASES)}")
    return Fault(
        name=name,
        file=path.name,
        subject=subject_of(path.stem, ids),
        sentence=table["fault"],
        verdict=Verdict(verdict),
        edits=edits,
        **names,
    )


def _edits(tables: Any) -> tuple[Edit, ...]:
    return tuple(map(_edit, tables if isinstance(tables, list) else [tables]))


def _edit(table: Any) -> Edit:
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise FaultFileError("an edit is a table of strings")
    unknown = sorted(set(table) - _EDIT_KEYS)
    if unknown:
        raise FaultFileError(f"unknown key in an edit: {unknown[0]!r}")
    missing = sorted(_EDIT_KEYS - {"inside"} - set(table))
    if missing:
        raise FaultFileError(f"an edit lacks {missing[0]!r}")
    try:
        re.compile(table["find"])
    except re.error as error:
        raise FaultFileError(f"find is no regular expression: {error}") from error
    return Edit(**table)


def gather(folder: Path, ids: Catalogue) -> dict[str, Fault]:
    """All faults in `folder`, by name, in the catalogue's order of subjects.

    Raises:
        FaultFileError: a file is wrong, or two faults have the same name.
    """
    places = {name: number for number, name in enumerate(ids.subjects)}
    paths = sorted(
        folder.glob("*.toml"), key=lambda path: (places.get(subject_of(path.stem, ids), len(places)), path.stem)
    )
    found: dict[str, Fault] = {}
    for fault in (fault for path in paths for fault in read(path, ids)):
        other = found.setdefault(fault.name, fault)
        if other is not fault:
            raise FaultFileError(f"{fault.file}: {fault.name}: {other.file} has one of that name")
    return found


def choose(faults: Mapping[str, Fault], names: Iterable[str], subjects: Iterable[str]) -> list[Fault]:
    """Those of `faults` that have one of `names` and one of `subjects`; empty: all.

    Raises:
        Misuse: an unknown name, or nothing is left.
    """
    names, subjects = tuple(names), tuple(subjects)
    for name in names:
        if name not in faults:
            raise Misuse(f"there is no fault {name!r}; `conformance prove --list` names them")
    chosen = [
        fault
        for fault in faults.values()
        if (not names or fault.name in names) and (not subjects or fault.subject in subjects)
    ]
    if not chosen:
        raise Misuse("no fault is selected")
    return chosen
