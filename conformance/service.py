"""Answer one request, as plain data: the last step before a ward, wherever it works.

Called by `warden` and by `local`.
"""

from __future__ import annotations

import time
from typing import Any

from conformance.exploration import explore
from conformance.judgement import judge
from conformance.launch import Request
from conformance.outcome import Outcome, Verdict
from conformance.ward import Undead, Ward


def answer(ward: Ward, request: Request) -> dict[str, Any]:
    """The outcome of a cell, as `Outcome.as_dict`, or what `explore` found."""
    if request["op"] == "probe":
        return explore(ward, request)
    started = time.monotonic()
    try:
        outcome = _outcome(ward, request).as_dict()
    except (OSError, Undead) as error:
        outcome = {"verdict": "ERROR", "message": f"{type(error).__name__}: {error}"}
    return outcome | {"duration": time.monotonic() - started}


def _outcome(ward: Ward, request: Request) -> Outcome:
    outcome = judge(found := ward.run(request))
    if (
        outcome.verdict is Verdict.CRASH
        and not request["fresh"]
        and any(entry["kind"] == "pass" for entry in found.entries)
    ):
        # A fork of a warm interpreter may die while it is torn down, whatever is under test (seen: CPython 3.12.1, a
        # few cells in a thousand). What the target does shows in an interpreter of its own as well.
        outcome = judge(ward.run(request | {"fresh": True}))
    return outcome
