"""What there is to do: who fits, whose record still holds, and whose has to be made.

Probes, installs and reads; runs no spec. Below: `recruit`, `stamp`. Above: `command`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.campaign.interpreters import Interpreter
from conformance.campaign.packages import install
from conformance.isolation import Isolation
from conformance.misuse import Misuse
from conformance.recruit import probe
from conformance.stamp import candidate_digest, suite_digest
from conformance.store import Record, RecordError, read
from conformance.target import Target


@dataclass(frozen=True)
class Task:
    """One target under one interpreter. paths: directories that its cells see first.

    digest: of target and interpreter as they are now. record: the file for its record.
    """

    target: Target
    interpreter: Interpreter
    paths: tuple[str, ...]
    digest: str
    record: Path

    @property
    def words(self) -> list[str]:
        """What `conformance run` is to be told of it."""
        paths = [word for path in self.paths for word in ("--path", path)]
        return [self.target.origin, "--python", self.interpreter.path, *paths]

    def kept(self, choice: Mapping[str, Any]) -> Record | None:
        """Its record, if there is one that is whole, and `choice` and everything else were as they are now."""
        try:
            record = read(self.record)
        except (OSError, UnicodeDecodeError, RecordError):
            return None
        (header,) = record.headers
        digests = [candidate.get("digest") for candidate in header["targets"]]
        same = (header.get("digest"), digests, header.get("choice")) == (suite_digest(), [self.digest], choice)
        return record if same and record.complete else None


@dataclass(frozen=True)
class Misfit:
    """A target that is not there for an interpreter, and why."""

    target: Target
    interpreter: Interpreter
    reason: str


def examine(target: Target, interpreter: Interpreter, isolation: Isolation, folder: Path) -> Task | Misfit:
    """Whether `target` can be judged under `interpreter`: as it is found there, or else installed below `folder`."""
    checkouts: tuple[str, ...] = ()
    try:
        try:
            candidate = probe(target, interpreter.path, isolation, (), folder)
        except Misuse:
            if not target.distribution:
                raise
            place, reason = install(target, interpreter, folder / "packages")
            if place is None:
                return Misfit(target, interpreter, reason)
            checkouts = (str(place.absolute()),)
            candidate = probe(target, interpreter.path, isolation, checkouts, folder)
    except Misuse as error:
        return Misfit(target, interpreter, str(error).splitlines()[0])
    digest = candidate_digest(target, candidate.facts)
    record = folder / "records" / f"{target.name}-{interpreter.label}.jsonl"
    return Task(target, interpreter, checkouts, digest, record)
