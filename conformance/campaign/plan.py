"""What there is to do: who fits, whose record still holds, and whose has to be made.

Probes, installs and reads; runs no spec. Below: `recruit`, `stamp`. Above: `command`.
"""

from __future__ import annotations

import dataclasses
import itertools
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.campaign import abroad
from conformance.campaign.interpreters import Interpreter
from conformance.campaign.packages import install
from conformance.isolation import Isolation
from conformance.matrix import Candidate
from conformance.misuse import Misuse
from conformance.outcome import Verdict
from conformance.recruit import probe
from conformance.stamp import candidate_digest, suite_digest
from conformance.store import Record, RecordError, read
from conformance.target import Target


@dataclass(frozen=True)
class Pair:
    """A target to be judged under an interpreter.

    number: its place in what is shown. unasked: why it is not judged unless somebody names the target; empty: it is.
    promised: whether it is asked only for what the manual promises. default: whether only by its default start method.
    """

    number: int
    target: Target
    interpreter: Interpreter
    unasked: str
    promised: bool
    default: bool

    @property
    def is_slow(self) -> bool:
        """Whether its record takes many times as long as others."""
        return not self.unasked and _is_slow(self.target, self.interpreter)


def pairs(targets: Iterable[Target], interpreters: Iterable[Interpreter], *, named: bool, quick: bool) -> list[Pair]:
    """Every target with every interpreter, in the order in which to make their records.

    named: whether the user has named the targets. quick: whether he is in a hurry.
    The slow ones begin at once, the slowest first, and are spread over the others, so that they are neither made at
    the same time nor left for the end.
    """
    product = itertools.product(interpreters, targets)
    found = [
        Pair(
            number,
            target,
            interpreter,
            unasked="" if named else _unasked(target, interpreter, quick),
            promised=not named and (_would_take_long(target, interpreter) or (quick and _is_other(target))),
            default=not named and _would_take_long(target, interpreter),
        )
        for number, (interpreter, target) in enumerate(product)
    ]
    places = []
    slow = sorted((pair for pair in found if pair.is_slow), key=lambda pair: not pair.interpreter.foreign)
    for group in (slow, [pair for pair in found if not pair.is_slow]):
        places += [((place + 0.5 * (not pair.is_slow)) / len(group), pair) for place, pair in enumerate(group)]
    return [pair for _, pair in sorted(places, key=lambda entry: entry[0])]


def _is_slow(target: Target, interpreter: Interpreter) -> bool:
    return interpreter.foreign or target.large


def _would_take_long(target: Target, interpreter: Interpreter) -> bool:
    """Those whose every cell would treble the time of the whole.

    That is what is slow, and, under other interpreters than this one, all but the standard library: it is another with
    each of them, while the rest is the same code.
    """
    return _is_slow(target, interpreter) or (target.module != "multiprocessing" and not interpreter.own)


def _unasked(target: Target, interpreter: Interpreter, quick: bool) -> str:
    if target.by_hand:
        return "it needs a service that is started by hand: do so, and name it"
    if interpreter.foreign and _is_other(target):
        return "it is slow there: name it to have it judged"
    return "it takes long: name it to have it judged" if quick and target.large else ""


def _is_other(target: Target) -> bool:
    """All but the standard library and `reference`."""
    # What needs no installing and is no package is `dummy`: its children are threads, to which the system is nothing.
    return bool(target.distribution) or not target.is_package


@dataclass(frozen=True)
class Choice:
    """Which specs are run; empty: all."""

    methods: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    expression: str | None = None

    def of(self, pair: Pair, task: Task) -> Choice:
        """What is run of `pair`, which is to be done by `task`: what the user has named holds for all."""
        levels = ("MUST",) if pair.promised else ()
        methods = task.default if pair.default else ()
        return dataclasses.replace(self, levels=self.levels or levels, methods=self.methods or methods)

    @property
    def options(self) -> list[str]:
        """What tells a run of it."""
        words = [f"--{name}={value}" for name in ("method", "subject", "level") for value in getattr(self, f"{name}s")]
        return words + (["-k", self.expression] if self.expression else [])

    def as_dict(self) -> dict[str, Any]:
        """What a record keeps of it."""
        lists = {name: list(getattr(self, name)) for name in ("methods", "subjects", "levels")}
        return {**lists, "expression": self.expression}


@dataclass(frozen=True)
class Task:
    """One target under one interpreter. paths: directories that its cells see first.

    digest: of target and interpreter as they are now. record: the file for its record.
    suite: where an interpreter of another system finds the suite; empty for one of this system.
    default: the start method that one gets without asking; empty: there is no other.
    """

    target: Target
    interpreter: Interpreter
    paths: tuple[str, ...]
    digest: str
    record: Path
    suite: str = ""
    default: tuple[str, ...] = ()

    def command(self, options: Iterable[str], out: Path) -> list[str]:
        """What makes its record in `out`."""
        name = abroad.path if self.suite else str
        python = self.interpreter.path if self.suite else sys.executable
        whose = [] if self.suite else ["--python", self.interpreter.path]
        paths = [word for path in self.paths for word in ("--path", name(path))]
        words = [python, "-m", "conformance", "run", self.target.origin, *whose, *paths]
        return [*words, *options, "--out", name(out)]

    @property
    def environment(self) -> dict[str, str] | None:
        """What `command` is to be run in; None: in what this process has."""
        return abroad.environment(self.suite) if self.suite else None

    def kept(self, choice: Choice) -> Record | None:
        """Its record, if there is one that is whole, and `choice` and everything else were as they are now."""
        try:
            record = read(self.record)
        except (OSError, UnicodeDecodeError, RecordError):
            return None
        (header,) = record.headers
        digests = [candidate.get("digest") for candidate in header["targets"]]
        same = (header.get("digest"), digests, header.get("choice")) == (
            suite_digest(),
            [self.digest],
            choice.as_dict(),
        )
        return record if same and record.complete and not failed(record) else None


def _default(candidate: Candidate) -> tuple[str, ...]:
    """The start method that one gets without asking; empty: there is no other."""
    default = candidate.facts["default_method"]
    return (default,) if default and candidate.methods != (default,) else ()


def failed(record: Record) -> int:
    """In how many cells the suite itself failed, which says nothing about the target."""
    return sum(row.verdict is Verdict.ERROR for row in record.rows)


@dataclass(frozen=True)
class Misfit:
    """Why a target cannot be judged under an interpreter."""

    reason: str


def examine(pair: Pair, isolation: Isolation, folder: Path) -> Task | Misfit:
    """Whether `pair` can be judged: the target as it is found there, or else installed below `folder`."""
    target, interpreter = pair.target, pair.interpreter
    if pair.unasked:
        return Misfit(pair.unasked)
    record = folder / "records" / f"{target.name}-{interpreter.label}.jsonl"
    try:
        suite = abroad.settle(interpreter, folder) if interpreter.foreign else ""

        def task(*checkouts: str) -> Task:
            if suite:
                digest = abroad.digest(target, interpreter, suite, checkouts)
                return Task(target, interpreter, checkouts, digest, record, suite)
            candidate = probe(target, interpreter.path, isolation, checkouts, folder)
            digest = candidate_digest(target, candidate.facts)
            return Task(target, interpreter, checkouts, digest, record, default=_default(candidate))

        try:
            return task()
        except Misuse:
            if not target.distribution:
                raise
        place, reason = install(target, interpreter, folder / "packages")
        return Misfit(reason) if place is None else task(str(place.absolute()))
    except Misuse as error:
        return Misfit(str(error).splitlines()[0])
