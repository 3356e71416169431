"""The census: who is there, by /proc and by psutil alike; signals reach none but whom they are meant for."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator

import pytest

from conformance import census
from conformance.tests.surroundings import eventually

PARENT = "import subprocess, sys; p = subprocess.Popen(['sleep', '86411']); print(p.pid, flush=True); p.wait()"


@pytest.fixture(params=["proc", "psutil"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to look at processes."""
    if request.param == "psutil":
        monkeypatch.setattr(census, "_HAS_PROC", False)
    elif not census._HAS_PROC:
        pytest.skip("no /proc here")
    return str(request.param)


@pytest.fixture(params=["pidfd", "pid"])
def signalling(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to signal."""
    if request.param == "pid":
        monkeypatch.setattr(census, "_HAS_PIDFD", False)


def is_asleep(pid: int) -> bool:
    """Whether a process has come as far as it ever will."""
    now = census.look(pid)
    return now is not None and now.state == "S"


@pytest.fixture
def pair() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process with a child."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    eventually(lambda: all(map(is_asleep, (parent.pid, child))), "both wait for something")
    yield parent, child
    inhabitants = census.descendants([parent.pid, child])
    for inhabitant in inhabitants:
        census.kill(inhabitant)
    parent.communicate()


def test_family_is_found(way: str, pair: tuple[subprocess.Popen[str], int]) -> None:
    parent, child = pair
    assert census.children(parent.pid) == [child]
    found = census.descendants([parent.pid])
    assert [inhabitant.pid for inhabitant in found] == [parent.pid, child]
    assert (found[1].ppid, found[1].command, found[1].state) == (parent.pid, "sleep 86411", "S")
    assert f"process {child} (parent {parent.pid}, state S): sleep 86411" == str(found[1])


def test_stopped_process_is_ended(way: str, signalling: None, pair: tuple[subprocess.Popen[str], int]) -> None:
    parent, child = pair
    inhabitant = census.look(child)
    assert inhabitant is not None
    census.stop(inhabitant)
    eventually(lambda: (now := census.look(child)) is not None and now.state in "TS", "it is stopped")
    census.kill(inhabitant)
    assert parent.wait() == 0
    assert not census.is_same(inhabitant)
    census.kill(inhabitant)


def test_nobody_is_signalled_for_another(
    signalling: None, pair: tuple[subprocess.Popen[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, child = pair
    inhabitant = census.look(child)
    assert inhabitant is not None
    former = dataclasses.replace(inhabitant, started="1")
    sent: list[int] = []
    with monkeypatch.context() as patch:
        for place, name in ((os, "kill"), (signal, "pidfd_send_signal")):
            patch.setattr(place, name, lambda whom, signum: sent.append(signum), raising=False)
        for deed in (census.kill, census.abort, census.stop):
            deed(former)
        assert sent == []
        census.abort(inhabitant)
        assert sent == [signal.SIGABRT, signal.SIGCONT]
    assert census.is_same(inhabitant)


def test_dead_process_whose_parent_does_not_ask_is_no_living_one(way: str) -> None:
    process = subprocess.Popen(["true"])
    eventually(lambda: (now := census.look(process.pid)) is not None and not now.lives, "it is dead")
    assert process.pid in census.children(os.getpid())
    assert census.descendants([process.pid]) == []
    process.wait()
    assert census.look(process.pid) is None
    assert census.children(process.pid) == []
    assert census.hunger(process.pid) == 0.0


def test_marked_processes_are_found(way: str) -> None:
    value = uuid.uuid4().hex
    process = subprocess.Popen(["sleep", "86411"], env=os.environ | {"CENSUS_MARK": value})
    # Until it is executed, a forked process has its parent's environment.
    eventually(lambda: census.marked("CENSUS_MARK", value), "the marked process is found")
    assert [inhabitant.pid for inhabitant in census.marked("CENSUS_MARK", value)] == [process.pid]
    process.kill()
    process.wait()
    assert census.marked("CENSUS_MARK", value) == []


def test_name_with_parentheses_is_no_obstacle(way: str) -> None:
    code = "import sys; open('/proc/self/comm', 'w').write(') R 1 (x'); print(flush=True); sys.stdin.read()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    inhabitant = census.look(process.pid)
    process.communicate()
    assert inhabitant is not None
    assert inhabitant.ppid == os.getpid()
