"""From what was found about a cell to its verdict: a pure function, and the reading of the cell's record.

Knows nothing of processes or files; called by whoever ran the cell.
"""

from __future__ import annotations

import dataclasses
import json
import signal
from typing import Any

from conformance.outcome import Outcome, Verdict

Entry = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Findings:
    """What is known of a cell once nothing of it is left.

    status: its exit status, negative for a signal, if it ended by itself; else None.
    ending: why it was ended, if it did not end by itself; else empty.
    entries: the lines of its record.
    """

    status: int | None
    ending: str
    entries: tuple[Entry, ...]
    duration: float
    stdout: str = ""
    stderr: str = ""
    leaks: tuple[str, ...] = ()
    stacks: str = ""


def read_record(data: bytes, nonce: str) -> tuple[Entry, ...]:
    """The entries in a record that bear `nonce`, whatever else was written between them."""
    found = []
    for line in data.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # The target wrote here.
        if isinstance(entry, dict) and entry.get("nonce") == nonce:
            found.append(entry)
    return tuple(found)


def describe_status(status: int) -> str:
    """An exit status in words."""
    if status >= 0:
        return f"exited with status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"


def judge(found: Findings) -> Outcome:
    """The outcome of the cell of which `found` tells."""
    kinds = {entry["kind"]: entry for entry in found.entries}
    verdict, told = _decide(found, kinds)
    return Outcome(
        verdict=verdict,
        duration=found.duration,
        expected=told.get("expected", ""),
        got=told.get("got", ""),
        message=told.get("message", ""),
        absent=told.get("absent", ""),
        traceback=told.get("traceback", ""),
        stdout=found.stdout,
        stderr=found.stderr,
        leaks=found.leaks,
        stacks=found.stacks,
    )


def _decide(found: Findings, kinds: dict[str, Entry]) -> tuple[Verdict, Entry]:
    if "error" in kinds:
        return Verdict.ERROR, kinds["error"] | {"message": "the spec could not be loaded"}
    if "fail" in kinds:
        # What the spec saw comes before how its process ended, which may well be a consequence.
        return Verdict.FAIL, _with_end(found, kinds["fail"])
    if "stray" in kinds:
        return Verdict.FAIL, {
            "expected": "a child process that ends when its target returns",
            "got": "a child process that went on in its parent's code, out of the spec",
        }
    passed = "pass" in kinds
    if found.ending:
        after = ", after the spec had passed" if passed else ""
        return Verdict.HANG, {"got": f"the cell {found.ending}{after}"}
    if found.status != 0:
        after = " after the spec had passed" if passed else " without an outcome"
        end = "took along the process that forked it," if found.status is None else describe_status(found.status)
        return Verdict.CRASH, {"got": f"the cell {end}{after}"}
    if not passed:
        return Verdict.CRASH, {"got": "the cell exited with status 0 without an outcome"}
    if found.leaks:
        return Verdict.LEAK, {"expected": "nothing left behind", "got": "; ".join(found.leaks)}
    return Verdict.PASS, {}


def _with_end(found: Findings, failure: Entry) -> Entry:
    """The failure, with a remark if its process did not end well either."""
    if found.ending:
        remark = f"afterwards the cell {found.ending}"
    elif found.status is not None and found.status != 0:
        remark = f"afterwards the cell {describe_status(found.status)}"
    else:
        return failure
    return failure | {"message": "; ".join(filter(None, (failure.get("message", ""), remark)))}
