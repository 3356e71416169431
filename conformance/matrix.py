"""Which cells a run has: specs x candidates x start methods, as far as requirement, spec and choice allow.

Pure: it launches nothing. The controller makes a `Matrix` from probed candidates; xdist's workers get it as
plain data and enumerate the same cells from it.
Below: `catalogue`, `target`. Above: `recruit` makes candidates, `session` turns cells into items.
"""

from __future__ import annotations

import dataclasses
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance import catalogue
from conformance.catalogue import METHODS, Requirement
from conformance.deviations import Known
from conformance.isolation import Plan
from conformance.lacks import declared, missing, sentence
from conformance.outcome import Outcome, Verdict
from conformance.requirement import Declaration
from conformance.store import Row
from conformance.target import Target, resolve

_WHEN_KNOWN = 4.0
"""Seconds, unscaled: what does not happen by then in a cell that is on record as deviating will not happen."""


@dataclass(frozen=True)
class Spec:
    """One spec function. module: where it is defined, as an importable name."""

    module: str
    function: str
    declaration: Declaration

    @property
    def name(self) -> str:
        """How records call it: "test_event.py::test_event_is_unset_when_made"."""
        return f"{self.module.rpartition('.')[2]}.py::{self.function}"


@dataclass(frozen=True)
class Candidate:
    """A target under one interpreter, as a probe found it.

    python: the interpreter's path. facts: what the probe told.
    path: directories that its cells see first on PYTHONPATH. checkouts: those of them that the user named.
    broken: start methods under which not even the smoke cell came through, and why.
    """

    target: Target
    python: str
    facts: Mapping[str, Any]
    path: tuple[str, ...] = ()
    checkouts: tuple[str, ...] = ()
    broken: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The interpreter, in short: "3.13.0", "pypy 3.11.17"."""
        kind = self.facts["implementation"]
        return self.facts["python"] if kind == "cpython" else f"{kind} {self.facts['python']}"

    @property
    def methods(self) -> tuple[str, ...]:
        """The start methods that it offers, in the order in which reports show them."""
        offered = self.facts["methods"]
        return tuple(sorted(offered, key=lambda name: METHODS.index(name) if name in METHODS else len(METHODS)))

    def as_dict(self) -> dict[str, Any]:
        """Plain data; `from_dict` finds the target again by its origin."""
        return {
            "target": self.target.name,
            "origin": self.target.origin,
            "interpreter": self.python,
            "facts": dict(self.facts),
            "path": list(self.path),
            "checkouts": list(self.checkouts),
            "broken": dict(self.broken),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Candidate:
        """The candidate that `as_dict` described."""
        return cls(
            target=resolve(plain["origin"]),
            python=plain["interpreter"],
            facts=plain["facts"],
            path=tuple(plain["path"]),
            checkouts=tuple(plain["checkouts"]),
            broken=plain["broken"],
        )


@dataclass(frozen=True)
class Cell:
    """One spec against one candidate under one start method. known: the deviation on record for it, if any."""

    candidate: Candidate
    method: str
    spec: Spec
    requirement: Requirement
    known: Known | None

    @property
    def lacking(self) -> tuple[str, ...]:
        """What the cell needs and the target declares to lack."""
        return tuple(
            name for name in (self.method, *self.spec.declaration.needs) if name in self.candidate.target.lacks
        )

    @property
    def command(self) -> str:
        """The command that runs this cell alone."""
        words = ["python", "-m", "conformance", "run", self.candidate.target.origin]
        if self.candidate.python != sys.executable:
            words += ["--python", self.candidate.python]
        for directory in self.candidate.checkouts:
            words += ["--path", directory]
        return shlex.join([*words, "--method", self.method, "-k", self.spec.function])

    def plan(self, *, fresh: bool) -> Plan:
        """What isolation needs to know; `fresh` forces a freshly executed interpreter."""
        declaration = self.spec.declaration
        return Plan(
            module=self.spec.module,
            function=self.spec.function,
            target=self.candidate.target.importable,
            method=self.method,
            python=self.candidate.python,
            deadline=declaration.deadline,
            fresh=fresh or declaration.fresh or self.candidate.target.fresh,
            strict=self.candidate.target.strict,
            path=self.candidate.path,
            patience=None if self.known is None else _WHEN_KNOWN,
        )

    def expects(self, verdict: Verdict) -> bool:
        """Whether `verdict` is what this cell should get; where nothing binds the target, whatever it does is."""
        if not self.requirement.binding:
            return verdict not in (Verdict.NOTRUN, Verdict.ERROR)
        if self.known is not None:
            return self.known.excuses(verdict)
        return verdict in (Verdict.PASS, Verdict.UNSUPPORTED)

    def _excused(self, outcome: Outcome) -> Outcome:
        """`outcome`, but for want of what the target declares to lack, and for what it says to leave behind."""
        target, name = self.candidate.target, missing(outcome)
        if outcome.verdict is Verdict.FAIL and declared(name, target.lacks):
            text = sentence(target.name, (name,))
            return dataclasses.replace(outcome, verdict=Verdict.UNSUPPORTED, message=text)
        if outcome.verdict is Verdict.LEAK and target.leaves_on_purpose(outcome.leaks):
            return dataclasses.replace(outcome, verdict=Verdict.PASS, expected="", got="", leaks=())
        return outcome

    def row(self, outcome: Outcome) -> Row:
        """What the record keeps of this cell once it has an outcome."""
        outcome = self._excused(outcome)
        return Row(
            target=self.candidate.target.name,
            python=self.candidate.facts["python"],
            implementation=self.candidate.facts["implementation"],
            method=self.method,
            requirement=self.requirement.id,
            subject=self.requirement.subject,
            level=self.requirement.level,
            spec=self.spec.name,
            outcome=outcome,
            as_expected=self.expects(outcome.verdict),
            deviation=None if self.known is None else self.known.as_dict(),
            command=self.command,
        )


@dataclass(frozen=True)
class Matrix:
    """All candidates and what was chosen of their cells; an empty choice is everything."""

    candidates: tuple[Candidate, ...]
    methods: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    fresh: bool = False

    def cells(self, spec: Spec) -> list[Cell]:
        """The cells of `spec`, in the order of the candidates and their start methods.

        Raises:
            KeyError: the catalogue has no such requirement.
        """
        requirement = catalogue.load()[spec.declaration.id]
        if self.subjects and requirement.subject not in self.subjects:
            return []
        if self.levels and requirement.level not in self.levels:
            return []
        return [
            Cell(candidate, method, spec, requirement, self._known(candidate, method, spec))
            for candidate in self.candidates
            for method in self.methods_of(candidate)
            if _exists(candidate, method, spec, requirement)
        ]

    def methods_of(self, candidate: Candidate) -> tuple[str, ...]:
        """The start methods to run `candidate` under."""
        return tuple(name for name in candidate.methods if not self.methods or name in self.methods)

    @staticmethod
    def _known(candidate: Candidate, method: str, spec: Spec) -> Known | None:
        return candidate.target.known(spec.declaration.id, spec.function, facts=candidate.facts, method=method)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for xdist's workers."""
        return {
            "candidates": [candidate.as_dict() for candidate in self.candidates],
            "methods": list(self.methods),
            "subjects": list(self.subjects),
            "levels": list(self.levels),
            "fresh": self.fresh,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Matrix:
        """The matrix that `as_dict` described."""
        return cls(
            candidates=tuple(map(Candidate.from_dict, plain["candidates"])),
            methods=tuple(plain["methods"]),
            subjects=tuple(plain["subjects"]),
            levels=tuple(plain["levels"]),
            fresh=plain["fresh"],
        )


def _exists(candidate: Candidate, method: str, spec: Spec, requirement: Requirement) -> bool:
    limits, platform = spec.declaration, candidate.facts["platform"]
    if limits.methods is not None and method not in limits.methods:
        return False
    if limits.platforms is not None and not catalogue.on_any(limits.platforms, platform):
        return False
    version = candidate.target.judged_as(candidate.facts["python"])
    return requirement.applies(version=version, platform=platform, method=method)
