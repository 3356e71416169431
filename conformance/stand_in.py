"""The interpreter behind a version manager's stand-in: pyenv, asdf and mise put one for each name on the path.

A stand-in looks up at every start which version is meant. pyenv's takes longer for that, 0.14 s, than the start of
the interpreter itself takes, and a whole run of the suite starts it a hundred times.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_FOLDER = "shims"
"""What all of these managers call the directory of their stand-ins."""
_ASK = "import sys; print(sys.executable)"
_PATIENCE = 60.0


def seen_through(path: str) -> str:
    """The interpreter that the program at `path` stands in for; `path` itself when it is none, or does not tell."""
    if Path(path).parent.name != _FOLDER:
        return path
    try:
        done = subprocess.run(
            [path, "-c", _ASK], capture_output=True, text=True, timeout=_PATIENCE, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return path
    behind = done.stdout.strip()
    return behind if done.returncode == 0 and os.access(behind, os.X_OK) else path
