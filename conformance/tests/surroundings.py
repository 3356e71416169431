"""What the tests of isolation share: an isolation whose every trace can be counted, and odd targets for it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance import census
from conformance.isolation import Isolation, Plan
from conformance.outcome import Outcome

MINIATURES = Path(__file__).parent / "miniatures"
TRACE = "CONFORMANCE_TEST_TRACE"
"""Environment variable by which every process of a test is found, whatever became of it."""


class Traced:
    """An isolation, and everything that exists because of it."""

    def __init__(self, rundir: Path, mark: str, means: Any = None) -> None:
        self.rundir = rundir
        self.mark = mark
        options = {} if means is None else {"means": means}
        self.isolation = Isolation(rundir=rundir, scale=1.0, **options)

    def run(self, target: str, spec: str, method: str, *, deadline: float = 20.0, **more: Any) -> Outcome:
        """The outcome of a sample spec on `target`."""
        more = {"python": sys.executable} | more
        plan = Plan("samples", spec, target, method, deadline=deadline, path=(str(MINIATURES),), **more)
        return self.isolation.run(plan)

    def processes(self) -> list[census.Inhabitant]:
        """All living processes that this test has led to."""
        return census.marked(TRACE, self.mark)

    def strangers(self) -> list[str]:
        """Those that should not be there between two cells: all but the warden and its warm interpreters."""
        wardens = [process.pid for process in self.processes() if "conformance.warden" in process.command]
        return [
            str(process)
            for process in self.processes()
            if process.pid not in wardens and not ("conformance.nursery" in process.command and process.ppid in wardens)
        ]

    def shelf(self) -> list[str]:
        """What the cells of this isolation have left among semaphores and shared memory, where they see it."""
        found = on_shelf(self.mark)
        for process in self.processes():
            with contextlib.suppress(OSError):  # A warm interpreter that is just ending.
                found += on_shelf(self.mark, f"/proc/{process.pid}/root/dev/shm")
        return found


def on_shelf(mark: str, place: str = "/dev/shm") -> list[str]:
    """What the miniatures of the test with this mark have left in `place`; other tests run at the same time."""
    return [name for name in os.listdir(place) if signature(mark) in name]


def signature(mark: str) -> str:
    """What the miniatures of the test with this mark call whatever they leave."""
    return f"mini-{mark[:8]}-"


def eventually(condition: Callable[[], object], what: str) -> None:
    """Wait until `condition` holds; a long time, since it is only paid in full on failure."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def trace(monkeypatch: pytest.MonkeyPatch) -> str:
    """Mark all processes that will be launched from now on."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv(TRACE, mark)
    return mark


def enclose(rundir: Path, mark: str, means: Any = None) -> Iterator[Traced]:
    """A traced isolation; at the end nothing may be left of it."""
    traced = Traced(rundir, mark, means)
    with traced.isolation:
        yield traced
        assert traced.strangers() == []
        assert traced.shelf() == []
    assert traced.processes() == []
    assert traced.shelf() == []
    assert os.listdir(rundir) == []


@pytest.fixture
def traced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Traced]:
    """An isolation as the plugin makes it."""
    yield from enclose(tmp_path, trace(monkeypatch))


def interpreter(name: str) -> str:
    """The path of another interpreter; skips the test where there is none.

    Some of what bears the name is a stand-in of a version manager, which refuses to run.
    """
    for directory in os.get_exec_path():
        path = shutil.which(name, path=directory)
        if path is not None and subprocess.run([path, "-c", "pass"], capture_output=True, check=False).returncode == 0:
            return path
    pytest.skip(f"no {name} on PATH")
