"""The catalogue of requirements: read, validated, and asked which cells exist.

The only reader of requirements.csv. Knows neither targets nor specs: it is told a Python version, a
platform and a start method. Above: `matrix`, `cli`, `report`.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.misuse import Misuse

FILE = Path(__file__).with_name("requirements.csv")
COLUMNS = (
    "id",
    "subject",
    "level",
    "statement",
    "since",
    "until",
    "platforms",
    "start_methods",
    "source",
    "observable",
    "untestable",
)
LEVELS = ("MUST", "SHOULD", "DEFACTO", "BEYOND")
"""From what the manual promises, over what it recommends and what programs rely on, to what nobody promises yet."""
BEYOND = LEVELS[-1]
"""The level whose requirements bind nobody: checked and shown, but no failure of one is held against a target."""

METHODS = ("fork", "spawn", "forkserver")
"""The start methods that a requirement may name, in the order in which reports show them."""

_PLATFORMS = {
    "posix": lambda platform: platform != "win32",
    "linux": lambda platform: platform == "linux",
    "windows": lambda platform: platform == "win32",
}

Version = tuple[int, ...]


def on_any(names: Iterable[str], platform: str) -> bool:
    """Whether `platform`, as sys.platform has it, is of one of the kinds that requirements and specs name."""
    return any(_PLATFORMS[name](platform) for name in names)


class CatalogueError(ValueError):
    """The catalogue contradicts itself; the message names the row."""


def parse_version(text: str) -> Version:
    """The leading numbers of a version: "3.15.0rc1" is (3, 15, 0), "3.14" is (3, 14), nothing is ()."""
    match = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in match.group().split(".")) if match else ()


@dataclass(frozen=True)
class Requirement:
    """One row of the catalogue.

    since, until: first and last Python for which it holds, both inclusive; empty: no bound.
    platforms, methods: where it holds; empty: everywhere.
    source: the place that promises it. observable: what a check may look at.
    untestable: why no spec can check it; empty: one can.
    """

    id: str
    subject: str
    level: str
    statement: str
    since: Version
    until: Version
    platforms: tuple[str, ...]
    methods: tuple[str, ...]
    source: str
    observable: str
    untestable: str = ""

    def applies(self, *, version: Version, platform: str, method: str) -> bool:
        """Whether it binds an implementation of `version` on `platform` (as sys.platform has it) under `method`."""
        if version < self.since or (self.until and version[: len(self.until)] > self.until):
            return False
        if self.platforms and not on_any(self.platforms, platform):
            return False
        return not self.methods or method in self.methods

    @property
    def binding(self) -> bool:
        """Whether a target that does not meet it deviates."""
        return self.level != BEYOND

    @property
    def conditions(self) -> str:
        """Where it holds, in words; empty when everywhere."""
        parts = []
        if self.since:
            parts.append("Python " + ".".join(map(str, self.since)) + " and newer")
        if self.until:
            parts.append("Python up to " + ".".join(map(str, self.until)))
        if self.platforms:
            parts.append("on " + ", ".join(self.platforms))
        if self.methods:
            parts.append("under " + ", ".join(self.methods))
        return "; ".join(parts)


def _names(text: str, known: Iterable[str]) -> tuple[str, ...]:
    names = tuple(text.split(";"))
    if names == ("all",):
        return ()
    for name in names:
        if name not in known:
            raise CatalogueError(f"unknown name {name!r}")
    return names


def _parse(row: Mapping[str, str], place: str) -> Requirement:
    try:
        return _requirement(row)
    except CatalogueError as error:
        raise CatalogueError(f"{place}: {error}") from error


def _requirement(row: Mapping[str, str]) -> Requirement:
    for column in ("id", "subject", "statement", "source"):
        if not row[column].strip():
            raise CatalogueError(f"column {column} is empty")
    if row["level"] not in LEVELS:
        raise CatalogueError(f"unknown level {row['level']!r}")
    for column in ("since", "until"):
        if row[column] and not re.fullmatch(r"3\.\d+(\.\d+)?", row[column]):
            raise CatalogueError(f"column {column} holds no Python version: {row[column]!r}")
    return Requirement(
        id=row["id"],
        subject=row["subject"],
        level=row["level"],
        statement=row["statement"],
        since=parse_version(row["since"]),
        until=parse_version(row["until"]),
        platforms=_names(row["platforms"], _PLATFORMS),
        methods=_names(row["start_methods"], METHODS),
        source=row["source"],
        observable=row["observable"],
        untestable=row["untestable"],
    )


class Catalogue(Mapping[str, Requirement]):
    """Requirements by id, in the order of the file, which is the order of the manual's sections."""

    def __init__(self, requirements: Iterable[Requirement]) -> None:
        self._rows: dict[str, Requirement] = {}
        for requirement in requirements:
            if requirement.id in self._rows:
                raise CatalogueError(f"{requirement.id}: the id occurs twice")
            self._rows[requirement.id] = requirement

    def __getitem__(self, id: str) -> Requirement:  # noqa: A002 - the column's name
        return self._rows[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Every subject, in the order of the file."""
        return tuple(dict.fromkeys(row.subject for row in self.values()))

    def check_choice(self, subjects: Iterable[str], levels: Iterable[str]) -> None:
        """Refuse by `Misuse` a subject or level that the catalogue does not know."""
        for subject in subjects:
            if subject not in self.subjects:
                raise Misuse(f"unknown subject {subject!r}; there are: {', '.join(self.subjects)}")
        for level in levels:
            if level not in LEVELS:
                raise Misuse(f"unknown level {level!r}; there are: {', '.join(LEVELS)}")


def read(path: Path) -> Catalogue:
    """The catalogue in the CSV file at `path`.

    Raises:
        CatalogueError: a column is missing, a value is none of the allowed ones, or an id occurs twice.
    """
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise CatalogueError(f"{path.name}: the columns must be {', '.join(COLUMNS)}")
        return Catalogue(_parse(row, f"{path.name}:{reader.line_num}: {row['id']}") for row in reader)


@functools.cache
def load() -> Catalogue:
    """The catalogue that the suite comes with."""
    return read(FILE)
