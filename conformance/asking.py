"""Ask a program that bears an interpreter's name: it may be another, or a version manager's stand-in.

pyenv, asdf and mise put a stand-in for each name on the path, which looks up at every start which version is meant.
pyenv's takes longer for that, 0.14 s, than the start of the interpreter itself takes, and a whole run of the suite
starts it a hundred times.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_FOLDER = "shims"
"""What all of these managers call the directory of their stand-ins."""
_PATIENCE = 120.0


def said(path: str, code: str) -> str | None:
    """What the interpreter at `path` prints when it runs `code`; None if it does not run, or fails."""
    try:
        done = subprocess.run(
            [path, "-c", code], capture_output=True, text=True, timeout=_PATIENCE, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def seen_through(path: str) -> str:
    """The interpreter that the program at `path` stands in for; `path` itself when it is none, or does not tell."""
    if Path(path).parent.name != _FOLDER:
        return path
    behind = said(path, "import sys; print(sys.executable)")
    return behind if behind and os.access(behind, os.X_OK) else path
