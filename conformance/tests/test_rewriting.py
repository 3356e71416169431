"""Rewriting a target's file: what stays to the letter, what is replaced, what goes, and what needs a reason."""

from __future__ import annotations

import datetime

import pytest

from conformance.outcome import Verdict
from conformance.rewriting import rewrite
from conformance.store import Recorder
from conformance.target import read
from conformance.tests.commands import command
from conformance.tests.test_observation import F, H, P, row

IDS = ("lock.one", "lock.two", "lock.three")
FACTS = [
    {"implementation": "cpython", "python": python, "platform": "linux", "version": python}
    for python in ("3.11.7", "3.12.1")
]
HEAD = '# About it.\nmodule = "it"\nreview = 2030-01-01'
ONE = """[[deviation]]
requirement = "lock.one"   # kept to the letter
verdict = "FAIL"
reason = "known since long"
issue = "https://example.org/1"
"""


def text(*entries):
    return "\n\n".join(part.strip() for part in (HEAD, *entries)) + "\n"


def change(before, *rows):
    return rewrite(before, rows, FACTS, IDS)


def test_an_entry_that_says_what_was_seen_stays():
    found = change(text(ONE), row(F), row(F, method="spawn"), row(P, requirement="lock.two"))
    assert found.text == text(ONE)
    assert (found.kept, found.new, found.gone) == (1, 0, 0)


def test_an_entry_of_which_no_record_tells_stays():
    assert change(text(ONE), row(P, requirement="lock.two")).text == text(ONE)
    elsewhere = ONE.replace('verdict = "FAIL"', 'verdict = "FAIL"\npython = ">=3.14"')
    assert change(text(elsewhere), row(P)).text == text(elsewhere)


def test_an_entry_that_is_true_no_more_goes():
    found = change(text(ONE), row(P))
    assert found.text == text()
    assert (found.kept, found.new, found.gone) == (0, 0, 1)


def test_an_entry_that_allows_both_stays_whatever_was_seen():
    both = ONE.replace('"FAIL"', '["PASS", "FAIL"]')
    for verdict in (P, F):
        assert change(text(both), row(verdict)).text == text(both)


def test_an_entry_that_says_something_else_is_replaced_but_keeps_its_reason():
    found = change(text(ONE), row(H, method="spawn"), row(P))
    new = """[[deviation]]
requirement = "lock.one"
methods = ["spawn"]
verdict = ["HANG"]
reason = "known since long"
issue = "https://example.org/1"
"""
    assert found.text == text(new)
    assert (found.kept, found.new, found.gone) == (0, 1, 1)


def test_a_new_deviation_is_put_in_its_place_and_has_no_reason():
    found = change(text(ONE), row(F), row(F, requirement="lock.three"), row(F, requirement="lock.two", python="3.12.1"))
    names = [line.split('"')[1] for line in found.text.splitlines() if line.startswith("requirement")]
    assert names == ["lock.one", "lock.two", "lock.three"]
    assert found.text.count('# got got FAIL\nreason = ""') == 2
    again = change(found.text, row(F), row(F, requirement="lock.three"))
    assert again.text == found.text


@pytest.mark.parametrize("verdict", [Verdict.NOTRUN, Verdict.UNSUPPORTED, Verdict.ERROR])
def test_a_cell_that_judged_nothing_changes_nothing(verdict):
    assert change(text(ONE), row(verdict)).text == text(ONE)


def test_what_one_entry_says_twice_is_said_once():
    narrow = ONE.replace('verdict = "FAIL"', 'verdict = "FAIL"\nmethods = ["fork"]')
    found = change(text(ONE, narrow), row(F))
    assert found.text == text(
        '[[deviation]]\nrequirement = "lock.one"\nverdict = ["FAIL"]\n' + ONE[ONE.index("reason") :]
    )


def record(path, *rows):
    recorder = Recorder(path)
    candidates = [{"target": "it", "facts": facts} for facts in FACTS]
    recorder.begin({"targets": candidates})
    for item in rows:
        recorder.add(item)
    recorder.end()


@pytest.mark.parametrize("place", [("--target", "it", "--folder", "."), ("--target", "it.toml")])
def test_the_command_writes_the_file_and_asks_for_reasons(tmp_path, place):
    record(
        tmp_path / "r.jsonl",
        row(F, requirement="lock.acquire.blocks"),
        row(P, spec="test_b", requirement="lock.release.unlocked"),
    )
    words = ("deviations", "r.jsonl", *place)
    shown = command(*words, cwd=tmp_path)
    assert shown.returncode == 1, shown.stderr
    assert shown.stderr == "it.toml: 0 kept, 1 new, 0 gone; 1 without a reason\n"
    assert not (tmp_path / "it.toml").exists()
    assert command(*words, "--write", cwd=tmp_path).returncode == 1
    written = (tmp_path / "it.toml").read_text()
    assert written == shown.stdout
    (tmp_path / "it.toml").write_text(written.replace('reason = ""', 'reason = "so it is"'))
    again = command(*words, "--write", cwd=tmp_path)
    assert (again.returncode, again.stderr) == (0, "it.toml: 1 kept, 0 new, 0 gone; 0 without a reason\n")
    assert [entry.reason for entry in read(tmp_path / "it.toml").deviations] == ["so it is"]


def test_records_of_another_target_are_refused(tmp_path):
    record(tmp_path / "r.jsonl", row(F))
    done = command("deviations", "r.jsonl", "--target", "billiard", cwd=tmp_path)
    assert done.returncode == 2
    assert "have no cell of 'billiard'" in done.stderr


def test_the_time_to_look_again_may_stand_once_for_all():
    found = change(text(ONE), row(F))
    assert datetime.date(2030, 1, 1).isoformat() in found.text
