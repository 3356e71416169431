"""Programs that show a defect without the suite: one command to be copied, and the same run here.

Each ends with status 1 where the defect is and with 0 where it is not. What hangs counts as the former: a watchdog ends
it. The name of the implementation is the program's one argument, as `multiprocessing` or `billiard`.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Sequence

from conformance.history.record import Defect

_PRELUDE = """\
import faulthandler, importlib, os, sys, threading, time
mp = importlib.import_module(sys.argv[1])
faulthandler.dump_traceback_later(20, exit=True)
"""
_LONGEST = 120.0
"""Seconds for one program: a safety net behind its own watchdog."""


def program(defect: Defect) -> str:
    """The whole program."""
    return _PRELUDE + defect.reproduce.strip() + "\n"


def command(defect: Defect, module: str, python: str) -> str:
    """What a shell is told to run it."""
    return f"{shlex.quote(python)} -c {shlex.quote(program(defect))} {module}"


def shows(defect: Defect, module: str, python: str, path: Sequence[str]) -> bool:
    """Whether the program finds the defect in `module`, under the interpreter `python` with `path` to search first."""
    with tempfile.TemporaryDirectory(prefix="r", ignore_cleanup_errors=True) as home:
        process = subprocess.Popen(
            [python, "-c", program(defect), module],
            cwd=home,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path), "TMPDIR": home},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return process.wait(_LONGEST) != 0
        except subprocess.TimeoutExpired:
            return True
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
