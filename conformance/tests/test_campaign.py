"""The matrix: who fits, which records are kept, and that one page comes of it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from conformance.campaign import command as campaign
from conformance.campaign import plan
from conformance.campaign.interpreters import Interpreter, ask, discover
from conformance.campaign.packages import install
from conformance.campaign.plan import Choice, Task, pairs
from conformance.campaign.running import Runs
from conformance.isolation import Isolation
from conformance.matrix import Candidate
from conformance.outcome import Outcome, Verdict
from conformance.stamp import suite_digest
from conformance.status import NOT_RUN
from conformance.store import Recorder, Row
from conformance.target import resolve
from conformance.tests.commands import command

HERE = ("--python", sys.executable)
FEW = (*HERE, "--subject", "event", "--method", "fork", "-k", "test_event_is_unset_when_made")
CHOICE = Choice(subjects=("event",))


OWN = Interpreter("p", "{} {}.{} {}".format(sys.implementation.name, *sys.version_info[:2], sys.platform))
OTHER = Interpreter("o", f"cpython 2.7 {sys.platform}")
ABROAD_NOW = Interpreter("w", "cpython 3.11 elsewhere")


def a_row(verdict):
    good = verdict == "PASS"
    cell = ("t", "3.1", "i", "fork", "event.set", "event", "MUST", "spec")
    return Row(*cell, Outcome(Verdict(verdict), 0.1), as_expected=good, deviation=None, command="")


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_an_interpreter_says_what_it_is():
    found = ask(sys.executable)
    assert found == Interpreter(sys.executable, "cpython {}.{} {}".format(*sys.version_info[:2], sys.platform))
    assert " " not in found.label


def test_one_interpreter_of_each_kind_is_found_and_no_stand_in(tmp_path, monkeypatch):
    for name, text in (
        ("a/python3.8", "echo no such version; exit 127"),
        ("b/python3.8", "echo cpython 3 8 linux"),
        ("b/python3.9", "echo cpython 3 9 linux"),
        ("c/python3.9", "echo cpython 3 9 linux"),
        ("shims/python3.11", f"echo {tmp_path}/behind/python3.11"),
        ("behind/python3.11", "echo cpython 3 11 linux"),
        ("managed/versions/3.10.1/bin/python3.10", "echo cpython 3 10 linux"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        script(tmp_path / name, text)
    monkeypatch.setenv("PATH", os.pathsep.join(str(tmp_path / name) for name in ("a", "b", "c", "shims")))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "managed"))
    found = discover()
    assert [os.path.relpath(one.path, tmp_path) for one in found] == [
        "b/python3.8",
        "b/python3.9",
        "managed/versions/3.10.1/bin/python3.10",
        "behind/python3.11",
    ]


INSTALLER = """\
echo {name} >>{calls}
while [ "$1" != --target ]; do shift; done
mkdir -p "$2"
echo no such {name} >&2
exit {status}"""


@pytest.mark.parametrize(
    ("by_uv", "by_pip", "called", "reason"),
    [
        (0, 1, "uv", ""),
        (1, 0, "uv pip", ""),
        (1, 1, "uv pip", "cannot be installed: no such uv; no such pip"),
    ],
)
def test_a_target_is_installed_once(tmp_path, monkeypatch, by_uv, by_pip, called, reason):
    calls = tmp_path / "calls"
    script(tmp_path / "uv", INSTALLER.format(name="uv", status=by_uv, calls=calls))
    script(tmp_path / "python", INSTALLER.format(name="pip", status=by_pip, calls=calls))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    interpreter = Interpreter(str(tmp_path / "python"), f"cpython 3.13 {sys.platform}")
    for _ in range(2):
        place, told = install(resolve("billiard"), interpreter, tmp_path / "shelf")
        assert place == (None if reason else tmp_path / "shelf" / interpreter.label / "billiard")
        assert told.startswith(reason)
        assert bool(told) == bool(reason)
    assert calls.read_text().split() == called.split()


@pytest.mark.parametrize(
    ("what", "asked"), [("nothing", 1), ("a day later", 2), ("another version", 2), ("removed", 2)]
)
def test_a_refusal_is_remembered_for_a_day(tmp_path, monkeypatch, what, asked):
    calls = tmp_path / "calls"
    for name in ("uv", "python"):
        script(tmp_path / name, INSTALLER.format(name=name, status=1, calls=calls))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    interpreter = Interpreter(str(tmp_path / "python"), f"cpython 3.13 {sys.platform}")
    target = resolve("billiard")
    first = install(target, interpreter, tmp_path / "shelf")
    refused = tmp_path / "shelf" / interpreter.label / "billiard.refused"
    if what == "a day later":
        os.utime(refused, (0, 0))
    elif what == "another version":
        target = dataclasses.replace(target, distribution="billiard==1")
    elif what == "removed":
        refused.unlink()
    place, told = install(target, interpreter, tmp_path / "shelf")
    assert place is None
    assert told == first[1] + (f" (not asked again today, but when {refused} is gone)" if what == "nothing" else "")
    assert calls.read_text().split() == ["uv", "python"] * asked


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, True),
        ({"digest": "other suite"}, False),
        ({"choice": Choice().as_dict()}, False),
        ({"targets": [{"digest": "other"}]}, False),
        ({"reason": "interrupted"}, False),
        ({"verdict": "ERROR"}, False),
        ({"verdict": "PASS"}, True),
        (None, False),
    ],
)
def test_a_record_is_kept_while_nothing_changed(tmp_path, change, kept):
    file = tmp_path / "r.jsonl"
    if change is not None:
        reason, verdict = change.pop("reason", ""), change.pop("verdict", "")
        recorder = Recorder(file)
        recorder.begin({"digest": suite_digest(), "choice": CHOICE.as_dict(), "targets": [{"digest": "d"}]} | change)
        if verdict:
            recorder.add(a_row(verdict))
        recorder.end(reason)
    task = Task(resolve("stdlib"), Interpreter("p", "k"), (), "d", file)
    assert (task.kept(CHOICE) is not None) is kept


@pytest.mark.parametrize(
    ("verdict", "reason", "told"),
    [
        ("ERROR", "", "1 cells, 1 not as expected, 1 of them failed by the suite's own fault"),
        ("ERROR", "interrupted", None),
        ("PASS", "", None),
    ],
)
def test_what_the_suite_fails_in_takes_nothing_from_the_other_cells(tmp_path, verdict, reason, told):
    class Stuck:
        def run(self, words, environment, log, longest):
            recorder = Recorder(task.record.with_suffix(".part"))
            recorder.begin({"choice": CHOICE.as_dict()})
            recorder.add(a_row(verdict))
            recorder.end(reason)
            return NOT_RUN

    class Silent:
        def run(self, words, environment, log, longest):
            return NOT_RUN

    task = Task(resolve("stdlib"), Interpreter("p", "k"), (), "d", tmp_path / "r.jsonl")
    record = campaign._made(task, CHOICE, 1, Stuck())
    assert told == (record and campaign._told(record))
    assert (tmp_path / "r.jsonl").exists() is (told is not None)
    Stuck().run([], {}, tmp_path, 0.0)
    assert campaign._made(task, CHOICE, 1, Silent()) is None, "what an earlier run has left was taken for this one's"


def test_the_slowest_record_begins_first():
    torch, stdlib = resolve("torch"), resolve("stdlib")
    order = pairs([torch, stdlib], [OWN, ABROAD_NOW], named=False, quick=False)
    assert [(pair.target.name, pair.interpreter) for pair in order if pair.is_slow] == [
        ("stdlib", ABROAD_NOW),
        ("torch", OWN),
    ]


def test_slow_records_are_spread_over_the_others():
    here = [Interpreter("p", f"cpython 3.{minor} {sys.platform}") for minor in (10, 11, 12)]
    targets = [resolve(name) for name in ("stdlib", "billiard", "reference")]
    order = pairs(targets, [*here, ABROAD_NOW], named=False, quick=False)
    assert [pair.interpreter.foreign and not pair.target.distribution for pair in order].index(True, 1) in (5, 6)
    assert order[0].interpreter is ABROAD_NOW
    assert sorted(pair.number for pair in order) == list(range(12))
    shown = sorted(order, key=lambda pair: pair.number)
    assert [pair.target.name for pair in shown[:3]] == ["stdlib", "billiard", "reference"]


@pytest.mark.parametrize(
    ("name", "abroad", "quick", "said"),
    [
        ("stdlib", True, True, ""),
        ("reference", True, False, ""),
        ("billiard", True, False, "it is slow there: name it to have it judged"),
        ("dummy", True, False, "it is slow there: name it to have it judged"),
        ("torch", False, True, "it takes long: name it to have it judged"),
        ("torch", False, False, ""),
        ("lithops", False, False, "it needs a service that is started by hand: do so, and name it"),
    ],
)
def test_what_takes_long_is_judged_if_it_is_named(name, abroad, quick, said):
    where = ABROAD_NOW if abroad else Interpreter("p", f"cpython 3.11 {sys.platform}")
    for named in (False, True):
        (found,) = pairs([resolve(name)], [where], named=named, quick=quick)
        assert found.unasked == ("" if named else said)


@pytest.mark.parametrize(
    ("name", "where", "quick", "promised", "default"),
    [
        ("stdlib", OWN, False, False, False),
        ("stdlib", OWN, True, False, False),
        ("stdlib", OTHER, False, False, False),
        ("billiard", OWN, False, False, False),
        ("billiard", OWN, True, True, False),
        ("billiard", OTHER, False, True, True),
        ("reference", OWN, True, False, False),
        ("reference", OTHER, False, True, True),
        ("dummy", OWN, True, True, False),
        ("dummy", OTHER, False, True, True),
        ("torch", OWN, False, True, True),
        ("stdlib", ABROAD_NOW, False, True, True),
    ],
)
def test_what_would_take_long_is_judged_by_what_the_manual_promises(name, where, quick, promised, default):
    whole, chosen = Choice(subjects=("event",)), Choice(levels=("SHOULD",), methods=("fork",))
    target = resolve(name)
    task = Task(target, where, (), "digest", Path("record"), default=("spawn",))
    (found,) = pairs([target], [where], named=False, quick=quick)
    words = [*["--method=spawn"] * default, "--subject=event", *["--level=MUST"] * promised]
    assert whole.of(found, task).options == words
    assert chosen.of(found, task) == chosen
    (named,) = pairs([target], [where], named=True, quick=quick)
    assert whole.of(named, task) == whole


@pytest.mark.parametrize(
    ("methods", "default", "asked"),
    [
        (["fork", "spawn", "forkserver"], "fork", ("fork",)),
        (["forkserver", "fork", "spawn"], "forkserver", ("forkserver",)),
        (["loky"], "loky", ()),
    ],
)
def test_the_default_method_is_asked_if_there_are_others(methods, default, asked, monkeypatch, tmp_path):
    target = resolve("stdlib")
    facts = {"methods": methods, "default_method": default, "path": __file__, "executable": sys.executable}
    candidate = Candidate(target, OTHER.path, facts)
    monkeypatch.setattr(plan, "probe", lambda *_: candidate)
    (pair,) = pairs([target], [OTHER], named=False, quick=False)
    with Isolation(rundir=tmp_path, scale=1.0, means=()) as isolation:
        task = plan.examine(pair, isolation, tmp_path)
    assert isinstance(task, Task)
    assert task.default == asked


def test_records_are_made_once_and_become_one_page(tmp_path):
    words = ("matrix", "stdlib", "json", "reference", *FEW)
    done = command(*words, "--lanes", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    first, second, third, last = done.stdout.splitlines()
    assert first.endswith(": 1 cells by fork, none not as expected")
    assert "not judged: cannot run target 'json'" in second
    assert third.endswith(": 1 cells by fork, none not as expected")
    assert last.startswith("2 cells of 2 candidates: ")
    assert (tmp_path / "matrix" / "page" / "index.html").is_file()
    again = command(*words, cwd=tmp_path)
    assert again.stdout.count(": kept, 1 cells by fork") == 2
    (tmp_path / "matrix" / "records" / f"stdlib-{ask(sys.executable).label}.jsonl").unlink()
    # The first one is made while the others are kept, and comes first all the same.
    command(*words, cwd=tmp_path)
    lines = (tmp_path / "matrix" / "all.jsonl").read_text().splitlines()
    assert [one["target"] for one in json.loads(lines[0])["targets"]] == ["stdlib", "reference"]


ABROAD = """\
#!{python}
import os, sys

if sys.argv[1] == "-c":
    print("cpython 3 11 win32")
else:
    os.environ["PYTHONPATH"] = os.environ["PYTHONPATH"].replace("Z:", "")
    os.execv(sys.executable, [sys.executable, *(word.replace("Z:", "") for word in sys.argv[1:])])
"""


@pytest.fixture
def abroad(tmp_path, monkeypatch):
    """What passes for an interpreter of another system, and for uv, on PATH."""
    script(tmp_path / "uv", f'echo "$@" >>{tmp_path}/asked; while [ "$1" != --target ]; do shift; done; mkdir -p "$2"')
    abroad = tmp_path / "abroad-python"
    abroad.write_text(ABROAD.format(python=sys.executable))
    abroad.chmod(abroad.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return abroad


def test_an_interpreter_of_another_system_runs_the_suite_itself(tmp_path, abroad):
    words = ("matrix", "stdlib", "no_such_module", "--python", str(abroad), "--lanes", "1", *FEW[2:])
    done = command(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    first, second, last = done.stdout.splitlines()
    assert first == "stdlib on cpython 3.11 win32: 1 cells by fork, none not as expected"
    assert second.startswith("no_such_module on cpython 3.11 win32: not judged: unknown target 'no_such_module'")
    assert last.startswith("1 cells of 1 candidates: ")
    (asked,) = (tmp_path / "asked").read_text().splitlines()
    assert "--python-version 3.11 --python-platform windows" in asked
    assert any(word.startswith("pytest") for word in asked.split())
    again = command(*words, cwd=tmp_path)
    assert again.stdout.splitlines()[0] == "stdlib on cpython 3.11 win32: kept, 1 cells by fork, none not as expected"


@pytest.mark.parametrize(
    ("words", "phrase"),
    [
        (["json", *FEW], "no target could be judged"),
        (["stdlib", "--python", "no-such-python"], "'no-such-python' is no interpreter"),
        (["stdlib", "--subject", "wish"], "unknown subject 'wish'"),
        (["a-b"], "'a-b' is no target"),
    ],
)
def test_misuse_is_refused_in_one_line(tmp_path, words, phrase):
    done = command("matrix", *words, cwd=tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert phrase in line


def test_a_run_that_does_not_end_is_ended_with_all_that_it_started(tmp_path):
    program = "import subprocess, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"
    log = tmp_path / "log"
    runs = Runs()
    assert None is runs.run([sys.executable, "-c", program], os.environ, log, 3.0)
    grandchild = int(log.read_text())
    gone = time.monotonic() + 30
    while psutil.pid_exists(grandchild) and psutil.Process(grandchild).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < gone, "it still runs"
        time.sleep(0.05)
    assert 3 == runs.run([sys.executable, "-c", "raise SystemExit(3)"], os.environ, log, 30.0)


def is_run(process):
    with contextlib.suppress(psutil.Error):  # It has ended, as those do who are asked what they are.
        return "run" in process.cmdline()
    return False


def test_whoever_ends_the_matrix_ends_the_run_that_it_waits_for(tmp_path):
    words = [sys.executable, "-m", "conformance", "matrix", "stdlib", *HERE]
    told = tmp_path / "told"
    with told.open("w") as file, subprocess.Popen(words, cwd=tmp_path, stderr=file, stdout=file) as matrix:
        until = time.monotonic() + 120
        while not (runs := [each for each in psutil.Process(matrix.pid).children() if is_run(each)]):
            assert time.monotonic() < until, "no run began"
            time.sleep(0.05)
        matrix.terminate()
        assert 2 == matrix.wait(120)
    _, alive = psutil.wait_procs(runs, timeout=60)
    assert [] == alive
    assert "interrupted; the same command goes on from here" in told.read_text()


def test_there_is_run_by_the_interpreter_of_another_system(tmp_path, abroad):
    done = command("there", abroad.name, "explain", "event.initial", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == command("explain", "event.initial", cwd=tmp_path).stdout != ""
    assert (tmp_path / "matrix" / "packages" / "cpython-3.11-win32" / ".suite" / "conformance").is_symlink()
    for words, status, phrase in (
        (("--optional", "no-such-python", "list"), 0, "there is no no-such-python here: nothing is run by it"),
        (("no-such-python", "list"), 2, "'no-such-python' is no interpreter: there is no such program"),
        ((sys.executable, "list"), 2, "is a build for this system"),
    ):
        done = command("there", *words, cwd=tmp_path)
        assert done.returncode == status
        (line,) = (done.stdout + done.stderr).splitlines()
        assert phrase in line
