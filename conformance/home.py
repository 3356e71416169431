"""The private directories and files of one cell, and what can be read from them.

Short paths: below `tmp` the target makes socket files, whose paths have little room.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from conformance.judgement import Entry, read_record

_TAIL = 16_000
"""Bytes of each output stream that are kept."""


class Home:
    """The place of one cell: `work` (its directory), `tmp`, `meet` (gates), and the files out, err, record."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.nonce = secrets.token_hex(8)
        root.mkdir()
        for name in ("work", "tmp", "meet"):
            (root / name).mkdir()
        for name in ("out", "err", "record"):
            (root / name).touch()
        self._seen = 0

    @property
    def stderr(self) -> Path:
        """The file that is descriptor 2 of the cell and, by inheritance, of its descendants."""
        return self.root / "err"

    def entries(self) -> tuple[Entry, ...]:
        """What the cell has entered in its record so far."""
        return read_record((self.root / "record").read_bytes(), self.nonce)

    def has_failed(self) -> bool:
        """Whether the spec is known to have failed, though its cell may not have ended yet."""
        size = os.path.getsize(self.root / "record")
        if size == self._seen:
            return False
        self._seen = size
        return any(entry["kind"] == "fail" for entry in self.entries())

    def written(self) -> int:
        """Bytes written to stdout, stderr and the record."""
        return sum(os.path.getsize(self.root / name) for name in ("out", "err", "record"))

    def tail(self, name: str, end: int | None = None) -> str:
        """The last part of the output `name`, of what was written before position `end`."""
        with (self.root / name).open("rb") as file:
            size = file.seek(0, os.SEEK_END) if end is None else end
            file.seek(max(0, size - _TAIL))
            data = file.read(min(size, _TAIL))
        return ("[...]" if size > _TAIL else "") + data.decode(errors="replace")

    def litter(self) -> list[str]:
        """Names of what lies in the private temporary directory."""
        try:
            return sorted(os.listdir(self.root / "tmp"))
        except OSError:
            return []  # The target removed it.

    def remove(self) -> None:
        """Remove everything, as far as it lets itself be removed."""
        shutil.rmtree(self.root, ignore_errors=True)
