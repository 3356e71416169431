"""What GitHub pins to a run: one command for each story, escaped as its runner reads it, and never silently cut."""

from __future__ import annotations

import dataclasses

from conformance import catalogue
from conformance.outcome import Outcome, Verdict
from conformance.report.annotations import workflow_commands
from conformance.reproduction import find
from conformance.store import Record, Row
from conformance.tests.commands import command
from conformance.tests.test_store import ROW, record

KNOWN = {"verdicts": ["FAIL"], "reason": "as old as Methuselah", "issue": "", "review": ""}
TRACEBACK = 'File "/x/specs/test_event.py", line 31, in test_event_set\n'


def row(verdict: Verdict = Verdict.FAIL, number: int = 0, **more: str) -> Row:
    change = {name: more.pop(name) for name in ("target", "method", "requirement") if name in more}
    spec = f"test_event.py::test_event_{number}" if number else "test_event.py::test_event_set"
    known = {"deviation": None, "as_expected": verdict is Verdict.PASS}
    return dataclasses.replace(ROW, outcome=Outcome(verdict, 0.1, **more), spec=spec, **known, **change)


def printed(*rows: Row, reasons: tuple[str, ...] = ()) -> list[str]:
    return workflow_commands(Record(({"targets": []},), rows, reasons), catalogue.load()).splitlines()


def test_a_deviation_is_an_error_at_the_line_that_failed_once_for_all_start_methods():
    told = {"expected": "100%", "got": "a: b,\r\nc", "traceback": TRACEBACK}
    (line,) = printed(row(**told), row(**told, method="spawn"), row(Verdict.PASS, number=1))
    properties, _, message = line.removeprefix("::error ").partition("::")
    assert properties == f"file=conformance/specs/test_event.py,line=31,title=FAIL {ROW.requirement}%3A {ROW.target}"
    assert message.startswith("expected 100%25, got a: b,%0D%0Ac%0Aseen on 3.13.0 under fork, spawn%0Asee again: ")


def test_without_a_traceback_it_stands_where_the_spec_begins():
    entry = find("test_event_is_unset_when_made")
    hung = dataclasses.replace(row(Verdict.HANG), spec=entry.spec.name)
    assert f"file=conformance/specs/{entry.file.name},line={entry.line},title=HANG" in printed(hung)[0]


def test_what_is_on_record_is_silent_until_it_shows_no_more_or_otherwise():
    recorded = dataclasses.replace(row(), deviation=KNOWN, as_expected=True)
    assert printed(recorded) == []
    (stale,) = printed(dataclasses.replace(row(Verdict.PASS), deviation=KNOWN, as_expected=False))
    assert stale.startswith("::warning file=conformance/specs/")
    assert "though it is on record: as old as Methuselah" in stale
    (hung,) = printed(dataclasses.replace(row(Verdict.HANG), deviation=KNOWN))
    assert "::error" in hung
    assert "%0Aon record as FAIL: as old as Methuselah%0A" in hung


def test_there_are_ten_of_a_kind_the_last_of_which_counts_the_rest():
    lines = printed(*(row(number=number) for number in range(1, 31)), reasons=("interrupted",))
    assert [line.partition(" ")[0] for line in lines] == ["::error"] * 10 + ["::warning"]
    assert lines[9] == "::error title=and 21 more::21 more are in the report of this run."
    assert lines[10] == "::warning title=The record is partial::interrupted"
    assert len(printed(*(row(number=number) for number in range(1, 11)))) == 10


def test_what_could_not_be_run_is_said_once_for_a_target():
    cells = [row(Verdict.NOTRUN, number, message="no child process runs: X: y") for number in range(1, 31)]
    assert printed(*cells) == [f"::error title=NOTRUN%3A {ROW.target}::no child process runs: X: y"]


def test_the_command_prints_nothing_else(tmp_path):
    record(tmp_path / "r.jsonl", row(got="1"))
    done = command("report", "r.jsonl", "--annotations", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert [line[:8] for line in done.stdout.splitlines()] == ["::error "]
