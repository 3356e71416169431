"""Isolation: the right verdict for every oddity, and nothing left behind.

The targets are the miniatures; each names its fault.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.isolation import Isolation, Plan
from conformance.outcome import Verdict
from conformance.seclusion import WARDEN
from conformance.tests.surroundings import MINIATURES, Traced, enclose, interpreter, trace, traced

__all__ = ["traced"]

METHODS = ("fork", "spawn")
FAULTS = {
    # miniature: spec, verdict, phrase in what it got
    "children_daemonise": ("test_one_child", Verdict.LEAK, "process "),
    "child_comes_back": ("test_nothing_after_a_child", Verdict.FAIL, "out of the spec"),
    "exits_early": ("test_one_child", Verdict.CRASH, "exited with status 0 without an outcome"),
    "floods": ("test_one_child", Verdict.HANG, "had written more than"),
    "hangs_at_exit": ("test_one_child", Verdict.HANG, "after the spec had passed"),
    "import_exits": ("test_one_child", Verdict.CRASH, "exited with status 3 without an outcome"),
    "import_raises": ("test_one_child", Verdict.FAIL, "RuntimeError: not today"),
    "join_never_returns": ("test_one_child", Verdict.HANG, "had not ended"),
    "kills_its_parent": ("test_one_child", Verdict.CRASH, "took along the process that forked it"),
    "leaks_process": ("test_one_child", Verdict.LEAK, "sleep 86411"),
    "leaks_semaphore": ("test_one_lock", Verdict.LEAK, "named semaphore: mp-mini-"),
    "leaks_shared_memory": ("test_one_lock", Verdict.LEAK, "shared memory: mini-"),
    "leaves_file": ("test_one_child", Verdict.LEAK, "file in the temporary directory: litter-"),
    "multiplies": ("test_one_child", Verdict.HANG, "had started more than 128 processes"),
    "respawns": ("test_one_child", Verdict.LEAK, "forked from the cell"),
    "segfaults": ("test_one_child", Verdict.CRASH, "killed by SIGSEGV"),
    "stops_itself": ("test_one_child", Verdict.HANG, "had not ended"),
}
ODDITIES = ("closes_descriptors", "import_starts_thread", "slow_helper", "writes_garbage")
HANGING = 1.5
"""Seconds: the deadline of a cell that is to hang."""


def limit(verdict: Verdict) -> float:
    """The deadline for a cell from which `verdict` is expected."""
    return HANGING if verdict is Verdict.HANG else 20.0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("miniature", FAULTS)
def test_fault_gets_its_verdict(traced: Traced, miniature: str, method: str) -> None:
    spec, verdict, phrase = FAULTS[miniature]
    patience = 60.0 if miniature == "multiplies" else limit(verdict)
    outcome = traced.run(miniature, spec, method, deadline=patience)
    assert outcome.verdict is verdict, outcome
    assert phrase in outcome.got, outcome


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("miniature", ODDITIES)
def test_oddity_that_breaks_no_requirement_passes(traced: Traced, miniature: str, method: str) -> None:
    outcome = traced.run(miniature, "test_one_child", method)
    assert outcome.verdict is Verdict.PASS, outcome


@pytest.mark.parametrize("name", ["python3.8", "pypy3"])
def test_verdicts_under_other_interpreters(traced: Traced, name: str) -> None:
    python = interpreter(name)
    for miniature in ("children_daemonise", "leaks_semaphore", "segfaults", "join_never_returns", "import_exits"):
        spec, verdict, phrase = FAULTS[miniature]
        for method in METHODS:
            outcome = traced.run(miniature, spec, method, python=python, deadline=limit(verdict))
            assert (outcome.verdict, phrase in outcome.got) == (verdict, True), outcome
    for method in METHODS:
        outcome = traced.run("multiprocessing", "test_uses_named_semaphores", method, python=python)
        assert outcome.verdict is Verdict.PASS, outcome


@pytest.fixture
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Traced]:
    """An isolation on a system that grants nothing."""
    yield from enclose(tmp_path, trace(monkeypatch), means=(WARDEN,))


@pytest.mark.parametrize(
    "miniature",
    ["children_daemonise", "leaks_process", "leaks_semaphore", "leaks_shared_memory", "respawns", "join_never_returns"],
)
def test_fault_gets_its_verdict_on_a_system_that_grants_nothing(plain: Traced, miniature: str) -> None:
    spec, verdict, phrase = FAULTS[miniature]
    for method in METHODS:
        outcome = plain.run(miniature, spec, method, deadline=limit(verdict))
        assert (outcome.verdict, phrase in outcome.got) == (verdict, True), outcome


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Traced]:
    """An isolation without a warden, as on a system without fork."""
    yield from enclose(tmp_path, trace(monkeypatch), means=())


@pytest.mark.parametrize(
    "miniature",
    ["children_daemonise", "exits_early", "import_exits", "import_raises", "join_never_returns", "leaks_process"],
)
def test_fault_gets_its_verdict_without_a_warden(local: Traced, miniature: str) -> None:
    spec, verdict, phrase = FAULTS[miniature]
    outcome = local.run(miniature, spec, "spawn", deadline=limit(verdict))
    assert (outcome.verdict, phrase in outcome.got) == (verdict, True), outcome
    assert local.run("multiprocessing", "test_one_child", "spawn").verdict is Verdict.PASS


def test_named_semaphores_that_are_unlinked_are_no_leak_on_a_shared_shelf(plain: Traced) -> None:
    outcome = plain.run("multiprocessing", "test_uses_named_semaphores", "spawn")
    assert outcome.verdict is Verdict.PASS, outcome


@pytest.mark.parametrize("fresh", [False, True])
def test_failed_check_tells_what_it_wanted_and_saw(traced: Traced, fresh: bool) -> None:
    outcome = traced.run("multiprocessing", "test_wrong", "fork", fresh=fresh)
    assert outcome.verdict is Verdict.FAIL
    assert (outcome.expected, outcome.got, outcome.message) == ("7", "4", "the sum")
    assert "in test_wrong" in outcome.traceback
    assert "cell.py" not in outcome.traceback
    assert (outcome.stdout, outcome.stderr) == ("to stdout\n", "to stderr\n")


@pytest.mark.parametrize(
    ("spec", "got", "absent"),
    [
        ("test_raises", "LookupError: nowhere", ""),
        ("test_absent", "Absent: multiprocessing has no 'NoSuchThing'", "NoSuchThing"),
        ("test_not_implemented", "NotImplementedError: ", "OddProcess.exitcode"),
        ("test_exits_by_system_exit", "SystemExit: 0", ""),
    ],
)
def test_any_exception_out_of_a_spec_is_a_failure(traced: Traced, spec: str, got: str, absent: str) -> None:
    outcome = traced.run("multiprocessing", spec, "fork")
    assert (outcome.verdict, outcome.got) == (Verdict.FAIL, got)
    assert outcome.absent == absent


def test_spec_that_cannot_be_loaded_is_an_error_of_the_suite(traced: Traced) -> None:
    plan = Plan("no_such_specs", "test_x", "multiprocessing", "fork", sys.executable, 20.0)
    assert traced.isolation.run(plan).verdict is Verdict.ERROR
    outcome = traced.run("multiprocessing", "test_no_such_spec", "fork")
    assert outcome.verdict is Verdict.ERROR


def test_interpreter_that_is_none_is_an_error_of_the_suite(traced: Traced) -> None:
    outcome = traced.run("multiprocessing", "test_nothing", "fork", python="/no/such/python")
    assert outcome.verdict is Verdict.ERROR
    assert "/no/such/python" in outcome.message


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_hang_shows_where_every_process_stands(traced: Traced, method: str, fresh: bool) -> None:
    outcome = traced.run("multiprocessing", "test_waits_for_ever", method, deadline=HANGING, fresh=fresh)
    assert outcome.verdict is Verdict.HANG
    assert "in test_waits_for_ever" in outcome.stacks
    assert "in ignore_and_wait" in outcome.stacks
    assert "the cell\n" in outcome.stacks
    assert "Fatal Python error" not in outcome.stderr


def test_failure_is_told_though_its_cell_then_hangs(traced: Traced) -> None:
    outcome = traced.run("multiprocessing", "test_failing_with_a_stuck_child", "fork", deadline=120.0)
    assert (outcome.verdict, outcome.expected) == (Verdict.FAIL, "1")
    assert "did not exit" in outcome.message
    assert outcome.duration < 100


def test_crash_shows_the_stack(traced: Traced) -> None:
    outcome = traced.run("segfaults", "test_one_child", "fork")
    assert "Segmentation fault" in outcome.stderr
    assert "in test_one_child" in outcome.stderr


@pytest.mark.parametrize("fresh", [False, True])
def test_cell_is_like_a_new_program(traced: Traced, fresh: bool) -> None:
    outcome = traced.run("multiprocessing", "test_dispositions", "fork", fresh=fresh)
    assert outcome.verdict is Verdict.PASS, outcome


def test_cell_of_a_target_with_threads_is_no_fork(traced: Traced) -> None:
    spec = "test_forked_by_a_stranger"
    assert traced.run("multiprocessing", spec, "fork").verdict is Verdict.FAIL
    assert traced.run("import_starts_thread", spec, "fork").verdict is Verdict.PASS
    assert traced.run("multiprocessing", spec, "fork", fresh=True).verdict is Verdict.PASS


@pytest.mark.parametrize("fresh", [False, True])
def test_caller_lends_his_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh: bool) -> None:
    monkeypatch.setenv("SAMPLE_VARIABLE", "caller")
    monkeypatch.setenv("PYTHONPATH", str(MINIATURES))
    with Isolation(rundir=tmp_path, scale=1.0) as isolation:
        plan = Plan("samples", "test_caller", "leaves_file", "fork", sys.executable, 20.0, fresh=fresh)
        outcome = isolation.run(plan)
    assert outcome.verdict is Verdict.PASS, outcome


def test_no_cell_sees_what_another_did_to_its_surroundings(traced: Traced) -> None:
    for _ in range(3):
        assert traced.run("multiprocessing", "test_tampers", "fork").verdict is Verdict.PASS
        outcome = traced.run("multiprocessing", "test_dispositions", "fork")
        assert outcome.verdict is Verdict.PASS, outcome


def test_orphan_that_ends_by_itself_is_no_leak(traced: Traced) -> None:
    outcome = traced.run("multiprocessing", "test_orphans_that_end_by_themselves", "fork")
    assert outcome.verdict is Verdict.PASS, outcome


def test_isolation_goes_on_after_every_fault(traced: Traced) -> None:
    for miniature in ("segfaults", "kills_its_parent", "exits_early", "import_exits", "leaks_process"):
        traced.run(miniature, "test_one_child", "fork")
        outcome = traced.run("multiprocessing", "test_one_child", "fork")
        assert outcome.verdict is Verdict.PASS, outcome


def test_many_targets_in_turn_keep_few_interpreters_warm(traced: Traced) -> None:
    targets = ["multiprocessing", "leaves_file", "hangs_at_exit", "leaks_process", "stops_itself", "floods"]
    for target in targets + targets:
        assert traced.run(target, "test_nothing", "fork", deadline=HANGING).verdict in (Verdict.PASS, Verdict.HANG)
    assert len([process for process in traced.processes() if "nursery" in process.command]) <= 4


def test_close_may_be_repeated_and_run_begins_anew(traced: Traced) -> None:
    traced.isolation.close()
    assert traced.run("multiprocessing", "test_nothing", "fork").verdict is Verdict.PASS
    traced.isolation.close()
    traced.isolation.close()


def test_files_of_a_run_may_lie_deep(tmp_path: Path) -> None:
    rundir = tmp_path / ("deep" * 20)
    rundir.mkdir()
    with Isolation(rundir=rundir, scale=1.0) as isolation:
        plan = Plan("samples", "test_one_child", "multiprocessing", "forkserver", sys.executable, 20.0)
        outcome = isolation.run(Plan(**(vars(plan) | {"path": (str(MINIATURES),)})))
    assert outcome.verdict is Verdict.PASS, outcome
    assert os.listdir(rundir) == []
