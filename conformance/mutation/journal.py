"""The results of mutation, as JSON lines: written as they come, so that a run that was ended can go on.

A header says of which source they are; a row tells of one mutant. The last row of a mutant counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from conformance.misuse import Misuse

FORMAT = 1
Row = Mapping[str, Any]


def source_mark(package: Path, files: Iterable[str]) -> str:
    """Changes with the sources of `files` in `package`."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.encode() + (package / file).read_bytes())
    return digest.hexdigest()[:16]


class Journal:
    """What became of each mutant so far. path: where it is kept; None: nowhere. A context manager."""

    def __init__(self, path: Path | None, header: Mapping[str, Any]) -> None:
        self._path = path
        self._header = {"kind": "mutation", "format": FORMAT, **header}
        self._rows: dict[str, Row] = {}
        self._file: IO[str] | None = None

    def __enter__(self) -> Journal:
        if self._path is not None:
            fresh = not self._path.exists()
            if not fresh:
                self._read(self._path)
            try:
                self._file = self._path.open("a", encoding="utf-8")
            except OSError as error:
                raise Misuse(f"cannot write {self._path}: {error.strerror}") from error
            if fresh:
                self._write(self._header)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def _read(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        # A run that was killed may have left half a line.
        whole = [line for line in lines if line.endswith("\n")]
        try:
            header, *rows = [json.loads(line) for line in whole]
        except ValueError as error:
            raise Misuse(f"{path} is no journal of mutation: {error}") from error
        for key, value in self._header.items():
            if header.get(key) != value:
                raise Misuse(f"{path} was written for another {key}: {header.get(key)!r}, not {value!r}")
        self._rows = {row["key"]: row for row in rows}
        if whole != lines:
            path.write_text("".join(whole), encoding="utf-8")

    def _write(self, line: Row) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()

    @property
    def rows(self) -> list[Row]:
        """What is known of each mutant."""
        return list(self._rows.values())

    def get(self, key: str) -> Row | None:
        """What is known of the mutant `key`."""
        return self._rows.get(key)

    def add(self, row: Row) -> None:
        """Keep `row`."""
        self._rows[row["key"]] = row
        self._write(row)
