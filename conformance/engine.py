"""Where the cells of an `Isolation` are run: the interface, and what both ways need.

`remote` has a warden do it, a process of its own; `local`, for systems without fork, does it here.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

_LONGEST_ROOT = 40
"""Characters: sockets of the target lie some sixty below, and their paths have room for 107."""


class Engine(Protocol):
    """Runs cells until it is closed."""

    def ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        """The answer to a request. Raises OSError when the engine itself fails; then it is closed."""

    def close(self) -> None:
        """End everything; idempotent."""


@dataclasses.dataclass(frozen=True)
class Premises:
    """The private directory of an engine.

    base: itself. side: a directory below that holds the package `conformance` and nothing else, for the
    interpreter under test to import it from. marker: what marks everything launched there.
    """

    base: Path
    side: Path
    marker: str

    def remove(self) -> None:
        """Remove all files."""
        shutil.rmtree(self.base, ignore_errors=True)


def prepare(rundir: Path) -> Premises:
    """New premises in `rundir`, or, when that lies too deep, in the system's temporary directory."""
    root = rundir if len(str(rundir)) <= _LONGEST_ROOT else None
    base = Path(tempfile.mkdtemp(prefix="w", dir=root)).resolve()
    side = base / "side"
    side.mkdir()
    package = Path(__file__).resolve().parent
    try:
        (side / package.name).symlink_to(package, target_is_directory=True)
    except OSError:
        # No right to make links, as on Windows: the files that cells need do not change meanwhile.
        shutil.copytree(package, side / package.name, ignore=_needless)
    return Premises(base, side, f"{os.getpid()}.{base.name}")


def _needless(directory: str, names: list[str]) -> Iterator[str]:
    return (name for name in names if name in ("__pycache__", "tests", "report", "bench", "broken"))
