"""Running the suite's commands as a user does: in a process of their own, in a directory of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import conformance

HOME = Path(conformance.__file__).parent.parent
MINIATURES = Path(__file__).with_name("miniatures")
PATIENCE = 300.0
"""Seconds: a safety net only."""


def environment(**more: str) -> dict[str, str]:
    """The environment for a command: `conformance` is importable also where it is not installed."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    path = [str(HOME), *filter(None, [more.pop("PYTHONPATH", "")])]
    return inherited | {"PYTHONPATH": os.pathsep.join(path), "COLUMNS": "120"} | more


def python(*words: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """What the running interpreter does with `words`, from the directory `cwd`."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env=environment(**(env or {})),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def command(*words: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """What `python -m conformance WORDS` does."""
    return python("-m", "conformance", *words, cwd=cwd, env={"PYTHONIOENCODING": "utf-8"} | dict(env or {}))
