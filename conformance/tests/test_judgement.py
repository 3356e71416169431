"""From findings to the verdict: each combination that matters, as a table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.judgement import Findings, describe_status, judge, read_record
from conformance.outcome import Outcome, Verdict

PASS = {"kind": "pass"}
FAIL = {"kind": "fail", "expected": "7", "got": "4", "message": "the sum", "traceback": "..."}
STRAY = {"kind": "stray", "pid": 7}
ERROR = {"kind": "error", "got": "SyntaxError: no"}


def found(status: int | None, *entries: dict[str, Any], ending: str = "", leaks: tuple[str, ...] = ()) -> Findings:
    return Findings(status=status, ending=ending, entries=entries, duration=1.0, leaks=leaks)


@pytest.mark.parametrize(
    ("findings", "verdict", "got"),
    [
        (found(0, PASS), Verdict.PASS, ""),
        (found(0, PASS, leaks=("a process",)), Verdict.LEAK, "a process"),
        (found(0, FAIL), Verdict.FAIL, "4"),
        (found(0, FAIL, leaks=("a process",)), Verdict.FAIL, "4"),
        (found(-11, FAIL), Verdict.FAIL, "4"),
        (found(None, FAIL, ending="had not ended"), Verdict.FAIL, "4"),
        (found(0, STRAY, PASS), Verdict.FAIL, "a child process that went on"),
        (found(0, PASS, STRAY), Verdict.FAIL, "a child process that went on"),
        (found(None, ending="had not ended"), Verdict.HANG, "the cell had not ended"),
        (found(None, PASS, ending="had not ended"), Verdict.HANG, "after the spec had passed"),
        (found(-11), Verdict.CRASH, "was killed by SIGSEGV without an outcome"),
        (found(-9, PASS), Verdict.CRASH, "was killed by SIGKILL after the spec had passed"),
        (found(0), Verdict.CRASH, "exited with status 0 without an outcome"),
        (found(3, PASS), Verdict.CRASH, "exited with status 3 after the spec had passed"),
        (found(None), Verdict.CRASH, "took along the process that forked it"),
        (found(0, ERROR), Verdict.ERROR, "SyntaxError: no"),
    ],
)
def test_verdict(findings: Findings, verdict: Verdict, got: str) -> None:
    outcome = judge(findings)
    assert outcome.verdict is verdict
    assert got in outcome.got


@pytest.mark.parametrize(
    ("findings", "message"),
    [
        (found(0, FAIL), "the sum"),
        (found(-11, FAIL), "the sum; afterwards the cell was killed by SIGSEGV"),
        (found(None, FAIL, ending="did not exit"), "the sum; afterwards the cell did not exit"),
    ],
)
def test_failure_tells_how_its_cell_ended(findings: Findings, message: str) -> None:
    assert judge(findings).message == message


def test_failure_keeps_what_was_left_behind() -> None:
    assert judge(found(0, FAIL, leaks=("a process", "a file"))).leaks == ("a process", "a file")


def test_record_holds_only_what_bears_the_nonce() -> None:
    mine = {"kind": "pass", "nonce": "n"}
    lines = [b'\xff\x00{"kind": ', b"", b"17", b'{"kind": "fail"}', b'{"kind": "fail", "nonce": "m"}']
    data = b"\n".join([*lines, json.dumps(mine).encode(), b'{"kind": "pa'])
    assert read_record(data, "n") == (mine,)


@pytest.mark.parametrize(
    ("status", "words"),
    [(0, "exited with status 0"), (-15, "was killed by SIGTERM"), (-63, "was killed by signal 63")],
)
def test_status_in_words(status: int, words: str) -> None:
    assert describe_status(status) == words


def test_outcome_survives_plain_data() -> None:
    outcome = Outcome(Verdict.LEAK, 0.5, got="x", leaks=("one", "two"), stacks="deep")
    assert Outcome.from_dict(json.loads(json.dumps(outcome.as_dict())) | {"other": 1}) == outcome


def test_every_verdict_has_a_meaning() -> None:
    assert all(verdict.meaning.endswith(".") and str(verdict) == verdict.name for verdict in Verdict)


def test_outcome_with_an_unknown_verdict_is_refused() -> None:
    with pytest.raises(ValueError, match="MAYBE"):
        Outcome.from_dict({"verdict": "MAYBE", "duration": 0})
