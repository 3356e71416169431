"""Answer one request, as plain data: the last step before a ward, wherever it works.

Called by `warden` and by `local`.
"""

from __future__ import annotations

import time
import traceback
from typing import Any

from conformance.exploration import explore
from conformance.judgement import judge
from conformance.launch import Request
from conformance.ward import Undead, Ward


def answer(ward: Ward, request: Request) -> dict[str, Any]:
    """The outcome of a cell, as `Outcome.as_dict`, or what `explore` found."""
    if request["op"] == "probe":
        return explore(ward, request)
    started = time.monotonic()
    try:
        outcome = judge(ward.run(request)).as_dict()
    except (OSError, Undead) as error:
        message = f"{type(error).__name__}: {error}"
        outcome = {"verdict": "ERROR", "message": message, "traceback": traceback.format_exc()}
    return outcome | {"duration": time.monotonic() - started}
