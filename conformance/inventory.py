"""Which specs there are: the spec functions of the package, without judging anything by them.

Spec modules import nothing but the suite's own small rooms and the standard library, so that they
can be looked at in the controller.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.matrix import Spec
from conformance.requirement import Declaration

FOLDER = Path(__file__).with_name("specs")
PACKAGE = "conformance.specs"


@dataclass(frozen=True)
class Entry:
    """A spec, with what a person wants to know of it. line: where it begins in its file."""

    spec: Spec
    sentence: str
    file: Path
    line: int


def entries() -> Iterator[Entry]:
    """Every spec, by file and in the order of the file."""
    for path in sorted(FOLDER.glob("test_*.py")):
        module = importlib.import_module(f"{PACKAGE}.{path.stem}")
        for name, value in vars(module).items():
            declaration = getattr(value, "requirement", None)
            if name.startswith("test_") and isinstance(declaration, Declaration):
                line = inspect.getsourcelines(value)[1]
                yield Entry(Spec(module.__name__, name, declaration), inspect.getdoc(value) or "", path, line)


def by_requirement() -> dict[str, list[Entry]]:
    """The specs of each requirement that has some."""
    found: dict[str, list[Entry]] = {}
    for entry in entries():
        found.setdefault(entry.spec.declaration.id, []).append(entry)
    return found
