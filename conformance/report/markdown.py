"""A summary in Markdown, as hosted CI shows on a job's page."""

from __future__ import annotations

from conformance.catalogue import LEVELS
from conformance.outcome import Verdict
from conformance.store import Record, Row

_MOST = 50
"""Deviations that the summary lists."""


def summary(record: Record) -> str:
    """Scores by level for each target, interpreter and start method, and the cells that are not as expected."""
    levels = [level for level in LEVELS if any(row.level == level for row in record.rows)]
    lines = [
        "| implementation | Python | start method | " + " | ".join(levels) + " |",
        "|---" * (3 + len(levels)) + "|",
    ]
    for place in dict.fromkeys(map(_place, record.rows)):
        rows = [row for row in record.rows if _place(row) == place]
        lines.append("| " + " | ".join([*place, *(_score(rows, level) for level in levels)]) + " |")
    bad = [row for row in record.rows if not row.as_expected]
    if bad:
        lines += ["", f"{len(bad)} not as expected:", ""]
        lines += [
            f"- **{row.verdict}** `{row.requirement}` {' '.join(_place(row))}: `{row.command}`" for row in bad[:_MOST]
        ]
        if len(bad) > _MOST:
            lines.append(f"- and {len(bad) - _MOST} more")
    if not record.complete:
        lines += ["", f"**The record is partial**: {'; '.join(record.reasons)}"]
    return "\n".join(lines) + "\n"


def _place(row: Row) -> tuple[str, str, str]:
    python = row.python if row.implementation == "cpython" else f"{row.implementation} {row.python}"
    return (row.target, python, row.method)


def _score(rows: list[Row], level: str) -> str:
    judged = [row for row in rows if row.level == level and row.verdict not in (Verdict.UNSUPPORTED, Verdict.NOTRUN)]
    met = sum(row.verdict is Verdict.PASS for row in judged)
    return f"{met} / {len(judged)}" if judged else "-"
