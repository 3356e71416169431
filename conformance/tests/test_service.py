"""A crash at the exit of a warm cell is not believed before a fresh one shows it too."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from conformance.judgement import Findings
from conformance.service import answer

PASSED = ({"kind": "pass"},)
CRASHED = Findings(status=-signal.SIGSEGV, ending="", entries=PASSED, duration=0.1)
FINE = Findings(status=0, ending="", entries=PASSED, duration=0.1)
SILENT = Findings(status=-signal.SIGSEGV, ending="", entries=(), duration=0.1)


class Ward:
    """Finds what it is told to find, first in the warm cell, then in the fresh one."""

    def __init__(self, *findings: Findings) -> None:
        self.findings = list(findings)
        self.fresh: list[bool] = []

    def run(self, request: dict[str, Any]) -> Findings:
        self.fresh.append(request["fresh"])
        return self.findings.pop(0)


@pytest.mark.parametrize(
    ("findings", "fresh", "verdict", "seen"),
    [
        ((CRASHED, FINE), False, "PASS", [False, True]),
        ((CRASHED, CRASHED), False, "CRASH", [False, True]),
        ((CRASHED,), True, "CRASH", [True]),
        ((SILENT,), False, "CRASH", [False]),
        ((FINE,), False, "PASS", [False]),
    ],
)
def test_crashes(findings: tuple[Findings, ...], fresh: bool, verdict: str, seen: list[bool]):
    ward: Any = Ward(*findings)
    assert answer(ward, {"op": "cell", "fresh": fresh})["verdict"] == verdict
    assert ward.fresh == seen
