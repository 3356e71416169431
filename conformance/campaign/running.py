"""Run a command whose end may never come: what stands in for another system has been seen to hang for good."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def run(words: Sequence[str], environment: Mapping[str, str] | None, log: Path, longest: float) -> int | None:
    """The exit status of the command `words`; None if it had not ended after `longest` seconds, and was killed.

    environment: None means that of this process. log: the file that gets what it writes. What it has started in its
    session is killed with it.
    """
    with log.open("wb") as file:
        # A session of its own, so that what it started can be killed with it.
        process = subprocess.Popen(
            words, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )
    try:
        return process.wait(longest)
    except subprocess.TimeoutExpired:
        return None
    finally:
        # Also when the user interrupts this one: of that the other session hears nothing.
        if process.returncode is None:
            _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
