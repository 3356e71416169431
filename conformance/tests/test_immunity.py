"""The caller's path may hold a broken `multiprocessing`, to be judged: none of the suite's own processes imports it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.inventory import by_requirement
from conformance.store import read
from conformance.tests.commands import command, python

BROKEN = """
import os, sys

with open({log!r}, "a") as file:
    file.write(repr(sys.argv) + "\\n")
os._exit(3)
"""
QUICK = by_requirement()["event.initial"][0].spec.function


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A directory with a `multiprocessing` that ends whoever imports it, and writes down who did."""
    package = tmp_path / "overlay" / "multiprocessing"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(BROKEN.format(log=str(tmp_path / "log")))
    return str(package.parent)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_another_target_is_judged_all_the_same(tmp_path: Path, path: str, jobs: str) -> None:
    words = ("run", "reference", "-k", QUICK, "--jobs", jobs, "--out", "r.jsonl")
    done = command(*words, cwd=tmp_path, env={"PYTHONPATH": path})
    assert done.returncode == 0, done.stderr
    assert len(read(tmp_path / "r.jsonl").rows) == 3
    assert not (tmp_path / "log").exists()


def test_only_a_cell_meets_it(tmp_path: Path, path: str) -> None:
    done = command("run", "stdlib", "-k", QUICK, cwd=tmp_path, env={"PYTHONPATH": path})
    assert done.returncode == 2
    assert "exited with status 3 while importing it" in done.stderr
    assert (tmp_path / "log").read_text().splitlines() == ["['-c']"]


def test_workers_of_pytest_do_not_meet_it(tmp_path: Path, path: str) -> None:
    words = ("-m", "pytest", "-p", "no:cacheprovider", "-n", "2", "--pyargs", "conformance.specs.test_event")
    done = python(*words, "--target", "reference", "-k", QUICK, cwd=tmp_path, env={"PYTHONPATH": path})
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "log").exists()
