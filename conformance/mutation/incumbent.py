"""CPython's own tests as judges of the same mutants: how much they notice, and in what time, to compare with the specs.

They are taken from the interpreter under test, in the layout that they have since Python 3.12, and treated as the
specs are: those that fail without a fault judge nothing; a mutant is shown to those that run its line, each of them
once, under the first start method under which it does; the likeliest come first, and the first that fails ends it;
what it says counts only if it passes without the fault.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from conformance.broken.prove import Bench
from conformance.crew import Crew
from conformance.isolation import Isolation
from conformance.misuse import Misuse
from conformance.mutation import touches
from conformance.mutation.journal import Journal
from conformance.mutation.judging import SURVIVED, Found, Judging, words
from conformance.mutation.mutants import Mutant
from conformance.mutation.touches import Line

_LIST = """
import importlib, json, sys, unittest
names = []
for kind in ("processes", "misc", "manager", "threads"):
    module = importlib.import_module(f"test.test_multiprocessing_{sys.argv[1]}.test_{kind}")
    members = sorted(vars(module).items())
    names += [f"{module.__name__}.{n}" for n, v in members if isinstance(v, type) and issubclass(v, unittest.TestCase)]
print(json.dumps(names))
"""
_SILENCE = 40.0
"""Seconds, unscaled, in which no test begins or ends: then one hangs. The longest takes a sixth of that."""
_GLANCE = 0.05
_TEST = re.compile(r"^(?:FAIL: |ERROR: )?(\w+) \(([\w.]+?)(?:\.\1)?\)", re.MULTILINE)
"""How unittest calls a test or what prepares some: "test_get (module.Class.test_get)", "setUpClass (module.Class)"."""
_COMPLAINT = re.compile(r"^(?:FAIL|ERROR): .+", re.MULTILINE)


@dataclass(frozen=True)
class Judge:
    """One class of tests. name: in full; its package is that of the start method. lines: what it runs of `base`."""

    method: str
    name: str
    seconds: float
    lines: frozenset[Line]

    @property
    def short(self) -> str:
        """Its name without that of the module, the same under every start method."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class Answer:
    """What came of running some classes. verdict: PASS, FAIL, HANG or CRASH. guilty: the class that was to blame."""

    verdict: str
    guilty: str = ""
    got: str = ""


class Incumbent(Judging[Judge]):
    """Runs CPython's tests, on the implementation of `bench` or a mutant of it. A context manager."""

    def __init__(self, bench: Bench, scale: float) -> None:
        super().__init__(bench)
        self._silence = _SILENCE * scale
        self._running: set[int] = set()
        self._classes: list[Judge] = []

    def __enter__(self) -> Incumbent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for group in list(self._running):
            _kill(group)

    def learn(self, crew: Crew, methods: Sequence[str], journal: Journal) -> None:
        """Find out which classes there are and what they run, as far as `journal` does not know."""
        names = [(method, name) for method in methods for name in self._names(method)]
        for _, row in crew.map(self._trace, [pair for pair in names if journal.get(pair[1]) is None]):
            journal.add(row)
        rows = [journal.get(name) for _, name in names]
        self._classes = [
            Judge(row["method"], row["key"], row["seconds"], touches.unpacked(row["lines"]))
            for row in rows
            if row is not None and row["passes"]
        ]

    def _names(self, method: str) -> list[str]:
        command = [self._bench.candidate.python, "-W", "ignore", "-c", _LIST, method]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise Misuse(f"this interpreter brings no tests of its own, as Python 3.12 and newer may: {done.stderr}")
        names: list[str] = json.loads(done.stdout)
        return names

    def _trace(self, isolation: Isolation, pair: tuple[str, str]) -> dict[str, object]:
        method, name = pair
        started = time.monotonic()
        with tempfile.TemporaryDirectory(dir=self._bench.overlays, prefix="t", ignore_cleanup_errors=True) as place:
            touches.lay_tracer(self._bench.package, Path(place))
            passes = self._run(place, [name]).verdict == "PASS"
            lines = touches.read_log(Path(place), self._bench.package.name)
        seconds = round(time.monotonic() - started, 2)
        # It may mind the tracer.
        passes = passes or self._run("", [name]).verdict == "PASS"
        return {"key": name, "method": method, "passes": passes, "seconds": seconds, "lines": touches.packed(lines)}

    def _ask(self, isolation: Isolation, mutant: Mutant, order: Sequence[Judge], place: str) -> Found:
        for method in self._bench.candidate.methods:
            answer = self._show(place, [each.name for each in order if each.method == method])
            if answer.verdict != "PASS":
                return Found(answer.verdict, answer.guilty, method, answer.got)
        return Found(SURVIVED, shown=len(order))

    def _show(self, place: str, names: list[str]) -> Answer:
        """What `names` say about the mutant in `place`; whoever says the same without it is not asked again."""
        while names:
            answer = self._run(place, names)
            suspects = [answer.guilty] if answer.guilty in names else names
            if answer.verdict == "PASS" or self._run("", suspects).verdict == "PASS":
                return answer
            names = [name for name in names if name not in suspects]
        return Answer("PASS")

    def order(self, mutant: Mutant) -> list[Judge]:
        """The classes that run what `mutant` changes: each once, the likeliest and quickest first."""
        lines = self._lines_of(mutant)
        methods = {method: number for number, method in enumerate(self._bench.candidate.methods)}
        touching = sorted((each for each in self._classes if each.lines & lines), key=lambda e: methods[e.method])
        chosen: dict[str, Judge] = {}
        for each in touching:
            chosen.setdefault(each.short, each)
        sought = words(mutant.inside)
        return sorted(chosen.values(), key=lambda each: (-len(sought & words(each.short)), each.seconds))

    def _run(self, place: str, names: Sequence[str]) -> Answer:
        """Run the classes `names` one after the other, with `place` first on the path, until a test fails."""
        command = [self._bench.candidate.python, "-W", "ignore", "-m", "unittest", "-v", "-f", *names]
        with tempfile.TemporaryDirectory(prefix="i", ignore_cleanup_errors=True) as home:
            told = Path(home, "told")
            environment = {**os.environ, "PYTHONPATH": place, "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": home}
            with told.open("wb") as file:
                process = subprocess.Popen(
                    command,
                    cwd=home,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=file,
                    start_new_session=True,
                )
            self._running.add(process.pid)
            try:
                ended = self._await(process, told)
            finally:
                # Also those that it left behind; the session is theirs alone.
                _kill(process.pid)
                process.wait()
                self._running.discard(process.pid)
            return _answer(process.returncode if ended else None, told.read_text(errors="replace"))

    def _await(self, process: subprocess.Popen[bytes], told: Path) -> bool:
        """Whether it ends before it has been silent for too long."""
        size, since = 0, time.monotonic()
        while process.poll() is None:
            if told.stat().st_size != size:
                size, since = told.stat().st_size, time.monotonic()
            if time.monotonic() - since > self._silence:
                return False
            time.sleep(_GLANCE)
        return True


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _answer(status: int | None, told: str) -> Answer:
    """What the status and the output of unittest say; no status: it hung."""
    if status == 0:
        return Answer("PASS")
    complaint = _COMPLAINT.search(told)
    tests = _TEST.findall(complaint.group() if complaint else told)
    name, guilty = tests[-1] if tests else ("", "")
    if status is None:
        return Answer("HANG", guilty, name)
    return Answer("FAIL" if complaint else "CRASH", guilty, complaint.group() if complaint else told[-200:])
