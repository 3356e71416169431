"""Find out what an interpreter and a target are, before any spec runs.

Runs in the warden; the cell's own part is `cell.explore`. A step that fails has a name: "launch" (the
interpreter), "import" (the target), "interface" (it is no multiprocessing).
"""

from __future__ import annotations

from typing import Any

from conformance.judgement import describe_status
from conformance.ward import Ward

_DEADLINE = 30.0
"""Seconds, unscaled, for an import."""


def explore(ward: Ward, request: dict[str, Any]) -> dict[str, Any]:
    """The facts, as {"facts": ...}; or {"step": ..., "reason": one line}."""
    interpreter = request["python"]
    try:
        found = ward.run(request | {"fresh": True, "deadline": _DEADLINE})
    except OSError as error:
        return {"step": "launch", "reason": f"cannot run {interpreter}: {error.strerror or error}"}
    kinds = {entry["kind"]: entry for entry in found.entries}
    if "facts" in kinds:
        facts = {key: value for key, value in kinds["facts"].items() if key not in ("kind", "nonce")}
        return {"facts": facts}
    if "fail" in kinds:
        return {"step": kinds["fail"]["step"], "reason": _one_line(kinds["fail"]["got"])}
    end = found.ending or ("vanished" if found.status is None else describe_status(found.status))
    if "imported" in kinds:
        return {"step": "interface", "reason": f"the interpreter {end}"}
    if "launched" in kinds:
        return {"step": "import", "reason": f"the interpreter {end} while importing it"}
    last = found.stderr.strip().splitlines()[-1:] or ["it wrote nothing to stderr"]
    return {"step": "launch", "reason": f"{interpreter} {end} and is no Python 3.8 or later: {_one_line(last[0])}"}


def _one_line(text: str) -> str:
    return " ".join(text.split())[:500]
