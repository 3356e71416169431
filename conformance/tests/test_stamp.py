"""Digests: they change with what a verdict depends on, and with nothing else."""

from __future__ import annotations

import shutil
import sys

import pytest

from conformance import stamp
from conformance.stamp import candidate_digest
from conformance.target import resolve

FACTS = {"python": "3.13.0", "executable": sys.executable, "version": "1"}


@pytest.fixture
def digest(tmp_path):
    """The digest of a package that the test may change."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "room.py").write_text("a = 1\n")

    def compute(name="package", **facts):
        stamp._package.cache_clear()
        return candidate_digest(resolve(name), FACTS | {"path": str(package / "__init__.py")} | facts)

    return compute


def test_the_same_is_the_same(digest):
    assert digest() == digest()


def test_a_change_of_the_target_or_the_interpreter_shows(digest, tmp_path):
    seen = {digest(), digest(python="3.13.1"), digest(executable="/elsewhere"), digest(version="2")}
    (tmp_path / "package" / "room.py").write_text("a = 2\n")
    seen.add(digest())
    (tmp_path / "package" / "room.py").rename(tmp_path / "package" / "chamber.py")
    seen.add(digest())
    (tmp_path / "mine.toml").write_text("module = 'package'\n")
    seen.add(digest(str(tmp_path / "mine.toml")))
    (tmp_path / "mine.toml").write_text("module = 'package'\nstrict = false\n")
    seen.add(digest(str(tmp_path / "mine.toml")))
    assert len(seen) == 8


def test_what_no_verdict_depends_on_counts_for_nothing(digest, tmp_path):
    before = digest()
    (tmp_path / "package" / "notes.txt").write_text("changed")
    (tmp_path / "beside.py").write_text("changed")
    assert digest() == before


def test_a_change_of_the_suite_shows_unless_it_is_in_a_room_that_judges_nothing(tmp_path, monkeypatch):
    copy = tmp_path / "suite"
    shutil.copytree(stamp._SUITE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(stamp, "_SUITE", copy)
    seen = []
    for name in ("README.md", "report/table.py", "tests/test_stamp.py", "targets/billiard.toml", "cell.py"):
        with (copy / name).open("a") as file:
            file.write("# changed\n")
        seen.append(stamp.suite_digest.__wrapped__())
    assert len(set(seen[:-1])) == 1
    assert seen[-1] != seen[0]
