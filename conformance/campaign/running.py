"""Run commands whose end may never come: what stands in for another system has been seen to hang for good."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType


class Runs:
    """Commands, each in a session of its own, so that what it started can be killed with it.

    A context manager, for several threads: on leaving, whatever still runs is killed, and nothing more is begun. The
    other sessions do not hear of it when the user interrupts this one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._is_over = False

    def __enter__(self) -> Runs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._is_over = True
            for process in self._running:
                _kill(process)

    def run(self, words: Sequence[str], environment: Mapping[str, str] | None, log: Path, longest: float) -> int | None:
        """The exit status of the command `words`; None if it had not ended after `longest` seconds, and was killed.

        environment: None means that of this process. log: the file that gets what it writes.
        """
        with log.open("wb") as file, self._lock:
            if self._is_over:
                return None
            process = subprocess.Popen(
                words, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
            )
            self._running.add(process)
        try:
            return process.wait(longest)
        except subprocess.TimeoutExpired:
            _kill(process)
            return None
        finally:
            with self._lock:
                self._running.discard(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
