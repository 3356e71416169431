"""Targets that an interpreter lacks are installed for it alone, in a directory that only its cells see."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from conformance.campaign.interpreters import Interpreter
from conformance.target import Target

_PATIENCE = 900.0
_DONE = ".installed"


def install(target: Target, interpreter: Interpreter, shelf: Path) -> tuple[Path | None, str]:
    """The directory below `shelf` that holds `target` for `interpreter`, or None and the reason in a line."""
    place = shelf / interpreter.label / target.name
    if (place / _DONE).exists():
        return place, ""
    uv = shutil.which("uv")
    if uv is None:
        return None, "not installed there, and there is no uv to install it with"
    shutil.rmtree(place, ignore_errors=True)
    words = [uv, "pip", "install", "--quiet", "--python", interpreter.path, "--target", str(place), target.distribution]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=_PATIENCE, stdin=subprocess.DEVNULL, check=False
        )
    except subprocess.TimeoutExpired:
        return None, "installing it took too long"
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        return None, f"cannot be installed: {lines[-1] if lines else 'for no reason given'}"
    (place / _DONE).touch()
    return place, ""
