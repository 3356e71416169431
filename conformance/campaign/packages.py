"""Targets that an interpreter lacks are installed for it alone, in a directory that only its cells see."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement

from conformance.campaign.interpreters import Interpreter
from conformance.target import Target

_PATIENCE = 900.0
_DONE = ".installed"
_REMEMBERED = 24 * 3600.0
"""Seconds for which a refusal holds: asking takes that of two installers, for each interpreter."""
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
        refused = place.with_name(f"{name}.refused")
        reason = _remembered(refused, wanted)
        if reason:
            return None, reason
        reasons = []
        for words in _installers(interpreter):
            shutil.rmtree(place, ignore_errors=True)
            reason = _refusal([*words, "--quiet", "--target", str(place), *wanted])
            if not reason:
                (place / _DONE).touch()
                return place, ""
            reasons.append(reason)
        refusals = "; ".join(dict.fromkeys(reasons))
        reason = f"cannot be installed: {refusals or 'there is no uv'}"
        if reasons:
            refused.parent.mkdir(parents=True, exist_ok=True)
            refused.write_text("\n".join([*wanted, reason]))
        return None, reason


def _remembered(refused: Path, wanted: list[str]) -> str:
    """Why `wanted` could not be installed when that was last tried; empty when it is to be tried now."""
    try:
        *asked, reason = refused.read_text().split("\n")
        is_fresh = time.time() - refused.stat().st_mtime < _REMEMBERED
    except OSError:
        return ""
    return f"{reason} (not asked again today, but when {refused} is gone)" if is_fresh and asked == wanted else ""


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
