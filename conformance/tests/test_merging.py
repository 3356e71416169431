"""Merging: what goes together becomes one record, what does not is refused, and what is missing is said."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from conformance.merging import merge, write
from conformance.store import Recorder, RecordError, Row, read
from conformance.tests.commands import command
from conformance.tests.test_store import OTHER, ROW

FACTS = {"implementation": "cpython", "python": "3.13.0", "version": "1", "platform": "linux", "methods": ["fork"]}
CANDIDATE = {"target": "stdlib", "facts": FACTS, "digest": "d", "broken": {}}
HEADER = {"suite": "0", "digest": "s", "started": "2020-01-02", "targets": [CANDIDATE]}


def record(path: Path, *rows: Row, reason: str = "", **header: object) -> Path:
    recorder = Recorder(path)
    recorder.begin(HEADER | header)
    for row in rows:
        recorder.add(row)
    recorder.end(reason)
    return path


@pytest.fixture
def shares(tmp_path):
    """Two of three shares of a run."""
    return [
        record(tmp_path / "1", ROW, shard="1/3"),
        record(tmp_path / "3", OTHER, shard="3/3", started="2020-01-01"),
    ]


def test_shares_of_a_run_become_one_record(tmp_path, shares):
    third = record(tmp_path / "2", shard="2/3")
    whole = write(map(read, [*shares, third]), tmp_path / "all")
    assert whole.complete
    again = read(tmp_path / "all")
    assert (again.rows, again.complete) == ((ROW, OTHER), True)
    (header,) = again.headers
    assert (header["suite"], header["digest"], header["started"]) == ("0", "s", "2020-01-01")
    assert again.candidates == [CANDIDATE]
    assert [run["shard"] for run in header["runs"]] == ["1/3", "3/3", "2/3"]


def test_a_missing_share_is_said_until_it_comes(tmp_path, shares):
    whole = write(map(read, shares), tmp_path / "all")
    assert whole.reasons == ("share 2 of 3 of stdlib cpython 3.13.0 is not there",)
    assert merge([read(tmp_path / "all")]).reasons == whole.reasons
    third = read(record(tmp_path / "2", shard="2/3"))
    assert merge([read(tmp_path / "all"), third]).complete


def test_what_was_interrupted_stays_partial(tmp_path):
    whole = write([read(record(tmp_path / "1", ROW, reason="interrupted"))], tmp_path / "all")
    assert not whole.complete
    assert read(tmp_path / "all").reasons == ("interrupted",)


def test_a_cell_that_is_there_twice_is_refused(tmp_path):
    one = read(record(tmp_path / "1", ROW))
    with pytest.raises(RecordError, match="occurs 2 times"):
        merge([one, one])


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"suite": "9"}, "the suite's suite is '0' in one, '9' in another"),
        ({"digest": "x"}, "the suite's digest is 's' in one, 'x' in another"),
        ({"targets": [CANDIDATE | {"digest": "x"}]}, "the files of stdlib on cpython 3.13.0 is 'd' in one"),
        (
            {"targets": [CANDIDATE | {"facts": FACTS | {"version": "2"}}]},
            "the version of stdlib on cpython 3.13.0 is '1' in one, '2' in another",
        ),
    ],
)
def test_records_that_contradict_each_other_are_refused(tmp_path, change, phrase):
    parts = [read(record(tmp_path / "1", ROW)), read(record(tmp_path / "2", OTHER, **change))]
    with pytest.raises(RecordError, match=phrase):
        merge(parts)


def test_other_interpreters_and_targets_contradict_nobody(tmp_path):
    old = {"targets": [{"target": "stdlib", "facts": FACTS | {"python": "3.8.0", "version": "3.8.0"}}]}
    other = dataclasses.replace(ROW, python="3.8.0")
    whole = merge([read(record(tmp_path / "1", ROW)), read(record(tmp_path / "2", other, **old))])
    assert [candidate["facts"]["python"] for candidate in whole.candidates] == ["3.13.0", "3.8.0"]


def test_the_command_merges_and_refuses(tmp_path, shares):
    done = command("merge", *map(str, shares), "--out", "all.jsonl", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == "wrote all.jsonl: 2 cells of 1 candidates\n"
    assert done.stderr == "The record is partial: share 2 of 3 of stdlib cpython 3.13.0 is not there.\n"
    record(tmp_path / "2", shard="2/3")
    done = command("merge", "all.jsonl", "2", "--out", "more.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for words in (["1", "1", "--out", "x"], ["1", "--out", "no/x"], ["no", "--out", "x"], ["1"]):
        done = command("merge", *words, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1, done.stderr
