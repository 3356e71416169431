"""What the machine is like while a spec is tried: calm, crowded, or unjust to single threads.

Nothing here sends a signal: a spec's own processes could tell.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from enum import Enum
from types import TracebackType

from conformance import census
from conformance.load import crowding, processors

_CROWD = 4
"""Busy loops for each processor."""
_LOOP = "import os; mine = os.getppid()\nwhile os.getppid() == mine:\n for _ in range(100000): pass"
_EVERY = 0.02
"""Seconds between two injustices."""
_LONGEST_DELAY = 0.05
_KINDEST = 19
_OWN = ("conformance.warden", _LOOP)


class Weather(str, Enum):
    """How the machine is treated."""

    IDLE = "idle"
    CROWDED = "crowded"
    CHAOS = "chaos"

    def __str__(self) -> str:
        return self.value


@contextlib.contextmanager
def weather(kind: Weather) -> Iterator[None]:
    """Treat the machine as `kind` says while the block runs."""
    with contextlib.ExitStack() as stack:
        if kind is not Weather.IDLE:
            count = processors() * (_CROWD if kind is Weather.CROWDED else 1)
            stack.enter_context(busy_loops(count))
        if kind is Weather.CHAOS:
            stack.enter_context(_Chaos())
        yield


@contextlib.contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """Keep `count` processes busy; they end with this one, however it ends."""
    loops = [subprocess.Popen([sys.executable, "-c", _LOOP], stdin=subprocess.DEVNULL) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
        for loop in loops:
            loop.wait()


class _Chaos:
    """Gives single threads of the cells another niceness, or no processor for a while, at random."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._dice = random.Random()
        self._thread = threading.Thread(target=self._rage, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _rage(self) -> None:
        while not self._stop.wait(_EVERY):
            threads = list(_threads())
            if not threads:
                continue
            thread = self._dice.choice(threads)
            # Whoever is gone by now, or not ours to treat so, is spared.
            with contextlib.suppress(OSError):
                if self._dice.random() < 0.5:
                    os.setpriority(os.PRIO_PROCESS, thread, self._dice.randint(0, _KINDEST))
                else:
                    self._starve(thread)

    def _starve(self, thread: int) -> None:
        """Let everybody else go first, for a while: the busy loops never rest."""
        if not hasattr(os, "sched_setscheduler"):
            return
        os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))
        self._stop.wait(self._dice.uniform(0, _LONGEST_DELAY))
        os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))


def _threads() -> Iterator[int]:
    """Every thread of every process that this one has led to, but for wardens and busy loops."""
    for process in census.descendants(census.children(os.getpid())):
        if not any(word in process.command for word in _OWN):
            with contextlib.suppress(OSError):  # It has gone.
                yield from map(int, os.listdir(f"/proc/{process.pid}/task"))


class CalmClock:
    """Counts seconds as the deadline of a cell counts them: on a crowded machine they are longer. A context manager."""

    _TICK = 0.02

    def __init__(self) -> None:
        self.seconds = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> CalmClock:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _tick(self) -> None:
        while not self._stop.wait(self._TICK):
            self.seconds += self._TICK / crowding()
