"""The results of mutation: written as they come, so that a run that was ended can go on.

The header says of which source they are; a row tells of one mutant. The last row of a mutant counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from conformance.continued import Continued, Row

FORMAT = 1


def source_mark(package: Path, files: Iterable[str]) -> str:
    """Changes with the sources of `files` in `package`."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.encode() + (package / file).read_bytes())
    return digest.hexdigest()[:16]


class Journal(Continued):
    """What became of each mutant so far. path: where it is kept; None: nowhere. A context manager."""

    def __init__(self, path: Path | None, header: Mapping[str, str]) -> None:
        super().__init__(path, {"kind": "mutation", "format": FORMAT, **header}, "journal of mutation")
        self._rows: dict[str, Row] = {}

    def take(self, row: Row) -> None:
        """As `Continued.take`."""
        self._rows[row["key"]] = row

    @property
    def rows(self) -> list[Row]:
        """What is known of each mutant."""
        return list(self._rows.values())

    def get(self, key: str) -> Row | None:
        """What is known of the mutant `key`."""
        return self._rows.get(key)
