"""The private directories and files of one cell, and what can be read from them.

Short paths: below `tmp` the target makes socket files, whose paths have little room.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from pathlib import Path

from conformance.judgement import Entry, read_record

_TAIL = 16_000
"""Bytes of each output stream that are kept."""


_MODE = 0o700
_ROOMS = ("work", "tmp", "meet")
_FILES = ("out", "err", "record")


class Home:
    """The place of one cell: `work` (its directory), `tmp`, `meet` (gates), and the files out, err, record."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        for name in _ROOMS:
            (root / name).mkdir()
            (root / name).chmod(_MODE)
        self.furnish()

    def furnish(self) -> None:
        """Make it ready for a cell."""
        self.nonce = secrets.token_hex(8)
        self._seen = 0
        for name in _FILES:
            # New files, so that no permission or limit that a cell set on the last ones lives on.
            os.close(os.open(self.root / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    def clear(self) -> bool:
        """Remove what the cell left, and say whether the place may serve another, which must see no trace of it.

        Directories are dear to make and to remove (together 5 ms a cell, measured on ext4), so they are kept.
        """
        try:
            if sorted(os.listdir(self.root)) != sorted(_ROOMS + _FILES):
                return False
            for name in _FILES:
                os.unlink(self.root / name)
            for room in _ROOMS:
                if stat.S_IMODE(os.lstat(self.root / room).st_mode) != _MODE:
                    return False
                for name in os.listdir(self.root / room):
                    _remove(self.root / room / name)
        except OSError:
            return False
        return True

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
        return sum(os.path.getsize(self.root / name) for name in _FILES)

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


def _remove(path: Path) -> None:
    if stat.S_ISDIR(os.lstat(path).st_mode):
        shutil.rmtree(path)
    else:
        os.unlink(path)
