"""Make hung processes tell where they hang.

Every Python process of a cell runs with faulthandler, so SIGABRT makes it print the stacks of all its
threads, whatever it is blocked in, and then ends it. Called by `ward`, on a deadline.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from conformance import census
from conformance.load import Patience

_PATIENCE = 2.0
"""Seconds for one process to print its stacks and die, on an idle machine."""
_LONG = 12_000


def dump(processes: Sequence[census.Inhabitant], stderr: Path, scale: float) -> str:
    """Abort one after the other of `processes`; what each wrote to `stderr`, under its name.

    They are stopped already: else they would react to each other's deaths, and move on from where they hung.
    """
    return "\n".join(_one(process, stderr, scale) for process in processes)


def _one(process: census.Inhabitant, stderr: Path, scale: float) -> str:
    before = os.path.getsize(stderr)
    census.abort(process)
    patience = Patience(_PATIENCE * scale)
    while census.is_same(process) and patience.left() > 0:
        time.sleep(0.002)
    with stderr.open("rb") as file:
        file.seek(before)
        text = _python_part(file.read(_LONG).decode(errors="replace"))
    return f"{process}\n{text or '(no stack was written to the stderr of the cell)'}\n"


def _python_part(text: str) -> str:
    """Without the stack of the interpreter's own C code, which newer versions add."""
    lines = [line for line in text.splitlines() if not line.startswith(("  Binary file ", "Current thread's C stack"))]
    return "\n".join(lines).strip()
