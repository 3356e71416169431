"""Find what is left of a cell whose own process may have gone: its orphans.

Two ways, of which the system grants at least one. Knows nothing of what happens to whom it finds.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Protocol

from conformance import census


class Family(Protocol):
    """How to find orphans."""

    def orphans(self, spared: Collection[int]) -> list[int]:
        """Pids of living processes that lost their parents, but not those in `spared`, or below them."""


class Adopted:
    """This process is their subreaper: they became its children. Exact, and cheap."""

    def orphans(self, spared: Collection[int]) -> list[int]:
        """As `Family.orphans`; the dead ones are collected."""
        while True:
            left, collected = [], False
            for pid in census.children(os.getpid()):
                if pid in spared:
                    continue
                if os.waitpid(pid, os.WNOHANG)[0]:
                    # Its own children have come to us since the list was read.
                    collected = True
                else:
                    left.append(pid)
            if not collected:
                return left


class Marked:
    """They became children of init, but their environment bears a mark. Misses who cleared his environment."""

    def __init__(self, variable: str, value: str) -> None:
        self._variable = variable
        self._value = value

    def orphans(self, spared: Collection[int]) -> list[int]:
        """As `Family.orphans`; may name processes whose parents live."""
        return [process.pid for process in census.marked(self._variable, self._value) if process.pid not in spared]
