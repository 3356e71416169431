"""Proving faults: what rows say about a fault, and whole runs on the running stdlib and on `reference`."""

from __future__ import annotations

import io
import json
import os
import sys

import pytest
from rich.console import Console

from conformance.broken.fault import Fault
from conformance.broken.kill_matrix import print_result
from conformance.broken.prove import Bench, Result, can_run, judge
from conformance.inventory import entries
from conformance.matrix import Candidate
from conformance.outcome import Outcome, Verdict
from conformance.store import Row
from conformance.target import resolve
from conformance.tests.commands import command

FAULTS = """
[is-set-lies]
fault = "is_set() is true from the beginning"
caught_by = ["event.initial"]
green = ["event.wait.set"]
methods = ["spawn"]
[is-set-lies.stdlib]
file = "synchronize.py"
inside = "Event.__init__"
find = 'Semaphore\\(0\\)'
replace = 'Semaphore(1)'
[is-set-lies.reference]
file = "event.py"
inside = "Event.is_set"
find = '!= 0'
replace = '>= 0'

[is-set-tells-the-truth]
fault = "none, in fact"
caught_by = ["event.initial"]
[is-set-tells-the-truth.stdlib]
file = "synchronize.py"
inside = "Event.is_set"
find = 'return True'
replace = 'return 1 == 1'

[clear-does-nothing]
fault = "clear() leaves the event set, and that is nobody's business"
caught_by = ["event.initial"]
green = ["event.clear"]
[clear-does-nothing.reference]
file = "event.py"
inside = "Event.clear"
find = 'note = 0'
replace = 'note += 0'

[no-such-place]
fault = "what it would change is not there"
caught_by = ["event.initial"]
[no-such-place.reference]
file = "event.py"
inside = "Event.frobnicate"
find = 'x'
replace = 'y'
"""


def row(verdict, requirement="event.initial", method="fork", expected=None):
    outcome = Outcome(Verdict(verdict), 0.1)
    return Row(
        target="stdlib",
        python="3.13.0",
        implementation="cpython",
        method=method,
        requirement=requirement,
        subject="event",
        level="MUST",
        spec="test_event.py::test_it",
        outcome=outcome,
        as_expected=verdict == "PASS" if expected is None else expected,
        deviation=None,
        command="",
    )


def fault(*caught_by, methods=(), green=(), verdict=Verdict.FAIL):
    return Fault(
        "f", "event.toml", "event", "", caught_by or ("event.initial",), tuple(green), tuple(methods), verdict, {}
    )


@pytest.mark.parametrize(
    ("broken", "rows", "result", "words"),
    [
        (fault(), [row("FAIL")], Result.NOTICED, ""),
        (fault(), [row("PASS"), row("FAIL", method="spawn")], Result.NOTICED, ""),
        (fault(), [row("HANG"), row("FAIL", method="spawn")], Result.NOTICED, ""),
        (fault(), [row("PASS")], Result.MISSED, "event.initial passes"),
        (fault(), [row("HANG"), row("CRASH")], Result.OTHERWISE, "CRASH, HANG of event.initial"),
        (fault(), [row("LEAK")], Result.OTHERWISE, "LEAK"),
        (fault(verdict=Verdict.LEAK), [row("LEAK")], Result.NOTICED, ""),
        (fault(), [], Result.MISSED, "no spec of event.initial applies"),
        (fault("event.initial", "event.set"), [row("FAIL")], Result.MISSED, "no spec of event.set applies"),
        (
            fault("event.initial", "event.set"),
            [row("FAIL"), row("PASS", "event.set")],
            Result.MISSED,
            "event.set passes",
        ),
        (
            fault(methods=("fork", "spawn")),
            [row("FAIL"), row("PASS", method="spawn")],
            Result.MISSED,
            "event.initial passes under spawn",
        ),
        (fault(methods=("fork", "spawn")), [row("FAIL"), row("FAIL", method="spawn")], Result.NOTICED, ""),
        (fault(green=["event.set"]), [row("FAIL"), row("FAIL", "event.set")], Result.ACCUSED, "FAIL of event.set"),
        (fault(green=["event.set"]), [row("FAIL"), row("PASS", "event.set")], Result.NOTICED, ""),
    ],
)
def test_what_the_cells_say_about_a_fault(broken, rows, result, words):
    told = judge(broken, rows, strict=True)
    assert result is told[0]
    assert words in told[1]


def test_what_does_not_apply_to_another_version_is_no_mistake():
    assert Result.INAPPLICABLE is judge(fault(), [], strict=False)[0]
    assert Result.NOTICED is judge(fault("event.initial", "event.set"), [row("FAIL")], strict=False)[0]


@pytest.mark.parametrize(
    ("function", "platform", "runs"),
    [
        ("test_event_is_unset_when_made", "linux", True),
        ("test_kill_on_windows_is_terminate", "linux", False),
        ("test_kill_on_windows_is_terminate", "win32", True),
    ],
)
def test_a_spec_of_another_system_cannot_be_seen_to_fail_here(tmp_path, function, platform, runs):
    facts = {"python": "3.13.0", "implementation": "cpython", "platform": platform, "methods": ("spawn",)}
    bench = Bench(Candidate(resolve("reference"), sys.executable, facts), tmp_path, tmp_path)
    spec = next(entry.spec for entry in entries() if entry.spec.function == function)
    assert runs is can_run(bench, spec)


def test_specs_of_other_systems_are_counted_apart():
    out = io.StringIO()
    print_result([], Console(file=out, width=200), ["test_event.py::test_it"], 10, 5, named=False)
    assert "seen to make fail: 9 of 10; 5 more run on other systems or versions only." in out.getvalue()


def prove(tmp_path, *words):
    (tmp_path / "faults").mkdir()
    (tmp_path / "faults" / "event.toml").write_text(FAULTS)
    return command("prove", "--faults", "faults", *words, cwd=tmp_path)


def test_a_fault_that_is_noticed_on_both_bases(tmp_path):
    done = prove(tmp_path, "is-set-lies", "--out", "proof.jsonl")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("is-set-lies") == done.stdout.count("FAIL") == 2
    for base in ("reference", "stdlib"):
        assert f"Faults of {base}: 1 of 1 noticed as declared." in done.stdout
    header, *proofs, footer = map(json.loads, (tmp_path / "proof.jsonl").read_text().splitlines())
    assert ["reference", "stdlib"] == [base["target"] for base in header["bases"]]
    assert 2 == footer["faults"] == len(proofs)
    for proof in proofs:
        assert ("is-set-lies", "noticed", "") == (proof["fault"], proof["result"], proof["reason"])
        assert {("event.initial", "FAIL"), ("event.wait.set", "PASS")} == {
            (cell["requirement"], cell["verdict"]) for cell in proof["cells"]
        }
        assert {"spawn"} == {cell["method"] for cell in proof["cells"]}
    assert ["faults", "proof.jsonl"] == sorted(os.listdir(tmp_path))


def test_whatever_is_not_as_declared_is_told_and_gives_status_1(tmp_path):
    done = prove(tmp_path, "--strict", "--jobs", "2")
    assert done.returncode == 1, done.stdout + done.stderr
    for words in (
        "missed stdlib is-set-tells-the-truth: event.initial passes",
        "accuses others reference clear-does-nothing: FAIL of event.clear, which must stay green",
        "wrong edit reference no-such-place: event.py has no Event.frobnicate",
    ):
        assert words in done.stderr
    for words in (
        "Faults of reference: 1 of 3 noticed as declared, 1 accuses others, 1 wrong edit.",
        "Faults of stdlib: 1 of 2 noticed as declared, 1 missed.",
        "MUST specs that a fault was seen to make fail: 2 of ",
        "test_event.py::test_event_set_releases_all_waiters",
    ):
        assert words in done.stdout
    assert "  test_event.py::test_event_is_unset_when_made" not in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("no-such-fault",), "there is no fault 'no-such-fault'"),
        (("--subject", "lock"), "no fault is selected"),
        (("--shard", "0/2"), "'0/2' is no share"),
        (("--base", "billiard"), "Invalid value for '--base'"),
        (("--python", "/no/such/python"), "is no interpreter"),
        (("--out", "no/such/dir/proof.jsonl"), "cannot write the record"),
    ],
)
def test_what_cannot_be_done_is_refused(tmp_path, words, told):
    done = prove(tmp_path, *words)
    assert 2 == done.returncode
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_file_of_faults_is_refused(tmp_path):
    (tmp_path / "event.toml").write_text("[x]\n")
    done = command("prove", "--faults", ".", cwd=tmp_path)
    assert 2 == done.returncode
    assert "ERROR: event.toml: x: fault is missing" in done.stderr


def test_faults_are_listed(tmp_path):
    done = prove(tmp_path, "--list", "is-set-lies")
    assert done.returncode == 0
    assert "is_set() is true from the beginning" in done.stdout
    assert "clear-does-nothing" not in done.stdout


def test_shares_make_the_whole(tmp_path):
    (tmp_path / "faults").mkdir()
    (tmp_path / "faults" / "event.toml").write_text(FAULTS)
    names = ("is-set-lies", "is-set-tells-the-truth", "clear-does-nothing", "no-such-place")
    shares = [
        {
            name
            for name in names
            if name in command("prove", "--faults", "faults", "--list", *shard, cwd=tmp_path).stdout
        }
        for shard in (("--shard", "1/2"), ("--shard", "2/2"))
    ]
    assert set.union(*shares) == set(names)
    assert not set.intersection(*shares)
