"""Badges: how many requirements of a level are met, as JSON for those who draw badges, and drawn.

Never one number for everything: one badge for each level that binds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import escape

from conformance.catalogue import BEYOND
from conformance.outcome import Verdict
from conformance.report.tally import levels
from conformance.store import Record, Row

LABEL = "multiprocessing"
_COLOURS = {"brightgreen": "#2f7d32", "yellow": "#8a6100", "red": "#b3121d", "lightgrey": "#5c646d"}
"""The names that drawers of badges know, each with a tone on which white can be read."""
_WIDTH, _MARGIN = 6.5, 12
_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{text}">
<title>{text}</title>
<rect width="{whole}" height="20" rx="3" fill="#444"/>
<path fill="{fill}" d="M{left} 0h{inner}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{inner}z"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{one}" y="14" textLength="{label_long}">{label}</text>
<text x="{two}" y="14" textLength="{message_long}">{message}</text>
</g></svg>
"""


@dataclass(frozen=True)
class Badge:
    """What it says, in which colour. stem: the name of its files."""

    message: str
    colour: str
    stem: str

    @property
    def json(self) -> str:
        """What shields.io and its like make a badge of."""
        told = {"schemaVersion": 1, "label": LABEL, "message": self.message, "color": self.colour}
        return json.dumps(told) + "\n"

    @property
    def svg(self) -> str:
        """The badge, drawn."""
        label, message = (round(_WIDTH * len(text)) for text in (LABEL, self.message))
        left, right = label + _MARGIN, message + _MARGIN
        return _SVG.format(
            whole=left + right,
            left=left,
            inner=right - 3,
            one=left / 2,
            two=left + right / 2,
            label_long=label,
            message_long=message,
            label=LABEL,
            message=escape(self.message),
            text=escape(f"{LABEL}: {self.message}"),
            fill=_COLOURS[self.colour],
        )


def badge(record: Record) -> Badge:
    """The badge of a whole record: how many MUST requirements are met."""
    return _of(record.rows, "MUST")


def badges(record: Record) -> dict[str, list[Badge]]:
    """The badges of each target, one for each level that binds."""
    targets: dict[str, list[Row]] = {}
    for row in record.rows:
        targets.setdefault(row.target, []).append(row)
    return {
        target: [_of(rows, level, re.sub(r"[^\w.]+", "-", target)) for level in levels(rows) if level != BEYOND]
        for target, rows in targets.items()
    }


def _of(rows: Iterable[Row], level: str, whose: str = "all") -> Badge:
    judged = [row for row in rows if row.level == level and row.verdict is not Verdict.UNSUPPORTED]
    ids = {row.requirement for row in judged}
    failed = {row.requirement for row in judged if row.verdict is not Verdict.PASS}
    colour = "brightgreen" if not failed else "yellow" if all(row.as_expected for row in judged) else "red"
    stem = f"{whose}-{level.lower()}"
    if not ids:
        return Badge("nothing judged", "lightgrey", stem)
    return Badge(f"{len(ids) - len(failed)} of {len(ids)} {level}", colour, stem)
