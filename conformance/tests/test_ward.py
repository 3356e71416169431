"""When a cell is run once more, since it was lost on the way: through no fault of the target's."""

from __future__ import annotations

import types

import pytest

from conformance import ward
from conformance.judgement import Findings
from conformance.launch import NurseryLost

STUMBLED = "OSError: [WinError 1359] Internal error"
REFUSED = "OSError: [WinError 5] Access is denied"


def found(got):
    return Findings(status=0, ending="", entries=({"kind": "fail", "got": got},), duration=1.0)


@pytest.mark.parametrize(
    ("attempts", "last"),
    [
        ([REFUSED], REFUSED),
        ([STUMBLED, REFUSED], REFUSED),
        ([STUMBLED, STUMBLED], STUMBLED),
        ([NurseryLost(), REFUSED], REFUSED),
        ([STUMBLED, NurseryLost()], STUMBLED),
        ([NurseryLost(), NurseryLost()], None),
    ],
)
def test_what_is_lost_on_the_way_is_run_once_more(attempts, last):
    forgotten = []
    launcher = types.SimpleNamespace(forget=forgotten.append)
    it = ward.Ward(None, launcher=launcher, family=None, shelf=None, scale=1.0, pause=None)
    left = iter(attempts)

    def attempt(request):
        what = next(left)
        if isinstance(what, Exception):
            raise what
        return found(what), {}

    it._attempt = attempt
    findings, doubtful = it._persist({"function": "f"})
    assert [last] == ([entry["got"] for entry in findings.entries] or [None])
    assert doubtful == {}
    assert next(left, None) is None, "an attempt too few"
    assert len(forgotten) == sum(isinstance(what, NurseryLost) for what in attempts)
