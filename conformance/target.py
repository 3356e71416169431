"""Targets: what is judged, and what is known of it beforehand.

A target is the name of a known one (a file in targets/), such a file of the user's own, any importable
module, or an attribute of one. Nothing is imported here: whether the module is there is found out by a
probe in the interpreter under test.
Above: `matrix`, `recruit`, `cli`.
"""

from __future__ import annotations

import datetime
import functools
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from conformance import catalogue
from conformance.catalogue import parse_version
from conformance.deviations import DeviationError, Known, parse, within
from conformance.misuse import Misuse

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).with_name("targets")

_KEYS = {
    "review": datetime.date,
    "module": str,
    "attribute": str,
    "title": str,
    "strict": bool,
    "behaves_as": str,
    "requires_python": str,
    "bundled": bool,
    "borrows": str,
    "distribution": str,
    "large": bool,
    "fresh": bool,
    "by_hand": bool,
    "methods": list,
    "lacks": list,
    "leaves": list,
}
_ADAPTER = """\
\"\"\"{name}, as a package.\"\"\"

from conformance.presentation import present

present(__name__, {module!r}, {attribute!r}, {borrows!r}, {methods!r})
"""
_DOTTED = r"[^\W\d]\w*(\.[^\W\d]\w*)*"


class TargetFileError(ValueError):
    """A file in targets/ is wrong; the message names the file and the entry."""


@dataclass(frozen=True)
class Target:
    """One implementation to judge.

    name: how reports call it. origin: what `resolve` finds it again by.
    module: what the interpreter under test imports. attribute: what is meant of it, dotted; empty: the module itself.
    title: a few words for a reader.
    strict: whether it claims the exception classes that only the stdlib fixes.
    behaves_as: the Python whose requirements bind it, whatever Python it runs under; empty: the running one's.
    requires_python: the Pythons that it is for.
    bundled: it comes with this distribution, and is lent to an interpreter that lacks it.
    borrows: the package whose submodules its users take where it has none of its own.
    distribution: what to install it by; empty: it is there, or is not to be installed unasked.
    large: its cells take several times as long as others'.
    fresh: importing it remembers things of the process: no cell may be forked from an interpreter that has done so.
    by_hand: it needs a service that somebody has to start first: it is judged when it is named, not with all others.
    methods: the start methods to judge it under; empty: those that it says to offer.
    lacks: capabilities, among them start methods, that it declares not to have.
    leaves: patterns of what its services leave behind on purpose, as reports tell of it: no leaks.
    deviations: what it is known to do otherwise.
    """

    name: str
    module: str
    origin: str
    attribute: str = ""
    title: str = ""
    strict: bool = True
    behaves_as: str = ""
    requires_python: SpecifierSet = field(default_factory=SpecifierSet)
    bundled: bool = False
    borrows: str = ""
    distribution: str = ""
    large: bool = False
    fresh: bool = False
    by_hand: bool = False
    methods: tuple[str, ...] = ()
    lacks: frozenset[str] = frozenset()
    leaves: tuple[re.Pattern[str], ...] = ()
    deviations: tuple[Known, ...] = ()

    @property
    def is_package(self) -> bool:
        """Whether specs can import it as it is; else it must be presented as a package."""
        return not (self.attribute or self.borrows or self.methods)

    @property
    def importable(self) -> str:
        """The name by which specs import it."""
        if self.is_package:
            return self.module
        return "presented_" + re.sub(r"\W", "_", ".".join(filter(None, (self.module, self.attribute))))

    def is_for(self, python: str) -> bool:
        """Whether it is meant to run under this version of Python at all."""
        return within(python, self.requires_python)

    def leaves_on_purpose(self, leaks: Iterable[str]) -> bool:
        """Whether all `leaks` are what its services leave behind by design."""
        return bool(self.leaves) and all(any(each.search(leak) for each in self.leaves) for leak in leaks)

    def judged_as(self, python: str) -> catalogue.Version:
        """The Python version whose requirements bind it when it runs under `python`."""
        return parse_version(self.behaves_as or python)

    def known(self, requirement: str, spec: str, *, facts: Mapping[str, Any], method: str) -> Known | None:
        """The first entry that speaks of this cell, if any."""
        for entry in self.deviations:
            if entry.requirement == requirement and entry.applies(facts, method, spec):
                return entry
        return None


def read(path: Path, origin: str = "") -> Target:
    """The target that the TOML file at `path` describes; its name is the file's, and so its origin if none is given.

    Raises:
        TargetFileError: naming the file and what is wrong in it.
        OSError: it cannot be read.
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
        table |= {
            "lacks": frozenset(table.get("lacks", [])),
            "leaves": tuple(map(re.compile, table.get("leaves", []))),
            "methods": tuple(table.get("methods", [])),
            "requires_python": SpecifierSet(table.get("requires_python", "")),
        }
        return Target(name=path.stem, origin=origin or path.stem, deviations=entries, **table)
    except (tomllib.TOMLDecodeError, DeviationError, InvalidSpecifier, re.error, TypeError) as error:
        raise TargetFileError(f"{path.name}: {error}") from error


@functools.cache
def known() -> Mapping[str, Target]:
    """Every target that the suite has a file for, by name; the stdlib first."""
    targets = [read(path) for path in sorted(FOLDER.glob("*.toml"))]
    targets.sort(key=lambda target: target.name != "stdlib")
    return {target.name: target for target in targets}


def resolve(name: str) -> Target:
    """The target that a user means by `name`.

    A known one by its name or module, a file like those in targets/, a module, or "module:attribute".
    Raises:
        Misuse: it can be none of them.
    """
    for target in known().values():
        if name in (target.name, target.module):
            return target
    if name.endswith(".toml"):
        return _of_file(name)
    found = re.fullmatch(f"(?P<module>{_DOTTED})(:(?P<attribute>{_DOTTED}))?", name)
    if found is None:
        raise Misuse(
            f"{name!r} is no target: give one of {', '.join(known())}, the name of a module, module:attribute,"
            " or the path of a file NAME.toml"
        )
    return Target(name=name, origin=name, module=found["module"], attribute=found["attribute"] or "")


def _of_file(name: str) -> Target:
    try:
        return read(Path(name), origin=str(Path(name).absolute()))
    except OSError as error:
        raise Misuse(f"cannot read the target's file {name}: {error.strerror}") from error
    except TargetFileError as error:
        raise Misuse(str(error)) from error


def adapter(target: Target) -> str:
    """The source of the module as which `target`, which is no package of multiprocessing's shape, is imported."""
    return _ADAPTER.format(
        name=target.name,
        module=target.module,
        attribute=target.attribute,
        borrows=target.borrows,
        methods=target.methods,
    )
