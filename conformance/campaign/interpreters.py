"""Which interpreters this machine has: those on the path by their usual names, and those of a version manager."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.asking import said, seen_through
from conformance.misuse import Misuse
from conformance.recruit import interpreter

NAMES = (*(f"python3.{minor}" for minor in range(8, 16)), "pypy3", "wine-python")
_ASK = "import sys; print(sys.implementation.name, *sys.version_info[:2], sys.platform)"


@dataclass(frozen=True)
class Interpreter:
    """One interpreter. kind: what is judged alike, as "cpython 3.13 linux": the first of a kind is enough."""

    path: str
    kind: str

    @property
    def label(self) -> str:
        """A name for files."""
        return self.kind.replace(" ", "-")

    @property
    def version(self) -> str:
        """Its first two numbers, as "3.13"."""
        return self.kind.split()[1]

    @property
    def own(self) -> bool:
        """Whether it is of the kind of the interpreter that runs this."""
        return self.kind == f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]} {sys.platform}"

    @property
    def foreign(self) -> bool:
        """Whether it is a build for another system than this one, run by something that stands in for that system."""
        return self.kind.split()[-1] != sys.platform


def discover(names: Iterable[str] = NAMES) -> list[Interpreter]:
    """One interpreter of each kind that is installed under one of `names`."""
    found: dict[str, Interpreter] = {}
    for path in _candidates(names):
        one = ask(path)
        if one is not None:
            found.setdefault(one.kind, one)
    return list(found.values())


def ask(path: str) -> Interpreter | None:
    """The interpreter at `path`; None if it does not run: what bears the name may be a version manager's stand-in."""
    words = (said(path, _ASK) or "").split()
    if len(words) != 4:
        return None
    name, major, minor, system = words
    return Interpreter(path, f"{name} {major}.{minor} {system}")


def known_as(name: str) -> Interpreter:
    """The interpreter that `name` means, as a shell would find it.

    Raises:
        Misuse: there is none, or it does not run.
    """
    found = ask(interpreter(name))
    if found is None:
        raise Misuse(f"{name!r} is no interpreter: it does not tell its version")
    return found


def _candidates(names: Iterable[str]) -> Iterator[str]:
    managed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for name in names:
        for directory in [*os.get_exec_path(), *map(str, sorted(managed.glob("*/bin")))]:
            path = shutil.which(name, path=directory)
            if path is not None:
                yield seen_through(path)
