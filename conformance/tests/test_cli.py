"""The command line, as a user meets it: real runs on the stdlib and on odd targets, refusals, interruption."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from conformance import catalogue
from conformance.inventory import by_requirement
from conformance.store import read
from conformance.tests.commands import PATIENCE, command, environment

CHECKED = ("event.initial", "event.clear")
"""Requirements whose specs are quick."""
SPECS = [entry.spec.function for requirement in CHECKED for entry in by_requirement()[requirement]]
FEW = ("-k", " or ".join(SPECS))

UNSET = """
from multiprocessing import *
from multiprocessing import synchronize

synchronize.Event.is_set = lambda self: None
"""
STRANGE = """
from multiprocessing import *
from multiprocessing import context

def refuse(self):
    raise OSError("no process today")

context.BaseContext.Process = property(refuse)
context.ForkContext.Process = context.SpawnContext.Process = context.ForkServerContext.Process = property(refuse)
"""


def one_line(error: str) -> str:
    """The one line that a refused run writes."""
    (line,) = error.strip().splitlines()
    return line


def test_a_run_on_the_stdlib_prints_the_matrix_and_is_as_expected(tmp_path):
    total = 3 * len(SPECS)
    done = command("run", "stdlib", *FEW, "--jobs", "2", "--out", "r.jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for phrase in (
        "stdlib ",
        "fork",
        "spawn",
        "forkserver",
        " event ",
        " MUST ",
        f"{total} cells: {total} PASS",
        "As expected",
    ):
        assert phrase in done.stdout
    assert f"{total} of {total} cells" in done.stderr
    record = read(tmp_path / "r.jsonl")
    assert record.complete
    assert {row.method for row in record.rows} == {"fork", "spawn", "forkserver"}
    assert {row.requirement for row in record.rows} == set(CHECKED)
    assert all(row.outcome.duration > 0 for row in record.rows)
    assert record.headers[0]["arguments"][:2] == ["run", "stdlib"]
    again = command("report", "r.jsonl", cwd=tmp_path)
    assert again.returncode == 0
    assert again.stdout == done.stdout
    assert os.listdir(tmp_path) == ["r.jsonl"]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_deviation_is_told_and_gives_status_1(tmp_path, jobs):
    (tmp_path / "unset.py").write_text(UNSET)
    words = ("-k", "test_event_is_unset_when_made", "--method", "fork", "--method", "spawn")
    done = command("run", "unset", *words, "--jobs", jobs, "--out", "r.jsonl", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "0 ✗1" in done.stdout
    assert done.stdout.count("✗ FAIL  unset  event.initial") == 1
    for phrase in (
        "expected     exactly False",
        "got          None",
        "under fork, spawn",
        "Not as expected: 2 deviate.",
    ):
        assert phrase in done.stdout
    assert "✗ FAIL unset fork event.initial: None" in done.stderr
    shown = done.stdout.split("see again    python ")[1].splitlines()[0]
    again = command(*shown.split()[2:], cwd=tmp_path)
    assert again.returncode == 1
    assert "✗ FAIL  unset  event.initial" in again.stdout
    assert [row.as_expected for row in read(tmp_path / "r.jsonl").rows] == [False, False]


def test_a_target_that_starts_no_process_is_said_once(tmp_path):
    (tmp_path / "strange.py").write_text(STRANGE)
    done = command("run", "strange", *FEW, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert done.stdout.count("no process today") == 1
    assert f"{3 * len(SPECS)} could not be run" in done.stdout
    assert done.stderr.count("no child process runs") == 3


@pytest.mark.parametrize(
    ("words", "phrase"),
    [
        (["run"], "Missing argument"),
        (["run", "no_such_module"], "unknown target 'no_such_module': none of stdlib, "),
        (["run", "a-b"], "'a-b' is no target"),
        (["run", "mine.toml"], "cannot read the target's file mine.toml: No such file"),
        (["run", "json:nothing"], "unknown target 'json:nothing'"),
        (["run", "stdlib", "--path", "no"], "there is no directory 'no'"),
        (["run", "json"], "cannot run target 'json': interface: "),
        (["run", "unimportable"], "unimportable"),
        (["run", "stdlib", "--python", "no-such-python"], "'no-such-python' is no interpreter"),
        (["run", "stdlib", "--python", "FALSE"], "is no Python"),
        (["run", "stdlib", "--out", "no/r.jsonl"], "there is no directory"),
        (["run", "stdlib", "--out", "."], "is a directory"),
        (["run", "stdlib", "--method", "wish"], "unknown start method 'wish'; offered are: "),
        (["run", "stdlib", "--subject", "wish"], "unknown subject 'wish'"),
        (["run", "stdlib", "--level", "perhaps"], "unknown level 'PERHAPS'"),
        (["run", "stdlib", "-k", "no_such_spec"], "no spec is selected"),
        (["run", "stdlib", "-k", "and and"], "-k"),
        (["run", "stdlib", "--jobs", "0"], "--jobs"),
        (["run", "stdlib", "--colour"], "--colour"),
        (["judge"], "judge"),
        (["explain", "event.sett"], "no requirement 'event.sett'; did you mean event.set"),
        (["report", "nothing.jsonl"], "nothing.jsonl"),
        (["report", "unimportable.py"], "no record of a run"),
        (["list", "--subject", "wish"], "unknown subject 'wish'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_misuse_is_refused_in_one_line_with_status_2(tmp_path, words, phrase):
    (tmp_path / "unimportable.py").write_text("raise RuntimeError('broken here')\n")
    false = shutil.which("false")
    done = command(*(false or "false" if word == "FALSE" else word for word in words), cwd=tmp_path)
    assert done.returncode == 2
    assert one_line(done.stderr).startswith("ERROR: ")
    assert phrase in one_line(done.stderr)
    assert not done.stdout


def test_the_callers_pytest_and_its_plugins_have_no_say(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\npython_functions = never\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('conftest of the caller')\n")
    (tmp_path / "troublemaker.py").write_text("raise RuntimeError('plugin of the caller')\n")
    caller = {"PYTEST_ADDOPTS": "--no-such-option", "PYTEST_PLUGINS": "troublemaker"}
    done = command("run", "stdlib", *FEW, "--method", "spawn", "--jobs", "2", cwd=tmp_path, env=caller)
    assert done.returncode == 0, done.stderr
    assert f"{len(SPECS)} cells: {len(SPECS)} PASS" in done.stdout


def test_the_reference_is_lent_to_an_interpreter_that_lacks_it(tmp_path):
    # -S and -P keep this interpreter from finding what is installed beside it.
    python = tmp_path / "bare-python"
    python.write_text(f'#!/bin/sh\nunset PYTHONHOME\nexec "{sys.executable}" -S "$@"\n')
    python.chmod(0o755)
    words = ("-k", "test_event_is_unset_when_made", "--method", "fork", "--python", str(python), "--out", "r.jsonl")
    environ = environment()
    home = environ.pop("PYTHONPATH")
    (tmp_path / "start.py").write_text(
        f"import sys; sys.path.insert(1, {home!r}); from conformance.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, str(tmp_path / "start.py"), "run", "reference", *words],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (candidate,) = read(tmp_path / "r.jsonl").candidates
    assert "lent" in candidate["path"][-1]
    assert "lent" in candidate["facts"]["path"]


@pytest.mark.parametrize(("number", "jobs"), [(signal.SIGINT, "2"), (signal.SIGINT, "1"), (signal.SIGTERM, "2")])
def test_an_interrupted_run_leaves_nothing_and_says_that_it_is_partial(tmp_path, number, jobs):
    words = ("run", "stdlib", "--subject", "event", "--subject", "pipe", "--jobs", jobs, "--out", "r.jsonl")
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", *words],
        cwd=tmp_path,
        env=environment(CONFORMANCE_TEST=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    record = tmp_path / "r.jsonl"
    deadline = time.monotonic() + PATIENCE
    while not (record.exists() and len(record.read_text().splitlines()) > 1) and time.monotonic() < deadline:
        time.sleep(0.01)
    # As a terminal does: SIGINT goes to the whole foreground process group.
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    _, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "ERROR: interrupted: nothing is left running" in stderr
    assert "Traceback" not in stderr
    header, *rows, footer = map(json.loads, record.read_text().splitlines())
    assert header["kind"] == "header"
    assert footer["cells"] == len(rows) >= 1
    assert not footer["complete"]
    assert footer["reason"].startswith("interrupted, ")
    assert command("report", "r.jsonl", cwd=tmp_path).returncode == 2
    assert not _relatives(str(tmp_path))


def _relatives(mark: str) -> list[psutil.Process]:
    """The processes that inherited the environment of a command with CONFORMANCE_TEST=mark."""
    return [process for process in psutil.process_iter() if _mark(process) == mark]


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("CONFORMANCE_TEST")
    except psutil.Error:
        return None


def test_list_names_what_is_checked_and_what_is_not(tmp_path):
    done = command("list", "--subject", "event", cwd=tmp_path)
    assert done.returncode == 0
    assert "event.initial" in done.stdout
    total = sum(row.subject == "event" for row in catalogue.load().values())
    assert f"{total} requirements, " in done.stdout
    covered = command("list", "--subject", "event", "--covered", "--level", "must", cwd=tmp_path)
    assert "event.initial" in covered.stdout
    assert "event.initial" not in command("list", "--uncovered", cwd=tmp_path).stdout


def test_explain_tells_what_is_demanded_and_how_it_is_checked(tmp_path):
    done = command("explain", "event.initial", cwd=tmp_path)
    assert done.returncode == 0
    for phrase in (
        catalogue.load()["event.initial"].statement,
        "MUST",
        "everywhere",
        catalogue.load()["event.initial"].source,
        "test_event.py::test_event_is_unset_when_made, line ",
        "A new event is not set.",
        "python -m conformance run stdlib -k test_event_is_unset_when_made",
    ):
        assert phrase in done.stdout
    checked = by_requirement()
    for row in catalogue.load().values():
        if row.id not in checked:
            said = "No spec can check it" if row.untestable else "No spec checks it yet."
            assert said in command("explain", row.id, cwd=tmp_path).stdout
            break


def test_help_and_version_are_there(tmp_path):
    assert "conformance, version " in command("--version", cwd=tmp_path).stdout
    text = command("run", "--help", cwd=tmp_path).stdout
    for option in ("--method", "--subject", "-k", "--level", "--python", "--jobs", "--out"):
        assert option in text
