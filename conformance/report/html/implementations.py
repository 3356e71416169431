"""What the page knows of implementations beside their cells: who they are, where they ran, badges, scores of old."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.outcome import Verdict
from conformance.report.badge import badges
from conformance.store import Record, Row, identity

_JUDGED = frozenset(Verdict) - {Verdict.UNSUPPORTED, Verdict.NOTRUN}


def implementations(record: Record) -> dict[str, dict[str, Any]]:
    """Each target by its name."""
    drawn = badges(record)
    found: dict[str, dict[str, Any]] = {}
    for candidate in record.candidates:
        told = {"title": candidate.get("title", ""), "interpreters": [], "badges": []}
        found.setdefault(candidate["target"], told)["interpreters"].append(_interpreter(candidate))
    for target, its in drawn.items():
        # A record made by hand may tell of cells alone.
        told = found.setdefault(target, {"title": "", "interpreters": [], "badges": []})
        told["badges"] = [{"message": badge.message, "stem": badge.stem, "svg": badge.svg} for badge in its]
    return found


def _interpreter(candidate: Mapping[str, Any]) -> dict[str, Any]:
    facts = candidate["facts"]
    return {
        "version": facts.get("version") or "",
        "python": facts["python"],
        "implementation": facts["implementation"],
        "platform": facts["platform"],
        "broken": dict(candidate.get("broken", {})),
    }


def scores_of_runs(records: Iterable[Record]) -> list[dict[str, Any]]:
    """What each of `records` counted for each target under each interpreter and start method, the oldest first."""
    runs = []
    for record in records:
        started = min((str(header.get("started", "")) for header in record.headers), default="")
        versions = {identity(one): one["facts"].get("version") or "" for one in record.candidates}
        for key, rows in _by_column(record.rows).items():
            target, implementation, python, method = key
            runs.append(
                {
                    "started": started,
                    "suite": ", ".join(dict.fromkeys(str(header.get("suite", "")) for header in record.headers)),
                    "target": target,
                    "implementation": implementation,
                    "python": python,
                    "method": method,
                    "version": versions.get((target, implementation, python), ""),
                    "scores": _scores(rows),
                }
            )
    return sorted(runs, key=lambda run: str(run["started"]))


def _by_column(rows: Iterable[Row]) -> dict[tuple[str, str, str, str], list[Row]]:
    found: dict[tuple[str, str, str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row.target, row.implementation, row.python, row.method), []).append(row)
    return found


def _scores(rows: Iterable[Row]) -> dict[str, list[int]]:
    """Of each level how many specs were met, and how many judged."""
    counts: dict[str, list[int]] = {}
    for row in rows:
        if row.verdict in _JUDGED:
            count = counts.setdefault(row.level, [0, 0])
            count[0] += row.verdict is Verdict.PASS
            count[1] += 1
    return counts
