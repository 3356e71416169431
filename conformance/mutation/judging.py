"""What judges of mutants have in common: which lines a mutant is about, how it is laid down, what is told of it.

Who the judges are, and in which order they are asked, is the subclass's. Above: `hunt` (the specs), `incumbent`.
"""

from __future__ import annotations

import re
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from conformance.broken import overlay
from conformance.broken.prove import Bench
from conformance.crew import Crew
from conformance.isolation import Isolation
from conformance.mutation import mutants
from conformance.mutation.mutants import Mutant
from conformance.mutation.scopes import Scopes
from conformance.mutation.touches import Line

Judge = TypeVar("Judge")

SURVIVED, UNTOUCHED, NO_PROGRAM = "survived", "untouched", "no program"
"""What becomes of a mutant that is not noticed: specs run its line; none does; it is no other program."""


@dataclass(frozen=True)
class Catch:
    """What became of one mutant.

    verdict: of the cell that noticed it, or one of the words above. spec, method, got: that cell, and what it saw.
    shown: how many cells were run. of: how many run the changed line.
    """

    mutant: Mutant
    after: str
    verdict: str
    spec: str = ""
    method: str = ""
    got: str = ""
    shown: int = 0
    of: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain data for the journal."""
        mutant = self.mutant
        return {
            "key": mutant.key,
            "file": mutant.file,
            "line": mutant.lines[0],
            "inside": mutant.inside,
            "operator": mutant.change.operator,
            "before": mutant.before,
            "after": self.after,
            "verdict": self.verdict,
            "spec": self.spec,
            "method": self.method,
            "got": self.got,
            "shown": self.shown,
            "of": self.of,
            "seconds": round(self.seconds, 2),
        }


def words(name: str) -> set[str]:
    """The words of which a name consists: specs of `is_alive` are called after it, more often than not."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


@dataclass(frozen=True)
class Found:
    """What judges say of one mutant; the fields as those of `Catch`."""

    verdict: str
    spec: str = ""
    method: str = ""
    got: str = ""
    shown: int = 0


class Judging(Generic[Judge]):
    """Judges the mutants of the implementation of `bench`, several at the same time."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._lock = threading.Lock()
        self._scopes: dict[str, Scopes] = {}

    def order(self, mutant: Mutant) -> Sequence[Judge]:
        """Those that run what `mutant` changes, in the order in which they are to be asked."""
        raise NotImplementedError

    def _ask(self, isolation: Isolation, mutant: Mutant, order: Sequence[Judge], place: str) -> Found:
        """What those in `order` say of `mutant`, which is laid down in `place`."""
        raise NotImplementedError

    def catches(self, crew: Crew, chosen: Sequence[Mutant]) -> Iterator[Catch]:
        """What becomes of each of `chosen`, as it gets known."""
        for _, catch in crew.map(self._judge, chosen):
            yield catch

    def _judge(self, isolation: Isolation, mutant: Mutant) -> Catch:
        started = time.monotonic()
        made = mutants.apply(self._bench.package, mutant)
        if made is None:
            return Catch(mutant, "", NO_PROGRAM)
        text, after = made
        order = self.order(mutant)
        if not order:
            return Catch(mutant, after, UNTOUCHED)
        with tempfile.TemporaryDirectory(dir=self._bench.overlays, prefix="m", ignore_cleanup_errors=True) as place:
            overlay.replace(self._bench.package, Path(place), mutant.file, text)
            found = self._ask(isolation, mutant, order, place)
        seconds = time.monotonic() - started
        return Catch(mutant, after, **vars(found), of=len(order), seconds=seconds)

    def _lines_of(self, mutant: Mutant) -> set[Line]:
        with self._lock:
            if mutant.file not in self._scopes:
                source = (self._bench.package / mutant.file).read_text(encoding="utf-8")
                self._scopes[mutant.file] = Scopes(source)
        found = self._scopes[mutant.file].lines_of_change(mutant.lines)
        return {(mutant.file, line) for line in found}
