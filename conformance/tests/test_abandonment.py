"""However the suite ends, nothing that it started lives on; and workers do not disturb each other."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from conformance import census
from conformance.outcome import Outcome, Verdict
from conformance.seclusion import MEANS, WARDEN
from conformance.tests.surroundings import MINIATURES, TRACE, Traced, eventually, on_shelf, trace

CONTROLLER = """
import sys
from pathlib import Path
from conformance.isolation import Isolation, Plan

rundir, path, target, spec, method, means = sys.argv[1:]
with Isolation(rundir=Path(rundir), scale=1.0, means=means.split(",")) as isolation:
    plan = Plan("samples", spec, target, method, sys.executable, 100.0, path=(path,))
    print("running", flush=True)
    print(isolation.run(plan).verdict, flush=True)
"""


def controller(rundir: Path, target: str, spec: str, method: str, means: tuple[str, ...]) -> subprocess.Popen[str]:
    """A suite of its own that runs one cell."""
    arguments = [str(rundir), str(MINIATURES), target, spec, method, ",".join(means)]
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(
        [sys.executable, "-c", CONTROLLER, *arguments],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path},
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    return process


def cells(mark: str) -> list[census.Inhabitant]:
    """The processes that run a spec: neither suite nor warden nor warm interpreter."""
    found = census.marked(TRACE, mark)
    servers = [process.pid for process in found if "conformance.nursery" in process.command]
    return [process for process in found if process.ppid in servers or "sleep 86411" in process.command]


@pytest.mark.parametrize("means", [MEANS, (WARDEN,)], ids=["granted", "not-granted"])
@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_end_of_the_suite_is_the_end_of_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signum: signal.Signals, means: tuple[str, ...]
) -> None:
    mark = trace(monkeypatch)
    process = controller(tmp_path, "leaks_process", "test_waits_for_ever", "spawn", means)
    eventually(lambda: len(cells(mark)) >= 2, "the cell and its leaked process are alive")
    process.send_signal(signum)
    process.communicate()
    eventually(lambda: not census.marked(TRACE, mark), "nothing is left")
    eventually(lambda: not os.listdir(tmp_path), "no file is left")


@pytest.mark.parametrize("means", [MEANS, (WARDEN,)], ids=["granted", "not-granted"])
def test_semaphores_of_a_suite_that_was_killed_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, means: tuple[str, ...]
) -> None:
    mark = trace(monkeypatch)
    process = controller(tmp_path, "leaks_semaphore", "test_lock_and_wait", "fork", means)
    eventually(lambda: cells(mark), "the cell is alive")
    eventually(lambda: has_lock(mark), "the semaphore was made")
    process.kill()
    process.communicate()
    eventually(lambda: not census.marked(TRACE, mark), "nothing is left")
    assert on_shelf(mark) == []


def has_lock(mark: str) -> bool:
    """Whether a cell has made its semaphore."""
    for process in cells(mark):
        with contextlib.suppress(OSError):  # It has just ended.
            if on_shelf(mark, f"/proc/{process.pid}/root/dev/shm"):
                return True
    return False


def test_warden_that_is_killed_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = trace(monkeypatch)
    traced = Traced(tmp_path, mark)
    results: list[Outcome] = []
    with traced.isolation:
        runner = threading.Thread(
            target=lambda: results.append(traced.run("leaks_process", "test_waits_for_ever", "fork", deadline=2.0))
        )
        runner.start()
        eventually(lambda: cells(mark), "the cell is alive")
        warden = next(process for process in traced.processes() if "conformance.warden" in process.command)
        os.kill(warden.pid, signal.SIGKILL)
        runner.join()
        assert [outcome.verdict for outcome in results] == [Verdict.HANG]
        assert traced.strangers() == []
    eventually(lambda: not traced.processes(), "nothing is left")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("means", [MEANS, (WARDEN,)], ids=["granted", "not-granted"])
def test_workers_do_not_accuse_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, means: tuple[str, ...]
) -> None:
    mark = trace(monkeypatch)
    verdicts: dict[str, set[Verdict]] = {"clean": set(), "leaky": set()}

    def work(name: str, target: str, spec: str, times: int) -> None:
        rundir = tmp_path / name
        rundir.mkdir()
        worker = Traced(rundir, mark, means)
        with worker.isolation:
            for _ in range(times):
                for method in ("fork", "spawn"):
                    verdicts[name].add(worker.run(target, spec, method).verdict)

    threads = [
        threading.Thread(target=work, args=("clean", "multiprocessing", "test_uses_named_semaphores", 12)),
        threading.Thread(target=work, args=("leaky", "leaks_semaphore", "test_one_lock", 3)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == {"clean": {Verdict.PASS}, "leaky": {Verdict.LEAK}}
    assert census.marked(TRACE, mark) == []
    assert on_shelf(mark) == []


def test_suite_started_in_the_background_gives_cells_default_signals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace(monkeypatch)
    for signum in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        before = signal.signal(signum, signal.SIG_IGN)
        try:
            process = controller(tmp_path, "multiprocessing", "test_dispositions", "fork", MEANS)
        finally:
            signal.signal(signum, before)
        assert process.communicate()[0] == "PASS\n", signum


def test_time_of_an_abandoned_cell_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = trace(monkeypatch)
    process = controller(tmp_path, "multiprocessing", "test_waits_for_ever", "fork", MEANS)
    eventually(lambda: cells(mark), "the cell is alive")
    process.kill()
    process.communicate()
    started = time.monotonic()
    eventually(lambda: not census.marked(TRACE, mark), "nothing is left")
    assert time.monotonic() - started < 50, "not by the cell's deadline"
