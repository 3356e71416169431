"""From the cells of records to the entries of a deviations file that say the same: a pure function.

Knows nothing of files. What was seen under some methods and interpreters becomes as few entries as say it,
each with the conditions under which it was seen. Called by `rewriting`.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from conformance.catalogue import METHODS, Version, parse_version
from conformance.outcome import Verdict
from conformance.store import Row

SAYS_NOTHING = frozenset({Verdict.NOTRUN, Verdict.UNSUPPORTED, Verdict.ERROR})
"""Verdicts of cells in which the target was not judged."""


@dataclass(frozen=True, order=True)
class Interpreter:
    """What conditions can tell of one. version: its first two numbers."""

    implementation: str
    version: Version


@dataclass(frozen=True)
class Observation:
    """An entry without a reason. Empty fields set no condition; got: what one of the cells got."""

    requirement: str
    verdicts: frozenset[Verdict]
    methods: tuple[str, ...] = ()
    implementations: tuple[str, ...] = ()
    python: str = ""
    spec: str = ""
    got: str = ""


Seen = Mapping[str, Mapping[Interpreter, frozenset[Verdict]]]
"""By start method and interpreter: the verdicts of one spec."""


def observe(rows: Iterable[Row]) -> list[Observation]:
    """What deviates in `rows`, all of one target, in the order of the rows' requirements."""
    cells: dict[str, dict[str, dict[str, dict[Interpreter, set[Verdict]]]]] = {}
    got: dict[tuple[str, str], str] = {}
    for row in rows:
        if row.verdict in SAYS_NOTHING:
            continue
        spec = row.spec.rpartition("::")[2]
        interpreter = Interpreter(row.implementation, parse_version(row.python)[:2])
        methods = cells.setdefault(row.requirement, {}).setdefault(spec, {})
        methods.setdefault(row.method, {}).setdefault(interpreter, set()).add(row.verdict)
        if row.verdict is not Verdict.PASS:
            got.setdefault((row.requirement, spec), row.outcome.got or row.outcome.message)
    found: list[Observation] = []
    for requirement, specs in cells.items():
        frozen = {spec: _frozen(seen) for spec, seen in specs.items()}
        told = {spec: _conditions(requirement, seen) for spec, seen in frozen.items()}
        same = len({tuple(entries) for entries in told.values()}) == 1
        for spec, entries in list(told.items())[: 1 if same else None]:
            name = "" if same else spec
            found += [_named(entry, name, got.get((requirement, spec), "")) for entry in entries]
    return found


def _frozen(seen: Mapping[str, Mapping[Interpreter, set[Verdict]]]) -> Seen:
    return {
        method: {interpreter: frozenset(verdicts) for interpreter, verdicts in places.items()}
        for method, places in seen.items()
    }


def _named(entry: Observation, spec: str, got: str) -> Observation:
    values = {
        name: getattr(entry, name) for name in ("requirement", "verdicts", "methods", "implementations", "python")
    }
    return Observation(**values, spec=spec, got=" ".join(got.split()))


def _conditions(requirement: str, seen: Seen) -> list[Observation]:
    """The entries for one spec."""
    groups: dict[frozenset[Interpreter], list[str]] = defaultdict(list)
    for method in sorted(seen, key=_place):
        deviating = frozenset(place for place, verdicts in seen[method].items() if verdicts != {Verdict.PASS})
        if deviating:
            groups[deviating].append(method)
    entries = []
    for deviating, methods in groups.items():
        judged = {place for method in methods for place in seen[method]}
        for implementations, python, places in _where(deviating, judged):
            verdicts = frozenset().union(*(seen[method].get(place, ()) for method in methods for place in places))
            everywhere = len(methods) == len(seen)
            entries.append(
                Observation(requirement, verdicts, () if everywhere else tuple(methods), implementations, python)
            )
    return entries


def _place(method: str) -> int:
    return METHODS.index(method) if method in METHODS else len(METHODS)


def _where(
    deviating: frozenset[Interpreter], judged: set[Interpreter]
) -> list[tuple[tuple[str, ...], str, list[Interpreter]]]:
    """Conditions that single out `deviating` among the interpreters that were judged, and whom each speaks of."""
    parts: dict[str, list[tuple[str, list[Interpreter]]]] = {}
    for implementation in sorted({place.implementation for place in judged}):
        versions = sorted(place.version for place in judged if place.implementation == implementation)
        mine = {place.version for place in deviating if place.implementation == implementation}
        parts[implementation] = [
            (python, [Interpreter(implementation, version) for version in run]) for python, run in _runs(versions, mine)
        ]
    shapes = {implementation: tuple(python for python, _ in runs) for implementation, runs in parts.items()}
    if len(set(shapes.values())) == 1:
        merged = zip(*parts.values(), strict=True)
        return [((), runs[0][0], [place for _, places in runs for place in places]) for runs in merged]
    return [((implementation,), python, places) for implementation, runs in parts.items() for python, places in runs]


def _runs(versions: Sequence[Version], deviating: set[Version]) -> list[tuple[str, list[Version]]]:
    """The stretches of `versions`, which are sorted, that deviate: each as a specifier, and its versions."""
    found, start = [], 0
    for is_deviating, group in itertools.groupby(versions, deviating.__contains__):
        run = list(group)
        if is_deviating:
            end = start + len(run)
            bounds = [f">={_text(run[0])}"] if start else []
            bounds += [f"<{_text(versions[end])}"] if end < len(versions) else []
            found.append((",".join(bounds), run))
        start += len(run)
    return found


def _text(version: Version) -> str:
    return ".".join(map(str, version))
