"""Records: what was written is read again, and what is no whole record is refused."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest

from conformance.misuse import Misuse
from conformance.outcome import Outcome, Verdict
from conformance.store import Recorder, RecordError, Row, check_writable, read

ROW = Row(
    target="stdlib",
    python="3.13.0",
    implementation="cpython",
    method="fork",
    requirement="event.set",
    subject="event",
    level="MUST",
    spec="test_event.py::test_event_set",
    outcome=Outcome(Verdict.FAIL, 0.25, expected="True", got="Fälschung", leaks=("a process",)),
    as_expected=False,
    deviation={"verdicts": ["HANG"], "reason": "known", "issue": "", "review": ""},
    command="python -m conformance run stdlib",
)
OTHER = dataclasses.replace(ROW, method="spawn")


def record(path: Path, *rows: Row, reason: str = "") -> Path:
    recorder = Recorder(path)
    recorder.begin({"suite": "0", "targets": []})
    for row in rows:
        recorder.add(row)
    recorder.end(reason)
    return path


def test_what_was_written_is_read_again(tmp_path):
    found = read(record(tmp_path / "r.jsonl", ROW, OTHER))
    assert found.rows == (ROW, OTHER)
    assert found.complete
    assert found.headers[0]["suite"] == "0"


def test_a_line_has_what_the_record_promises(tmp_path):
    header, line, footer = map(json.loads, record(tmp_path / "r.jsonl", ROW).read_text().splitlines())
    assert header["kind"] == "header"
    promised = {"target", "python", "method", "requirement", "verdict", "duration"}
    assert promised <= set(line)
    assert (line["kind"], line["verdict"], line["duration"], line["expected"]) == ("cell", "FAIL", 0.25, "True")
    assert footer == {"kind": "footer", "cells": 1, "verdicts": {"FAIL": 1}, "complete": True, "reason": ""}


def test_rows_are_in_the_file_as_soon_as_they_come(tmp_path):
    recorder = Recorder(tmp_path / "r.jsonl")
    recorder.begin({"targets": []})
    recorder.add(ROW)
    assert len((tmp_path / "r.jsonl").read_text().splitlines()) == 2
    recorder.end()


def test_a_partial_record_says_so(tmp_path):
    found = read(record(tmp_path / "r.jsonl", ROW, reason="interrupted"))
    assert not found.complete
    assert found.reasons == ("interrupted",)


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        (lambda lines: lines[:-1], "truncated: the footer is missing"),
        (lambda lines: lines[1:], "the header is missing"),
        (lambda lines: [], "the header is missing"),
        (lambda lines: [lines[0], *lines[2:]], "the footer counts 2 cells, the file has 1"),
        (lambda lines: [*lines[:2], lines[1], lines[3]], "occurs 2 times"),
        (lambda lines: [*lines[:2], lines[2][:40]], "truncated, or no record"),
        (lambda lines: ['{"kind": "header", "format": 99}', *lines[1:]], "format 99 is unknown"),
        (lambda lines: [lines[0], '{"kind": "cell"}', *lines[2:]], "a line lacks or garbles a field"),
        (lambda lines: ["[]"], "no record of a run"),
    ],
)
def test_what_is_no_whole_record_is_refused(tmp_path, change, phrase):
    file = record(tmp_path / "r.jsonl", ROW, OTHER)
    file.write_text("\n".join(change(file.read_text().splitlines())))
    with pytest.raises(RecordError, match=phrase):
        read(file)


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    check_writable(tmp_path / "new")
    with pytest.raises(Misuse, match="is a directory"):
        check_writable(tmp_path)
    with pytest.raises(Misuse, match="there is no directory"):
        check_writable(tmp_path / "no" / "r.jsonl")
    with pytest.raises(Misuse, match="cannot write the record"):
        Recorder(tmp_path).begin({})


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_permission_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(Misuse, match="permission denied"):
        check_writable(tmp_path / "r.jsonl")
