"""Files of JSON lines to which a run adds as it goes, so that the same command goes on from them after an end.

A header says what they are and of what; a line that an end in the midst of writing left half is forgotten.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeVar

from conformance.misuse import Misuse

Row = Mapping[str, Any]
This = TypeVar("This", bound="Continued")


class Continued(ABC):
    """One such file. A context manager.

    path: None: nothing is kept. header: how the file begins; "kind" is one of its keys. what: the file, in words.
    """

    def __init__(self, path: Path | None, header: Row, what: str) -> None:
        self._path = path
        self._header = header
        self._what = what
        self._file: IO[str] | None = None

    @abstractmethod
    def take(self, row: Row) -> None:
        """Take note of a row, which has just been read or added."""

    def is_outdated(self, header: Any) -> bool:
        """Whether a file that begins with `header` is to be begun anew. In general not: it took long."""
        return False

    def __enter__(self: This) -> This:
        """Read what is there.

        Raises:
            Misuse: it is another file, or of something else, or cannot be read or written.
        """
        if self._path is not None:
            continues = self._read(self._path)
            try:
                self._file = self._path.open("a", encoding="utf-8")
            except OSError as error:
                raise Misuse(f"cannot write {self._path}: {error.strerror}") from error
            if not continues:
                self._write(self._header)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def _read(self, path: Path) -> bool:
        """Take what is there, and say whether something is."""
        try:
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        except FileNotFoundError:
            return False
        except (OSError, UnicodeDecodeError) as error:
            raise Misuse(f"cannot read {path}: {error}") from error
        whole = [line for line in lines if line.endswith("\n")]
        try:
            rows = [json.loads(line) for line in whole]
            if rows and self.is_outdated(rows[0]):
                path.unlink()
                return False
            if rows:
                self._check(path, rows[0])
            for row in rows[1:]:
                self.take(row)
        except (ValueError, KeyError, TypeError) as error:
            raise Misuse(f"{path} is no {self._what}: {error}") from error
        if whole != lines:
            path.write_text("".join(whole), encoding="utf-8")
        return bool(rows)

    def _check(self, path: Path, header: Any) -> None:
        if not isinstance(header, dict) or header.get("kind") != self._header["kind"]:
            raise ValueError("it begins otherwise")
        for key, value in self._header.items():
            if header.get(key) != value:
                raise Misuse(f"{path} was written for another {key}: {header.get(key)!r}, not {value!r}")

    def add(self, row: Row) -> None:
        """Keep `row`."""
        self.take(row)
        self._write(row)

    def _write(self, line: Row) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
