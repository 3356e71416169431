"""A share of a run's cells: so that several machines, or several interpreters, do it together.

Which cells belong to a share depends on their names alone, so that every process of every machine agrees.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from conformance.misuse import Misuse


@dataclass(frozen=True)
class Shard:
    """The `number`th of `count` shares, counted from 1."""

    number: int
    count: int

    def holds(self, name: str) -> bool:
        """Whether the cell of this name belongs to the share."""
        return zlib.crc32(name.encode()) % self.count == self.number - 1


def parse(text: str | None) -> Shard | None:
    """The share that "K/N" means; None for none.

    Raises:
        Misuse: it means none.
    """
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise Misuse(f"{text!r} is no share: give K/N, as 1/3 for the first of three")
    return Shard(int(found[1]), int(found[2]))
