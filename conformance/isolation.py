"""Run cells: from a plan to an outcome.

What is under test never runs in this process and is never forked from it. Called by the plugin, one
`Isolation` for each pytest (worker) process. Knows nothing of pytest, nor of how an engine runs a cell.
"""

from __future__ import annotations

import dataclasses
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Any

from conformance.engine import Engine
from conformance.load import crowding
from conformance.local import Local
from conformance.outcome import Outcome, Verdict
from conformance.remote import Remote
from conformance.seclusion import MEANS, WARDEN

_NOMINAL = 0.025
"""Seconds that a bare interpreter takes to start and end on an idle machine of the kind the clocks are made for."""
_MOST_SCALE = 8.0


class ProbeError(Exception):
    """A target or interpreter cannot be tested.

    step: "launch" (the interpreter), "import" (the target), "interface" (it is no multiprocessing).
    reason: one line.
    """

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step
        self.reason = reason


@dataclasses.dataclass(frozen=True)
class Plan:
    """One cell: a spec, a target, a start method, an interpreter.

    python: path of the interpreter. target: module name. deadline: seconds, unscaled.
    fresh: in a newly executed interpreter, not a fork of a warm one.
    path: directories that come before the caller's own PYTHONPATH.
    arguments: of plain data, given to the spec besides its subject.
    patience: seconds, unscaled, that the spec waits at most for what must happen; None: as long as it likes.
    """

    module: str
    function: str
    target: str
    method: str
    python: str
    deadline: float
    fresh: bool = False
    strict: bool = True
    path: tuple[str, ...] = ()
    arguments: tuple[Any, ...] = ()
    patience: float | None = None


class Isolation:
    """Runs cells one after another.

    rundir: a directory for whatever the cells need, which may be shared with others. scale: see `calibrate`.
    means: what to make use of, where the system grants it.
    A context manager; `close` ends everything that still runs, and so does the death of this process.
    """

    def __init__(self, *, rundir: Path, scale: float, means: Collection[str] = MEANS) -> None:
        self._engine: Engine = Local(rundir.resolve(), scale)
        if WARDEN in means and hasattr(os, "fork"):
            self._engine = Remote(rundir.resolve(), scale, means)

    def __enter__(self) -> Isolation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, plan: Plan) -> Outcome:
        """Run the cell that `plan` describes; whatever goes wrong is told by the outcome."""
        started = time.monotonic()
        request = dataclasses.asdict(plan) | {"op": "cell"}
        try:
            try:
                answer = self._engine.ask(request, plan.deadline)
            except ConnectionError:
                # Somebody ended the engine. Once may be an accident, of which this cell is no part.
                answer = self._engine.ask(request, plan.deadline)
        except OSError as error:
            return Outcome(Verdict.ERROR, time.monotonic() - started, message=f"{type(error).__name__}: {error}")
        return Outcome.from_dict(answer)

    def probe(self, python: str, target: str, path: tuple[str, ...] = ()) -> dict[str, Any]:
        """The facts about `target` under the interpreter `python`. Raises ProbeError."""
        answer = self._engine.ask({"op": "probe", "python": python, "target": target, "path": path}, 60.0)
        if "facts" not in answer:
            raise ProbeError(answer["step"], answer["reason"])
        facts: dict[str, Any] = answer["facts"]
        return facts

    def close(self) -> None:
        """End everything; idempotent. What is run afterwards begins anew."""
        self._engine.close()


def calibrate() -> float:
    """How much slower than the machine the clocks are made for this one is; at least 1.

    Whoever else uses it just now is left out, as far as can be: the clocks themselves look at that.
    Takes about a tenth of a second on an idle machine.
    """
    times = []
    for _ in range(5):
        started, others = time.perf_counter(), crowding()
        subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True, stdin=subprocess.DEVNULL)
        times.append((time.perf_counter() - started) / max(others, crowding()))
    return min(_MOST_SCALE, max(1.0, statistics.median(times) / _NOMINAL))
