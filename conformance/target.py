"""Targets: what is judged, and what is known of it beforehand.

A target is the name of a known one (a file in targets/) or of any importable module. Nothing is
imported here: whether the module is there is found out by a probe in the interpreter under test.
Above: `matrix`, `recruit`, `cli`.
"""

from __future__ import annotations

import datetime
import functools
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance import catalogue
from conformance.catalogue import parse_version
from conformance.deviations import DeviationError, Known, parse
from conformance.misuse import Misuse

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).with_name("targets")

_KEYS = {
    "review": datetime.date,
    "module": str,
    "title": str,
    "strict": bool,
    "behaves_as": str,
    "bundled": bool,
    "lacks": list,
}


class TargetFileError(ValueError):
    """A file in targets/ is wrong; the message names the file and the entry."""


@dataclass(frozen=True)
class Target:
    """One implementation to judge.

    name: how reports call it. module: what the interpreter under test imports.
    title: a few words for a reader.
    strict: whether it claims the exception classes that only the stdlib fixes.
    behaves_as: the Python whose requirements bind it, whatever Python it runs under; empty: the running one's.
    bundled: it comes with this distribution, and is lent to an interpreter that lacks it.
    lacks: capabilities that it declares not to have.
    deviations: what it is known to do otherwise.
    """

    name: str
    module: str
    title: str = ""
    strict: bool = True
    behaves_as: str = ""
    bundled: bool = False
    lacks: frozenset[str] = frozenset()
    deviations: tuple[Known, ...] = ()

    def judged_as(self, python: str) -> catalogue.Version:
        """The Python version whose requirements bind it when it runs under `python`."""
        return parse_version(self.behaves_as or python)

    def known(self, requirement: str, spec: str, *, facts: Mapping[str, Any], method: str) -> Known | None:
        """The first entry that speaks of this cell, if any."""
        for entry in self.deviations:
            if entry.requirement == requirement and entry.applies(facts, method, spec):
                return entry
        return None


def read(path: Path) -> Target:
    """The target that the TOML file at `path` describes; its name is the file's.

    Raises:
        TargetFileError: naming the file and what is wrong in it.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for key, value in table.items():
            if key != "deviation" and not isinstance(value, _KEYS.get(key, ())):
                raise DeviationError(f"unknown key, or value of another type: {key!r}")
        ids = catalogue.load()
        # What the file says once holds for every entry that says nothing else.
        common = {"review": table.pop("review")} if "review" in table else {}
        entries = tuple(parse(common | entry, ids) for entry in table.pop("deviation", []))
        return Target(name=path.stem, deviations=entries, **table | {"lacks": frozenset(table.get("lacks", []))})
    except (tomllib.TOMLDecodeError, DeviationError, TypeError) as error:
        raise TargetFileError(f"{path.name}: {error}") from error


@functools.cache
def known() -> Mapping[str, Target]:
    """Every target that the suite has a file for, by name; the stdlib first."""
    targets = [read(path) for path in sorted(FOLDER.glob("*.toml"))]
    targets.sort(key=lambda target: target.name != "stdlib")
    return {target.name: target for target in targets}


def resolve(name: str) -> Target:
    """The target that a user means by `name`: a known one by its name or module, or else any module.

    Raises:
        Misuse: it can be neither.
    """
    for target in known().values():
        if name in (target.name, target.module):
            return target
    if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", name):
        raise Misuse(f"{name!r} is no target: give one of {', '.join(known())}, or the name of a module")
    return Target(name=name, module=name)
