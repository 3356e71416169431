"""An interpreter that is a build for another system runs the suite itself: no cell of its could be run from here.

What stands in for that system (Wine, for Windows) shows it this one's files as a drive. Below: `packages` lays the
suite out for it. Above: `plan` asks what there is, `command` has records made.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import conformance
from conformance.campaign.interpreters import Interpreter
from conformance.campaign.packages import install_suite
from conformance.misuse import Misuse
from conformance.target import Target

_DRIVE = "Z:"
"""What Wine calls the root of this system's files."""
_PACKAGES = ("conformance", "reference")
_PATIENCE = 600.0


def path(here: Path | str) -> str:
    """What the absolute path `here` is called there."""
    return f"{_DRIVE}{here}"


def environment(suite: str) -> dict[str, str]:
    """What a command there needs to find the suite laid out in `suite`, as `settle` returned it."""
    return {**os.environ, "PYTHONPATH": suite}


def settle(interpreter: Interpreter, folder: Path) -> str:
    """The suite and what it needs, laid out below `folder` for `interpreter`: its search path there.

    Raises:
        Misuse: they cannot be installed.
    """
    packages, reason = install_suite(interpreter, folder / "packages")
    if packages is None:
        raise Misuse(f"the suite {reason}")
    for name in _PACKAGES:
        # The packages alone: beside them lies what was built for this system. One directory for all, since everything
        # that a cell imports is looked for there first.
        source, link = Path(conformance.__file__).resolve().parent.parent / name, packages / name
        if link.resolve() != source:
            link.unlink(missing_ok=True)
            with contextlib.suppress(FileExistsError):  # Another record's maker was quicker.
                link.symlink_to(source)
    return path(packages)


def digest(target: Target, interpreter: Interpreter, suite: str, checkouts: Iterable[str]) -> str:
    """The digest of `target` there, found in `checkouts` first.

    Raises:
        Misuse: it cannot be judged there.
    """
    words = [interpreter.path, "-m", "conformance.campaign.inquiry", target.origin, *map(path, checkouts)]
    told = _told(words, environment(suite))
    if "digest" not in told:
        raise Misuse(told["refused"])
    return told["digest"]


def _told(words: list[str], surroundings: Mapping[str, str]) -> dict[str, str]:
    try:
        done = subprocess.run(
            words,
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        found: dict[str, str] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {"refused": f"{words[0]} did not say in {_PATIENCE:g} s what it has"}
    except json.JSONDecodeError:
        lines = done.stderr.strip().splitlines()
        return {"refused": f"{words[0]} cannot run the suite: {lines[-1] if lines else 'for no reason given'}"}
    return found
