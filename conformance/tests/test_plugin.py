"""pytest as the way in: sessions that judge nothing are left alone, and those that judge end with the right status."""

from __future__ import annotations

import os
import subprocess
import uuid
from importlib import metadata
from pathlib import Path

import pytest

from conformance import catalogue, census
from conformance.store import read
from conformance.tests.commands import MINIATURES, python
from conformance.tests.surroundings import TRACE, on_shelf

BEYOND = next(row.id for row in catalogue.load().values() if not row.binding)
OWN = '''
import os
from conformance.requirement import requirement


def nothing():
    pass


@requirement("event.initial", deadline=1.0)
def test_plain(mp):
    """Passes."""


@requirement("process.join.blocks", deadline=1.0)
def test_join(mp):
    """Joins a child."""
    child = mp.Process(target=nothing)
    child.start()
    child.join()


@requirement("event.set", needs=("Lock",))
def test_lock(mp):
    """Makes a lock."""
    mp.Lock()


@requirement("spawn.command-line", methods=("spawn",), fresh=True)
def test_only_spawn(mp):
    """Runs under spawn alone."""
    assert "spawn" == mp.method, "the start method"


def test_undeclared():
    """An ordinary test."""
'''


def judge(
    *words: str, cwd: Path, target: str = "stdlib", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A session on specs of its own."""
    if not (cwd / "test_own.py").exists():
        (cwd / "test_own.py").write_text(OWN)
    path = os.pathsep.join([str(cwd), str(MINIATURES)])
    words = ("-p", "no:cacheprovider", *_plugin(), "test_own.py", "--target", target, *words)
    return python("-m", "pytest", *words, cwd=cwd, env={"PYTHONPATH": path} | (env or {}))


def _plugin() -> tuple[str, ...]:
    """The words that load the plugin where it is not installed; where it is, pytest finds it by itself."""
    names = [entry.name for entry in metadata.entry_points(group="pytest11")]
    return () if "conformance" in names else ("-p", "conformance.plugin")


def outcomes(path: Path) -> dict[str, str]:
    """The verdict of each spec, by its function and start method."""
    return {f"{row.spec.split('::')[1]}-{row.method}": str(row.verdict) for row in read(path).rows}


@pytest.mark.parametrize("workers", ["0", "2"])
def test_cells_are_items_and_ordinary_tests_stay_ordinary(tmp_path, workers):
    done = judge("-v", "-n", workers, "--record", "r.jsonl", "--method=fork", "--method=spawn", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 passed" in done.stdout
    for item in ("test_plain[stdlib-fork]", "test_only_spawn[stdlib-spawn]", "test_undeclared "):
        assert item in done.stdout
    assert "test_only_spawn[stdlib-fork]" not in done.stdout
    assert "As expected: every requirement is met." in done.stdout
    record = read(tmp_path / "r.jsonl")
    assert record.complete
    assert len(record.rows) == 7


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize(
    ("target", "spec", "verdict"),
    [
        ("join_never_returns", "test_join", "HANG"),
        ("segfaults", "test_join", "CRASH"),
        ("children_daemonise", "test_join", "LEAK"),
        ("leaks_process", "test_join", "LEAK"),
        ("leaks_semaphore", "test_lock", "LEAK"),
    ],
)
def test_an_odd_target_gets_its_verdict_and_the_run_ends(tmp_path, workers, target, spec, verdict):
    mark = uuid.uuid4().hex
    words = ("-q", "-n", workers, "--record", "r.jsonl", "--method", "fork", "-k", f"{spec} or test_plain")
    done = judge(*words, cwd=tmp_path, target=target, env={TRACE: mark})
    assert done.returncode == 1, done.stdout + done.stderr
    assert outcomes(tmp_path / "r.jsonl") == {"test_plain-fork": "PASS", f"{spec}-fork": verdict}
    assert f"{verdict}  {target}  " in done.stdout
    assert "1 failed, 1 passed" in done.stdout
    assert on_shelf(mark) == []
    assert census.marked(TRACE, mark) == []


def test_what_binds_nobody_may_fail(tmp_path):
    (tmp_path / "test_own.py").write_text(
        OWN.replace("event.initial", BEYOND).replace('"""Passes."""', "assert 1 == 2")
    )
    done = judge("--record", "r.jsonl", "--method", "fork", "-k", "test_plain or test_lock", "-rx", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 xfailed" in done.stdout
    assert "FAIL: binds nobody" in done.stdout
    assert outcomes(tmp_path / "r.jsonl") == {"test_plain-fork": "FAIL", "test_lock-fork": "PASS"}


def test_a_spec_of_no_requirement_is_an_error_of_the_suite(tmp_path):
    (tmp_path / "test_own.py").write_text(OWN.replace("event.initial", "event.invented"))
    done = judge("-n", "2", "--record", "r.jsonl", cwd=tmp_path)
    assert done.returncode not in (0, 1)
    assert "the catalogue has no requirement 'event.invented'" in done.stdout
    assert "the suite itself failed" in read(tmp_path / "r.jsonl").reasons[0]


def test_a_run_that_stops_early_is_partial(tmp_path):
    words = ("-n", "0", "-x", "--record", "r.jsonl", "--method", "fork")
    done = judge(*words, cwd=tmp_path, target="segfaults")
    assert done.returncode == 1
    (reason,) = read(tmp_path / "r.jsonl").reasons
    assert "cells are missing" in reason


def test_a_worker_that_dies_makes_the_run_fail_and_the_record_partial(tmp_path):
    (tmp_path / "conftest.py").write_text(
        "import os, pytest\n"
        "@pytest.hookimpl(tryfirst=True)\n"
        "def pytest_runtest_call(item):\n"
        "    if 'test_lock' in item.name: os._exit(1)\n"
    )
    done = judge("-n", "2", "--record", "r.jsonl", "--method", "fork", cwd=tmp_path)
    assert done.returncode not in (0, 1)
    record = read(tmp_path / "r.jsonl")
    assert not record.complete
    assert "test_lock-fork" not in outcomes(tmp_path / "r.jsonl")
    assert "test_plain-fork" in outcomes(tmp_path / "r.jsonl")


@pytest.mark.parametrize("named", ["--pyargs conformance.specs", "--pyargs conformance.specs.test_event", "FOLDER"])
def test_specs_without_a_target_are_a_usage_error(tmp_path, named):
    words = named.replace("FOLDER", str(Path(__file__).parents[1] / "specs")).split()
    done = python("-m", "pytest", "-p", "no:cacheprovider", *_plugin(), *words, cwd=tmp_path)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "say which with --target NAME" in done.stderr
    assert "0 failed" not in done.stdout


def test_specs_that_pytest_comes_across_are_passed_over(tmp_path):
    folder = Path(__file__).parents[1]
    words = ("--collect-only", "-q", "--noconftest", "--ignore", str(folder / "tests"), str(folder))
    done = python("-m", "pytest", "-p", "no:cacheprovider", *_plugin(), *words, cwd=tmp_path)
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, done.stdout
    assert "test_event" not in done.stdout


def test_a_session_without_a_target_is_left_alone(tmp_path):
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert True\n")
    (tmp_path / "probe.py").write_text(
        "import sys\n"
        "def pytest_unconfigure():\n"
        "    print('LOADED', sorted(name for name in sys.modules if name.split('.')[0] in ('conformance', 'rich')))\n"
    )
    words = ("-p", "no:cacheprovider", *_plugin(), "-p", "probe", "-q", "test_it.py")
    done = python("-m", "pytest", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "LOADED ['conformance', 'conformance.plugin']" in done.stdout


def test_misuse_is_a_usage_error(tmp_path):
    done = judge("-n", "2", cwd=tmp_path, target="no_such_module")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "unknown target 'no_such_module'" in done.stderr
