"""The record of defects: read, printed, and looked at again."""

from __future__ import annotations

import subprocess
import sys

import pytest

from conformance.crew import Crew
from conformance.history import command as page_of
from conformance.history import recheck, record, reproduction
from conformance.history.record import Defect, RecordError
from conformance.matrix import Cell
from conformance.outcome import Verdict
from conformance.tests.commands import HOME, command, environment

DEFECT = """
[[defect]]
id = "a"
defect = "is wrong"
requirement = "event.repr"
seen = ["stdlib 3.8.18"]
gone = ["stdlib 3.11.7"]
"""


def test_the_record_says_enough_and_does_not_contradict_itself():
    defects = record.read()
    assert 60 <= len(defects)
    for defect in defects:
        assert not set(defect.seen) & set(defect.gone), defect.id
        assert "'" not in defect.reproduce, f"{defect.id}: a shell would need more than quotes around it"
        compile(reproduction.program(defect), defect.id, "exec")


def test_the_page_is_that_of_the_record():
    assert page_of.page(record.read()) == page_of.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (DEFECT + DEFECT, "a: the id occurs twice"),
        (DEFECT + "sean = []", "a: unknown key 'sean'"),
        (DEFECT.replace('["stdlib 3.8.18"]', "[]"), "a: 'seen' is missing"),
        (DEFECT.replace("event.repr", "event.report"), "the catalogue has no requirement 'event.report'"),
        (DEFECT + 'methods = ["thread"]', "a: unknown start method 'thread'"),
    ],
)
def test_a_wrong_record_is_refused_by_name(tmp_path, text, told):
    path = tmp_path / "defects.toml"
    path.write_text(text)
    with pytest.raises(RecordError, match=told):
        record.read(path)


@pytest.mark.parametrize(
    ("target", "facts", "name"),
    [
        ("stdlib", {"version": "3.8.18", "python": "3.8.18", "implementation": "cpython"}, "stdlib 3.8.18"),
        ("stdlib", {"version": "3.11.17", "python": "3.11.17", "implementation": "pypy"}, "stdlib pypy 3.11.17"),
        ("billiard", {"version": "4.3.2", "python": "3.11.7", "implementation": "cpython"}, "billiard 4.3.2 on 3.11.7"),
        ("reference", {"version": "", "python": "3.11.7", "implementation": "cpython"}, "reference on 3.11.7"),
    ],
)
def test_implementations_have_names(target, facts, name):
    assert name == record.implementation(target, facts)


def test_versions_of_the_stdlib_are_told_together():
    names = ("stdlib 3.8.18", "stdlib 3.9.18", "billiard 4.3.2 on 3.11.7")
    assert "stdlib 3.8.18, 3.9.18, billiard 4.3.2 on 3.11.7" == record.briefly(names)


@pytest.mark.parametrize(
    ("name", "verdict", "confirmed"),
    [
        ("old", Verdict.FAIL, True),
        ("old", Verdict.PASS, False),
        ("old", Verdict.ERROR, False),
        ("new", Verdict.PASS, True),
        ("new", Verdict.FAIL, False),
        ("new", Verdict.UNSUPPORTED, False),
    ],
)
def test_a_sight_confirms_the_record_or_not(name, verdict, confirmed):
    defect = Defect("a", "is wrong", "event.repr", seen=("old",), gone=("new",))
    assert confirmed is recheck.Sight(defect, verdict).confirms(name)


def test_every_requirement_binds_what_is_looked_at_again():
    with Crew(1) as crew:
        candidate = recheck.candidate_for(crew, "stdlib", None)
        assert (3, 99) == candidate.target.judged_as(candidate.facts["python"])
        defects = [Defect("met", "", "event.initial", (), ()), Defect("unmet", "", "event.set.signal-handler", (), ())]
        sights = {sight.defect.id: sight for sight in recheck.look(crew, candidate, defects)}
    assert Verdict.PASS is sights["met"].verdict
    assert Verdict.FAIL is sights["unmet"].verdict
    assert isinstance(sights["unmet"].cell, Cell)


def test_a_defect_can_be_shown_by_one_command(tmp_path):
    done = command("history", "--reproduce", "notify-count", "--python", sys.executable, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "# status 1: billiard" in done.stdout
    printed = done.stdout.replace("billiard\n", "multiprocessing\n")
    shown = subprocess.run(["sh", "-c", printed], env=environment(), cwd=tmp_path, check=False)
    assert 0 == shown.returncode, "the program where the defect is not"


def test_the_program_is_run_for_a_check_too():
    defect = Defect("a", "", "event.repr", (), (), reproduce='sys.exit(mp.__name__ == "reference")')
    assert reproduction.shows(defect, "reference", sys.executable, [str(HOME)])
    assert not reproduction.shows(defect, "multiprocessing", sys.executable, [])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--reproduce", "nothing"), "no defect 'nothing' is on record"),
        (("reference", "--check", "--python", "/no/such/python"), "is no interpreter"),
    ],
)
def test_what_cannot_be_done_is_told(tmp_path, words, told):
    done = command("history", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr


def test_the_record_is_printed(tmp_path):
    done = command("history", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "feeder-dies" in done.stdout
    assert "defects, " in done.stdout
