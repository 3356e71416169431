"""The terminal report: what it must say, told once, on wide terminals and narrow ones."""

from __future__ import annotations

import dataclasses
import io
import re

import pytest
from rich.console import Console

from conformance import progress
from conformance.outcome import Outcome, Verdict
from conformance.report.terminal import explain_cell, print_report
from conformance.store import Record, Row
from conformance.tests.test_store import ROW

PASSED = Outcome(Verdict.PASS, 0.1)
TRACEBACK = 'File "/x/specs/test_event.py", line 31, in test_event_set\nFile "/lib/y.py", line 2, in f\n'


def row(outcome=PASSED, **change):
    defaults = {"outcome": outcome, "as_expected": outcome.verdict is Verdict.PASS, "deviation": None}
    return dataclasses.replace(ROW, **defaults | change)


def printed(*rows: Row, width: int = 100, encoding: str = "utf-8", broken=None, reasons=()) -> str:
    candidates = []
    for target in dict.fromkeys(row.target for row in rows):
        facts = {"python": "3.13.0", "implementation": "cpython", "version": "3.13.0" if target == "stdlib" else "4.3"}
        candidates.append({"target": target, "facts": facts, "broken": broken or {}})
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace")
    print_report(Record(({"targets": candidates},), rows, reasons), Console(file=file, width=width, highlight=False))
    file.seek(0)
    return file.read()


def failing(**change) -> Row:
    outcome = {
        "expected": "True",
        "got": "<Event at 0x7f0012>",
        "message": "what is_set() told",
        "traceback": TRACEBACK,
        "stderr": "".join(f"line {number}\n" for number in range(40)),
    }
    return row(Outcome(Verdict.FAIL, 0.1, **outcome | change.pop("outcome", {})), **change)


def test_the_matrix_counts_by_subject_and_level():
    text = printed(row(), row(method="spawn"), row(method="spawn", spec="b"), row(subject="queue", level="DEFACTO"))
    assert re.search(r"stdlib 3\.13\.0\s", text)
    lines = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert re.findall(r"\d+|·", lines["event"]) == ["1", "2"]
    assert re.findall(r"\d+|·", lines["queue"]) == ["1", "·"]
    assert re.findall(r"\d+|·", lines["MUST"]) == ["1", "2"]
    assert re.findall(r"\d+|·", lines["all"]) == ["2", "2"]
    assert "As expected: every requirement is met." in text
    assert "Deviations" not in text


def test_candidates_stand_in_the_order_of_the_run_and_wrap_into_tables():
    rows = [row(target=name) for name in ("stdlib", "billiard")]
    assert "stdlib 3.13.0 │ billiard 4.3 on 3.13.0" in printed(*rows)
    narrow = printed(*rows, width=40)
    assert narrow.index("stdlib") < narrow.index("billiard 4.3")
    assert not re.search("stdlib.*billiard", narrow)


def test_a_failure_explains_itself_once_for_all_start_methods():
    text = printed(failing(method="spawn"), failing(outcome={"got": "<Event at 0x7f9999>"}), failing(target="other"))
    assert "Deviations: 2" in text
    (story, _) = text.split("Deviations: 2")[1].split("✗ FAIL  stdlib  event.set")[1].split("✗ FAIL")
    for phrase in (
        "requires     set makes is_set True in every process",
        "source       MUST, ",
        "expected     True",
        "got          <Event at 0x7f0012>",
        "says         what is_set() told",
        "seen on      3.13.0 under fork, spawn",
        "where        test_event.py:31",
        "│ line 39\n",
        "see again    python -m conformance run stdlib\n",
    ):
        assert phrase in story, story
    assert "line 20\n" not in story
    assert "Not as expected: 3 deviate." in text


def test_a_deviation_on_record_is_told_apart():
    known = {"verdicts": ["FAIL"], "reason": "the flag is lost", "issue": "bpo-42", "review": ""}
    text = printed(failing(deviation=known, as_expected=True), row(method="spawn"))
    assert "Deviations on record: 1" in text
    assert "on record    the flag is lost (bpo-42)" in text
    assert "0 ~1" in text
    assert "As expected: 1 deviate as is on record." in text


def test_a_deviation_that_is_due_for_review_says_so():
    known = {"verdicts": ["FAIL"], "reason": "the flag is lost", "issue": "", "review": "2020-01-02"}
    text = printed(failing(deviation=known, as_expected=True))
    assert "the flag is lost [to be looked at again since 2020-01-02]" in text
    assert "again since" not in printed(failing(deviation=known | {"review": "2999-01-02"}, as_expected=True))


def test_a_recorded_deviation_that_passes_is_a_deviation():
    known = {"verdicts": ["FAIL"], "reason": "the flag is lost", "issue": "", "review": ""}
    text = printed(row(deviation=known, as_expected=False))
    assert "PASS, though a deviation is on record" in text
    assert "on record    as FAIL: the flag is lost" in text
    assert "Not as expected: 1 deviate." in text


def test_what_binds_nobody_is_told_last_and_held_against_nobody():
    known = {"verdicts": ["FAIL"], "reason": "the flag is lost", "issue": "", "review": ""}
    text = printed(failing(level="BEYOND", as_expected=True), row(method="spawn"))
    assert "Beyond what binds: 1" in text
    assert "+ FAIL  stdlib  event.set" in text
    assert "0 +1" in text
    assert "+1 not met, which binds nobody" in text
    assert "As expected: every binding requirement is met; 1 cells fail what binds nobody." in text
    assert "Deviations" not in text
    rows = [failing(level="BEYOND", as_expected=True), failing(spec="a"), failing(spec="b", deviation=known)]
    rows[2] = dataclasses.replace(rows[2], as_expected=True)
    chapters = re.findall(r"^(?:─+ )?(Deviations|Deviations on record|Beyond what binds): 1", printed(*rows), re.M)
    assert chapters == ["Deviations", "Deviations on record", "Beyond what binds"]


def test_what_could_not_be_run_is_told_once():
    silent = Outcome(Verdict.NOTRUN, 0.0, message="no child process runs")
    rows = [row(silent, method="spawn", spec=str(number)) for number in range(5)]
    text = printed(*rows, broken={"spawn": "FAIL: OSError: no\ntraceback line"})
    assert text.count("no child process runs") == 1
    assert "stdlib on 3.13.0 under spawn: no child process runs" in text
    assert "│ traceback line" in text
    assert "0 ?5" in text
    assert "Not as expected: 5 could not be run." in text


@pytest.mark.parametrize(
    ("verdict", "sign", "words"),
    [
        (Verdict.ERROR, "!1", "1 failed by the suite's own fault"),
        (Verdict.HANG, "✗1", "1 deviate"),
        (Verdict.UNSUPPORTED, "-1", "As expected"),
    ],
)
def test_every_verdict_has_its_place(verdict, sign, words):
    outcome = Outcome(verdict, 0.1, traceback="Traceback of the suite", stacks="Thread 0x1")
    text = printed(row(outcome, as_expected=verdict is Verdict.UNSUPPORTED))
    assert f"0 {sign}" in text
    assert words in text
    assert ("Thread 0x1" in text) is (verdict is not Verdict.UNSUPPORTED)
    assert ("Traceback of the suite" in text) is (verdict is Verdict.ERROR)


def test_a_partial_record_is_called_partial():
    assert "The record is partial: interrupted." in printed(row(), reasons=("interrupted",))


def test_a_terminal_without_unicode_gets_plain_signs():
    text = printed(failing(outcome={"got": "和"}), encoding="ascii")
    assert "x FAIL" in text
    assert "0 x1" in text
    assert text.isascii()


def test_a_command_is_never_broken_into_lines():
    command = "python -m conformance run stdlib --python /a/long/path --method forkserver -k test_of_a_long_name"
    assert command in printed(failing(command=command), width=40)


def test_the_explanation_for_pytest_is_plain_text():
    text = explain_cell(failing())
    assert text.startswith("FAIL  stdlib  event.set\n")
    assert "  see again:   python -m conformance run stdlib" in text
    assert "  | line 39" in text


def front(terminal: bool) -> tuple[progress.Front, io.StringIO]:
    file = io.StringIO()
    shown = progress.front(Console(file=file, width=90, force_terminal=terminal, highlight=False))
    shown.pytest_conformance_probe("stdlib", "/usr/bin/python3")
    facts = {"python": "3.13.0", "implementation": "cpython", "version": "3.13.0", "path": "/lib/mp"}
    shown.pytest_conformance_begin({"targets": [{"target": "stdlib", "facts": facts, "broken": {"spawn": "no"}}]})
    shown.pytest_conformance_collected(3)
    return shown, file


@pytest.mark.parametrize("terminal", [False, True])
def test_progress_tells_what_runs_and_what_surprises(terminal):
    shown, file = front(terminal)
    for cell in (row(), failing(), row(Outcome(Verdict.NOTRUN, 0.0), method="spawn", as_expected=False)):
        shown.pytest_conformance_row(cell)
    shown.pytest_conformance_trouble("test_x.py: SyntaxError")
    record = Record((), ())
    shown.pytest_conformance_end(record)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", file.getvalue())
    assert shown.record is record
    assert "stdlib on cpython 3.13.0: /lib/mp" in text
    assert "✗ stdlib spawn: no child process runs" in text
    assert "✗ FAIL stdlib fork event.set: <Event at 0x7f0012>" in text
    assert "NOTRUN" not in text
    assert "ERROR: test_x.py: SyntaxError" in text
    assert ("3 of 3 cells, 2 not as expected" in text) is not terminal
    assert ("3/3 cells" in text) is terminal


def test_the_terminal_is_given_back():
    shown, file = front(terminal=True)
    assert "\x1b[?25l" in file.getvalue()
    shown.close()
    shown.close()
    assert file.getvalue().rstrip().endswith("\x1b[2K") or "\x1b[?25h" in file.getvalue()


def lacking(name: str, **change) -> Row:
    got = f"Absent: stdlib has no module {name!r}"
    return row(Outcome(Verdict.FAIL, 0.1, got=got, absent=name), **change)


def test_what_is_lacking_is_told_once_and_after_what_does_wrong():
    cells = [
        lacking("connection"),
        lacking("connection", method="spawn"),
        lacking("connection", spec="test_pipe.py::test_ends", requirement="event.initial"),
        lacking("queues", spec="test_queue.py::test_class"),
    ]
    text = printed(*cells, failing(spec="test_z.py::test_last", requirement="event.wait"))
    assert "Deviations: 3" in text
    assert text.index("<Event at") < text.index("no module 'connection'")
    assert text.count("has no module 'connection'") == 1
    assert "1 more spec, 3 cells in all, ask for 'connection'" in text
    assert 'lacks = ["queues"]' in text
    assert re.search(r"3\.13\.0 under fork, spawn *\n", text)
    assert "5 deviate" in text


@pytest.mark.parametrize("terminal", [False, True])
def test_progress_tells_once_what_is_lacking(terminal):
    shown, file = front(terminal)
    for cell in (lacking("connection"), lacking("connection", method="spawn"), lacking("queues")):
        shown.pytest_conformance_row(cell)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", file.getvalue())
    assert text.count("Absent: stdlib has no module 'connection'") == 1
    assert text.count("Absent: stdlib has no module 'queues'") == 1
    assert ("3 of 3 cells, 3 not as expected" in text) is not terminal
