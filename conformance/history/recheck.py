"""Look again at what the record says of one implementation: run the specs of the requirements that it names.

All requirements bind it here, whatever its version: that an old one did not have to meet a later promise is no reason
not to see that it does not. Nothing that is known of it, and nothing that it declares to lack, is excused.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.crew import Crew
from conformance.history.record import Defect, implementation
from conformance.inventory import by_requirement
from conformance.isolation import Isolation
from conformance.matrix import Candidate, Cell, Matrix
from conformance.outcome import Outcome, Verdict
from conformance.recruit import Request, recruit

_LATEST = "3.99"
"""A Python to which every requirement applies that still holds."""


@dataclass(frozen=True)
class Sight:
    """What was seen of one defect. verdict: of the first cell that deviated; PASS: none did. got: what it saw."""

    defect: Defect
    verdict: Verdict
    cell: Cell | None = None
    got: str = ""

    def confirms(self, name: str) -> bool:
        """Whether it is as the record says of the implementation `name`."""
        if name in self.defect.seen:
            return self.verdict not in (Verdict.PASS, Verdict.ERROR, Verdict.NOTRUN)
        return self.verdict is Verdict.PASS


def candidate_for(crew: Crew, target: str, python: str | None) -> Candidate:
    """`target` under the interpreter `python`, to be judged by all requirements.

    Raises:
        Misuse: it cannot be run there.
    """
    request = Request(targets=(target,), pythons=(python,) if python else ())
    with crew.isolation() as isolation:
        matrix = recruit(request, isolation, lending=crew.rundir, news=lambda target, python: None)
    (candidate,) = matrix.candidates
    bound = dataclasses.replace(candidate.target, behaves_as=_LATEST, deviations=(), lacks=frozenset())
    return dataclasses.replace(candidate, target=bound)


def name_of(candidate: Candidate) -> str:
    """How the record names `candidate`."""
    return implementation(candidate.target.name, candidate.facts)


def look(crew: Crew, candidate: Candidate, defects: Sequence[Defect]) -> Iterator[Sight]:
    """What is to be seen of each of `defects`, as it gets known."""
    specs = {name: [entry.spec for entry in entries] for name, entries in by_requirement().items()}

    def work(isolation: Isolation, defect: Defect) -> Sight:
        matrix = Matrix((candidate,), methods=defect.methods)
        for cell in (cell for spec in specs.get(defect.requirement, ()) for cell in matrix.cells(spec)):
            outcome = isolation.run(cell.plan(fresh=False))
            if outcome.verdict is not Verdict.PASS:
                return Sight(defect, outcome.verdict, cell, _told(outcome))
        return Sight(defect, Verdict.PASS)

    for _, sight in crew.map(work, defects):
        yield sight


def _told(outcome: Outcome) -> str:
    return " ".join((outcome.got or outcome.message or outcome.stderr).split())[:200]
