"""Random sequences of operations for a given time, shrunk by Hypothesis when one deviates."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky, NoSuchExample
from rich.console import Console

from conformance.isolation import Isolation, Plan, calibrate
from conformance.matrix import Candidate, Matrix
from conformance.misuse import Misuse
from conformance.models.primitives import MAKERS
from conformance.models.primitives import walk as walker
from conformance.models.script import freeze
from conformance.outcome import Outcome, Verdict
from conformance.recruit import Request, recruit
from conformance.status import AS_EXPECTED, DEVIATES

_DEADLINE = 20.0
_MOST_STEPS = 60
_ONCE = 25
"""Sequences in a row on one subject and method, before the next has its turn."""

_SEQUENCES = st.tuples(st.integers(0, 5), st.lists(st.integers(0, 59), min_size=2, max_size=2 * _MOST_STEPS))
"""Which object, and what decides actor and operation of each step; see `primitives.walk`."""
Sequence = tuple[int, list[int]]
_MOST_CANDIDATES = 10
"""Sequences that are tried again when the shortest was not steadfast."""


def run(
    target: str,
    methods: tuple[str, ...],
    subjects: tuple[str, ...],
    python: str,
    seconds: float,
    seed: int | None,
    folder: Path,
) -> int:
    """Explore, as `entry` describes; the exit status."""
    console = Console(highlight=False)
    start = int(time.time()) if seed is None else seed
    with tempfile.TemporaryDirectory(prefix="c") as name:
        rundir, scale = Path(name), calibrate()
        with Isolation(rundir=rundir, scale=scale) as isolation:
            request = Request(targets=(target,), pythons=(python,), methods=methods)
            matrix = recruit(request, isolation, lending=rundir, news=lambda *_: None)
            explorer = Explorer(matrix, isolation, console, folder)
            explorer.explore(subjects or tuple(MAKERS), seconds, start)
    console.print(f"{explorer.played} sequences played, seed {start}: {explorer.found} deviate")
    return DEVIATES if explorer.found else AS_EXPECTED


class Explorer:
    """Plays sequences on one candidate.

    played, found: how many so far, and how many pairs of subject and method deviate.
    """

    def __init__(self, matrix: Matrix, isolation: Isolation, console: Console, folder: Path) -> None:
        self._matrix = matrix
        self._candidate: Candidate = matrix.candidates[0]
        self._isolation = isolation
        self._console = console
        self._folder = folder
        self.played = self.found = 0

    def explore(self, subjects: tuple[str, ...], seconds: float, seed: int) -> None:
        """Give each subject under each start method its turn, again and again, until time is up."""
        deadline = time.monotonic() + seconds
        open_pairs = [(name, method) for name in subjects for method in self._matrix.methods_of(self._candidate)]
        while open_pairs and time.monotonic() < deadline:
            for pair in list(open_pairs):
                if time.monotonic() >= deadline:
                    break
                seed += 1
                if self._turn(*pair, seed):
                    open_pairs.remove(pair)

    def _turn(self, name: str, method: str, seed: int) -> bool:
        """Whether a deviation was found, told and frozen."""
        options = settings(
            max_examples=_ONCE,
            database=None,
            deadline=None,
            derandomize=False,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        seen: list[Sequence] = []

        def deviates(sequence: Sequence) -> bool:
            # Twice: what depends on who is faster makes no program that shows it to others.
            found = all(self._play(name, method, *sequence).verdict is not Verdict.PASS for _ in range(2))
            seen.extend([sequence] if found else [])
            return found

        try:
            shortest = [find(_SEQUENCES, deviates, settings=options, random=Random(seed))]
        except NoSuchExample:
            return False
        except Flaky:
            # The shortest deviated twice, and then no more. A longer one may be more steadfast.
            shortest = sorted(seen, key=lambda sequence: len(sequence[1]))[:_MOST_CANDIDATES]
        for kind, choices in filter(deviates, shortest):
            outcome = self._play(name, method, kind, choices)
            if outcome.verdict is not Verdict.PASS:
                self._tell(name, method, kind, choices, outcome)
                return True
        return False

    def _play(self, name: str, method: str, kind: int, choices: list[int]) -> Outcome:
        self.played += 1
        target = self._candidate.target
        plan = Plan(
            module=walker.__module__,
            function=walker.__name__,
            target=target.importable,
            method=method,
            python=self._candidate.python,
            deadline=_DEADLINE,
            strict=target.strict,
            path=self._candidate.path,
            arguments=(name, kind, choices),
        )
        outcome = self._isolation.run(plan)
        if outcome.verdict is Verdict.ERROR:
            raise Misuse(f"the suite itself failed: {outcome.got or outcome.message}")
        return outcome

    def _tell(self, name: str, method: str, kind: int, choices: list[int], outcome: Outcome) -> None:
        self.found += 1
        target = self._candidate.target
        title = f"{target.name} under {method}: {name}: {outcome.message or outcome.got}"
        path = self._folder / f"{target.name}_{method}_{name}.py".replace(".", "_", target.name.count("."))
        text = freeze(title, target, method, name, kind=kind, choices=choices)
        path.write_text(text, encoding="utf-8")
        self._console.print(f"{outcome.verdict} {title}", style="bold red")
        self._console.print(f"  expected {outcome.expected}, got {outcome.got}")
        self._console.print(f"  reproduce it: {self._candidate.python} {path}")
