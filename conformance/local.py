"""The engine that runs the cells from this very process: for systems without fork, which have no warden.

Cells are always fresh. What a process of a cell leaves is found by the mark in its environment, so one that
clears its environment gets away; nothing ends the cells if this process is killed.
"""

from __future__ import annotations

import select
import sys
import time
from pathlib import Path
from typing import Any

from conformance.engine import Premises, prepare
from conformance.family import Marked
from conformance.launch import MARKER, Launcher
from conformance.service import answer
from conformance.shelf import NoShelf
from conformance.ward import Ward

if sys.platform == "win32":
    import _winapi


class Local:
    """As `Engine`."""

    def __init__(self, rundir: Path, scale: float) -> None:
        self._rundir = rundir
        self._scale = scale
        self._premises: Premises | None = None
        self._ward: Ward | None = None

    def ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        """As `Engine.ask`."""
        try:
            return answer(self._ward or self._start(), request | {"fresh": True})
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """As `Engine.close`."""
        ward, premises = self._ward, self._premises
        self._ward = self._premises = None
        if ward is not None:
            ward.close()
        if premises is not None:
            premises.remove()

    def _start(self) -> Ward:
        premises = self._premises = prepare(self._rundir)
        launcher = Launcher(premises.base, side=premises.side, scale=self._scale, marker=premises.marker, pause=_pause)
        family = Marked(MARKER, premises.marker)
        self._ward = Ward(
            premises.base, launcher=launcher, family=family, shelf=NoShelf(), scale=self._scale, pause=_pause
        )
        return self._ward


def _pause(seconds: float, handle: int | None) -> None:
    """Wait until the cell whose `handle` this is has ended, at most `seconds`."""
    if handle is None:
        time.sleep(seconds)
    elif sys.platform == "win32":
        _winapi.WaitForSingleObject(handle, int(1000 * seconds))
    else:
        select.select([handle], [], [], seconds)
