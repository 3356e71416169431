"""Mutation as a whole: mutants of one small room of `reference`, shown to few specs."""

from __future__ import annotations

import json
import os

import pytest

from conformance.tests.commands import command

pytest.importorskip("cosmic_ray", reason="the extra `mutation` is not installed")

FEW = ("--base", "reference", "--module", "event", "--subject", "event", "--method", "fork", "--jobs", "2")


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_mutants_are_shown_to_the_specs_that_run_them_and_kept(tmp_path):
    words = ("mutate", *FEW, "--sample", "4", "--out", "m.jsonl", "--show-survivors")
    done = command(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    header, *rows = lines(tmp_path / "m.jsonl")
    assert "reference" == header["base"]
    assert 4 == len(rows)
    for row in rows:
        assert "event.py" == row["file"]
        assert row["before"] != row["after"]
        assert row["shown"] <= row["of"]
        if row["verdict"] == "FAIL":
            assert row["spec"].startswith("test_event.py::")
            assert "fork" == row["method"]
        else:
            assert row["verdict"] in ("survived", "untouched", "HANG", "CRASH", "LEAK", "no program")
    assert "FAIL" in {row["verdict"] for row in rows}
    assert "mutants noticed" in done.stdout
    assert ["m.jsonl", "m.touches.jsonl"] == sorted(os.listdir(tmp_path))
    # What is known is not done again; what is too little is said by the status.
    again = command(*words, "--fail-under", "100.1", cwd=tmp_path)
    assert again.returncode == 1
    assert again.stdout == done.stdout
    assert [header, *rows] == lines(tmp_path / "m.jsonl")


def test_mutants_can_be_laid_for_another_suite(tmp_path):
    done = command("mutate", *FEW, "--sample", "3", "--lay", "laid", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "mutants of reference laid in laid" in done.stdout
    for place in (tmp_path / "laid").iterdir():
        assert "event.py" == place.name.split("-")[0]
        assert (place / "reference" / "queues.py").is_file()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--module", "pool"), "the core of reference has no module 'pool'"),
        (("--base", "billiard"), "Invalid value for '--base'"),
    ],
)
def test_what_cannot_be_done_is_refused(tmp_path, words, told):
    done = command("mutate", *words, cwd=tmp_path)
    assert 2 == done.returncode
    assert told in done.stderr


def test_the_extra_is_asked_for_where_it_is_missing(tmp_path):
    (tmp_path / "cosmic_ray.py").write_text("raise ModuleNotFoundError('not here', name='cosmic_ray')\n")
    done = command("mutate", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert 2 == done.returncode
    assert "cosmic_ray is missing: install the extra" in done.stderr
