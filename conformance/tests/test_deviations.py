"""Known deviations: what an entry must say, where it applies, and that it is strict both ways."""

from __future__ import annotations

import datetime

import pytest

from conformance.deviations import DeviationError, parse
from conformance.outcome import Verdict

IDS = ("lock.one", "lock.two")
ENTRY = {"requirement": "lock.one", "verdict": "FAIL", "reason": "known since long"}
FACTS = {"python": "3.13.0", "version": "4.3.2", "implementation": "cpython", "platform": "linux"}


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"requirement": "lock.three"}, "no requirement 'lock.three'"),
        ({"requirement": ""}, "'requirement' is missing"),
        ({"reason": "  "}, "'reason' is missing"),
        ({"verdict": "WORSE"}, "WORSE"),
        ({"verdict": []}, "must name what is expected"),
        ({"verdict": "PASS"}, "must name what is expected"),
        ({"methods": ["wish"]}, "unknown start method 'wish'"),
        ({"python": "newer"}, "newer"),
        ({"review": "soon"}, "'review' is no date"),
        ({"why": "x"}, "unknown key 'why'"),
        ({"reason": 1}, "'reason' is no text"),
        ({"methods": [1]}, "neither text nor a list"),
    ],
)
def test_a_wrong_entry_is_refused(change, phrase):
    with pytest.raises(DeviationError, match=phrase):
        parse(ENTRY | change, IDS)


@pytest.mark.parametrize(
    ("change", "applies"),
    [
        ({}, True),
        ({"methods": ["spawn"]}, False),
        ({"methods": ["fork", "spawn"]}, True),
        ({"python": "<3.13"}, False),
        ({"python": ">=3.13"}, True),
        ({"version": "<5"}, True),
        ({"version": "==4.2.*"}, False),
        ({"implementations": "pypy"}, False),
        ({"platforms": ["darwin", "linux"]}, True),
        ({"platforms": "win32"}, False),
        ({"spec": "test_x"}, True),
        ({"spec": "test_y"}, False),
    ],
)
def test_an_entry_applies_where_it_says(change, applies):
    assert applies is parse(ENTRY | change, IDS).applies(FACTS, "fork", "test_x")


def test_a_release_candidate_counts_as_its_release():
    entry = parse(ENTRY | {"python": ">=3.15"}, IDS)
    assert entry.applies(FACTS | {"python": "3.15.0rc1"}, "fork", "test_x")


def test_an_unknown_version_of_the_target_meets_no_condition():
    entry = parse(ENTRY | {"version": ">=0"}, IDS)
    assert not entry.applies(FACTS | {"version": ""}, "fork", "test_x")


def test_an_entry_excuses_only_what_it_names():
    entry = parse(ENTRY | {"verdict": ["FAIL", "HANG"]}, IDS)
    excused = {verdict for verdict in Verdict if entry.excuses(verdict)}
    assert excused == {Verdict.FAIL, Verdict.HANG, Verdict.UNSUPPORTED}


def test_a_record_keeps_what_a_reader_wants_to_know():
    entry = parse(ENTRY | {"issue": "bpo-1", "review": datetime.date(2030, 1, 2)}, IDS)
    assert entry.as_dict() == {
        "verdicts": ["FAIL"],
        "reason": "known since long",
        "issue": "bpo-1",
        "review": "2030-01-02",
    }
