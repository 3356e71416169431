"""Run cells: from a plan to an outcome.

What is under test never runs in this process and is never forked from it; a `warden` does all of it.
Called by the plugin, one `Isolation` for each pytest (worker) process. Knows nothing of pytest.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Any

from conformance import census
from conformance.launch import MARKER
from conformance.outcome import Outcome, Verdict
from conformance.seclusion import MEANS

_START = "import sys; sys.path.insert(0, {side!r}); from conformance.warden import main; main()"
_LONGEST_ROOT = 40
"""Characters: sockets of the target lie some sixty below, and their paths have room for 107."""
_PATIENCE = 600.0
"""Seconds beyond all deadlines after which the warden itself is taken for hung."""
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


class Isolation:
    """Runs cells one after another.

    rundir: a directory for whatever the cells need, which may be shared with others. scale: see `calibrate`.
    means: what to make use of, where the system grants it.
    A context manager; `close` ends everything that still runs, and so does the death of this process.
    """

    def __init__(self, *, rundir: Path, scale: float, means: Collection[str] = MEANS) -> None:
        self._rundir = rundir.resolve()
        self._scale = scale
        self._means = list(means)
        self._marker = ""
        self._base = Path()
        self._process: subprocess.Popen[bytes] | None = None
        self._link: socket.socket | None = None
        self._rest = b""

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
                answer = self._ask(request, plan.deadline)
            except ConnectionError:
                # Somebody ended the warden. Once may be an accident, of which this cell is no part.
                answer = self._ask(request, plan.deadline)
        except (OSError, ValueError) as error:
            return Outcome(Verdict.ERROR, time.monotonic() - started, message=f"{type(error).__name__}: {error}")
        return Outcome.from_dict(answer)

    def probe(self, python: str, target: str, path: tuple[str, ...] = ()) -> dict[str, Any]:
        """The facts about `target` under the interpreter `python`. Raises ProbeError."""
        answer = self._ask({"op": "probe", "python": python, "target": target, "path": path}, 60.0)
        if "facts" not in answer:
            raise ProbeError(answer["step"], answer["reason"])
        facts: dict[str, Any] = answer["facts"]
        return facts

    def close(self) -> None:
        """End everything; idempotent."""
        process, link = self._process, self._link
        self._process = self._link = None
        if link is not None:
            link.close()
        if process is not None:
            try:
                process.wait(60.0 * self._scale)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self._sweep()

    def _sweep(self) -> None:
        """What a warden that did not end well may have left."""
        for inhabitant in census.marked(MARKER, self._marker):
            census.send(inhabitant, signal.SIGKILL)
        shutil.rmtree(self._base, ignore_errors=True)

    def _ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        """The warden's answer. However this ends otherwise, the warden ends too: its answer would come too late."""
        if self._link is None:
            self._start()
        assert self._link is not None
        try:
            self._link.settimeout(_PATIENCE + 20 * deadline * self._scale)
            self._link.sendall(json.dumps(request).encode() + b"\n")
            while b"\n" not in self._rest:
                data = self._link.recv(65536)
                if not data:
                    raise ConnectionError(f"the warden ended: {self._last_words()}")
                self._rest += data
        except BaseException:
            self.close()
            raise
        line, self._rest = self._rest.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _last_words(self) -> str:
        try:
            return (self._base / "warden.log").read_text(errors="replace")[-2000:]
        except OSError:
            return "no word of it"

    def _start(self) -> None:
        root = self._rundir if len(str(self._rundir)) <= _LONGEST_ROOT else None
        self._base = Path(tempfile.mkdtemp(prefix="w", dir=root)).resolve()
        self._marker = f"{os.getpid()}.{self._base.name}"
        self._rest = b""
        side = self._base / "side"
        side.mkdir()
        (side / "conformance").symlink_to(Path(__file__).resolve().parent, target_is_directory=True)
        settings = {
            "scale": self._scale,
            "side": str(side),
            "means": self._means,
            "marker": self._marker,
        }
        self._link, other = socket.socketpair()
        with other, (self._base / "warden.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    _START.format(side=str(side)),
                    str(other.fileno()),
                    str(self._base),
                    json.dumps(settings),
                ],
                cwd=self._base,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(other.fileno(),),
            )


def calibrate() -> float:
    """How much slower than the machine the clocks are made for this one is now; at least 1.

    Takes about a tenth of a second on an idle machine.
    """
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True, stdin=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return min(_MOST_SCALE, max(1.0, statistics.median(times) / _NOMINAL))
