"""Known deviations: what a target is recorded to do otherwise than a requirement says.

An entry is strict both ways: it excuses only the verdicts that it names, and where it applies, a cell
that passes all the same is unexpected (unless the entry names PASS too: seen only sometimes).
Data and matching only; `target` reads the files, `matrix` asks.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from conformance.catalogue import METHODS, parse_version
from conformance.outcome import Verdict


class DeviationError(ValueError):
    """An entry is not what an entry must be; the message says why."""


@dataclass(frozen=True)
class Known:
    """One entry.

    verdicts: what the cell is expected to get.
    methods, implementations, platforms: where it applies; empty: everywhere.
    python, version: for which Pythons, and which versions of the target.
    spec: the one spec function it speaks of, where several check the requirement; empty: all of them.
    reason: why it deviates, in words. issue: the public record of it, if there is one.
    review: when to look at it again.
    """

    requirement: str
    verdicts: frozenset[Verdict]
    reason: str
    issue: str = ""
    methods: tuple[str, ...] = ()
    implementations: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    python: SpecifierSet = field(default_factory=SpecifierSet)
    version: SpecifierSet = field(default_factory=SpecifierSet)
    spec: str = ""
    review: datetime.date | None = None

    def applies(self, facts: Mapping[str, Any], method: str, spec: str) -> bool:
        """Whether it speaks of the spec function `spec` under `method`, for a target with the probed `facts`."""
        return (
            (not self.methods or method in self.methods)
            and (not self.implementations or facts["implementation"] in self.implementations)
            and (not self.platforms or facts["platform"] in self.platforms)
            and self.spec in ("", spec)
            and within(facts["python"], self.python)
            and within(facts["version"], self.version)
        )

    def excuses(self, verdict: Verdict) -> bool:
        """Whether `verdict` is as this entry expects; a cell that was not judged at all says nothing against it."""
        return verdict in self.verdicts or verdict is Verdict.UNSUPPORTED

    def as_dict(self) -> dict[str, Any]:
        """What a record keeps of it: plain data."""
        return {
            "verdicts": sorted(str(verdict) for verdict in self.verdicts),
            "reason": self.reason,
            "issue": self.issue,
            "review": "" if self.review is None else self.review.isoformat(),
        }


def within(version: str, wanted: SpecifierSet) -> bool:
    """Whether `version` is among the `wanted` ones; one without numbers is so only if any is."""
    if not str(wanted):
        return True
    # Numbers only: 3.15.0rc1 counts as 3.15.0, which is what an entry ">=3.15" means.
    numbers = ".".join(map(str, parse_version(version)))
    return bool(numbers) and wanted.contains(numbers, prereleases=True)


_STRINGS = ("requirement", "reason", "issue", "spec", "python", "version")
_LISTS = ("verdict", "methods", "implementations", "platforms")
_KEYS = (*_STRINGS, *_LISTS, "review")


def parse(entry: Mapping[str, Any], requirements: Iterable[str]) -> Known:
    """The entry that one `[[deviation]]` table states.

    Raises:
        DeviationError: a key or value is unknown, one that must be given is missing, or no requirement has the id.
    """
    for key in entry:
        if key not in _KEYS:
            raise DeviationError(f"unknown key {key!r}; there are: {', '.join(_KEYS)}")
    texts = {key: _text(entry, key) for key in _STRINGS}
    lists = {key: _texts(entry, key) for key in _LISTS}
    for key in ("requirement", "reason"):
        if not texts[key]:
            raise DeviationError(f"{key!r} is missing")
    if texts["requirement"] not in requirements:
        raise DeviationError(f"the catalogue has no requirement {texts['requirement']!r}")
    for method in lists["methods"]:
        if method not in METHODS:
            raise DeviationError(f"unknown start method {method!r}")
    review = entry.get("review")
    if review is not None and not isinstance(review, datetime.date):
        raise DeviationError(f"'review' is no date: {review!r}")
    try:
        verdicts = frozenset(Verdict(text) for text in lists["verdict"])
        python, version = SpecifierSet(texts["python"]), SpecifierSet(texts["version"])
    except (InvalidSpecifier, ValueError) as error:
        raise DeviationError(str(error)) from error
    if not verdicts - {Verdict.PASS}:
        raise DeviationError("'verdict' must name what is expected instead of PASS")
    return Known(
        requirement=texts["requirement"],
        verdicts=verdicts,
        reason=texts["reason"],
        issue=texts["issue"],
        methods=lists["methods"],
        implementations=lists["implementations"],
        platforms=lists["platforms"],
        python=python,
        version=version,
        spec=texts["spec"],
        review=review,
    )


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str):
        raise DeviationError(f"{key!r} is no text: {value!r}")
    return value.strip()


def _texts(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = entry.get(key, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        raise DeviationError(f"{key!r} is neither text nor a list of texts: {value!r}")
    return tuple(values)
