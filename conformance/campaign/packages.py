"""Targets that an interpreter lacks are installed for it alone, in a directory that only its cells see."""

from __future__ import annotations

import shutil
import subprocess
import threading
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement

from conformance.campaign.interpreters import Interpreter
from conformance.target import Target

_PATIENCE = 900.0
_DONE = ".installed"
_LOCK = threading.Lock()
_DISTRIBUTION = "multiprocessing-conformance"


def install(target: Target, interpreter: Interpreter, shelf: Path) -> tuple[Path | None, str]:
    """The directory below `shelf` that holds `target` for `interpreter`, or None and the reason in a line."""
    return _installed(target.name, [target.distribution], interpreter, shelf)


def install_suite(interpreter: Interpreter, shelf: Path) -> tuple[Path | None, str]:
    """The directory below `shelf` that holds what this suite needs, for an `interpreter` of another system."""
    try:
        needed = map(Requirement, requires(_DISTRIBUTION) or ())
    except PackageNotFoundError:
        return None, "is not installed here, so that it is not known what it needs there"
    wanted = [str(one).partition(";")[0] for one in needed if not (one.marker and "extra" in str(one.marker))]
    return _installed(".suite", wanted, interpreter, shelf)


def _installed(name: str, wanted: list[str], interpreter: Interpreter, shelf: Path) -> tuple[Path | None, str]:
    place = shelf / interpreter.label / name
    # Who comes second finds what the first has installed.
    with _LOCK:
        if (place / _DONE).exists():
            return place, ""
        reasons = []
        for words in _installers(interpreter):
            shutil.rmtree(place, ignore_errors=True)
            reason = _refusal([*words, "--quiet", "--target", str(place), *wanted])
            if not reason:
                (place / _DONE).touch()
                return place, ""
            reasons.append(reason)
        refusals = "; ".join(dict.fromkeys(reasons))
        return None, f"cannot be installed: {refusals or 'there is no uv'}"


def _installers(interpreter: Interpreter) -> list[list[str]]:
    """Commands that install: uv, then the interpreter's own pip, whose configuration may know of more."""
    uv = shutil.which("uv")
    own = [[interpreter.path, "-m", "pip", "install", "--disable-pip-version-check"]] if not interpreter.foreign else []
    if uv is None:
        return own
    whose = ["--python", interpreter.path]
    if interpreter.foreign:
        # uv cannot ask it, but knows what such a build can load.
        whose = ["--python-version", interpreter.version, "--python-platform", "windows", "--only-binary", ":all:"]
    return [[uv, "pip", "install", *whose], *own]


def _refusal(words: list[str]) -> str:
    """Why `words` did not install anything; empty if they did."""
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=_PATIENCE, stdin=subprocess.DEVNULL, check=False
        )
    except subprocess.TimeoutExpired:
        return "installing it took too long"
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return lines[-1] if lines else "for no reason given"
