"""A crew: every task done once by somebody, failures told, nobody left behind."""

from __future__ import annotations

import threading
import time

import pytest

from conformance.crew import Crew


class PretendedIsolation:
    """Counts who is at work."""

    opened = 0
    closed = 0

    def __enter__(self):
        type(self).opened += 1
        return self

    def __exit__(self, *_):
        type(self).closed += 1


@pytest.fixture
def crew(monkeypatch):
    monkeypatch.setattr(Crew, "isolation", lambda self: PretendedIsolation())
    PretendedIsolation.opened = PretendedIsolation.closed = 0
    with Crew(3) as made:
        yield made
    assert not made.rundir.exists()
    assert PretendedIsolation.opened == PretendedIsolation.closed


def test_every_task_is_done_once(crew):
    done = list(crew.map(lambda isolation, task: task * 2, range(50)))
    assert [(task, task * 2) for task in range(50)] == sorted(done)
    assert 3 == PretendedIsolation.opened


def test_no_more_are_at_work_than_there_are_tasks(crew):
    assert [(1, 1)] == list(crew.map(lambda isolation, task: task, [1]))
    assert 1 == PretendedIsolation.opened
    assert [] == list(crew.map(lambda isolation, task: task, []))


def test_several_work_at_the_same_time(crew):
    meeting = threading.Barrier(3, timeout=60)
    assert 3 == len(list(crew.map(lambda isolation, task: meeting.wait(), range(3))))


def test_a_failure_ends_all(crew):
    def work(isolation, task):
        if task == 5:
            raise LookupError("no such thing")
        return task

    with pytest.raises(LookupError, match="no such thing"):
        list(crew.map(work, range(1000)))


def test_who_stops_listening_stops_the_work(crew):
    seen = []

    def work(isolation, task):
        seen.append(task)
        time.sleep(0.001)

    results = crew.map(work, range(100_000))
    next(results)
    results.close()
    assert len(seen) < 10_000
