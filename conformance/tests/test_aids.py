"""What the specs share, where it is more than a call."""

from __future__ import annotations

import subprocess
import sys
import time
import types

import pytest

from conformance import load
from conformance.specs import aids


class Child:
    """Ends after a number of joins, each of which takes its time or does not."""

    name = "P-1"

    def __init__(self, joins: int, *, early: bool = False) -> None:
        self.joined: list[float] = []
        self._joins = joins
        self._early = early

    def join(self, timeout: float) -> None:
        self.joined.append(timeout)
        time.sleep(0 if self._early else timeout)

    def is_alive(self) -> bool:
        return len(self.joined) < self._joins


@pytest.mark.parametrize(
    ("crowding", "child", "ends"),
    [
        (1.0, Child(1), True),
        (1.0, Child(2), False),
        (4.0, Child(3), True),
        (4.0, Child(10**6), False),
        (4.0, Child(2, early=True), False),
    ],
)
def test_a_child_gets_more_time_to_end_on_a_crowded_machine_only(monkeypatch, crowding, child, ends):
    monkeypatch.setattr(aids, "patience", lambda: 0.2)
    monkeypatch.setattr(load, "crowding", lambda: crowding)
    if ends:
        aids.ended(child)
    else:
        with pytest.raises(AssertionError, match=r"the child P-1 did not end"):
            aids.ended(child)
    assert len(child.joined) == 1 or crowding > 1


@pytest.mark.skipif(sys.platform == "win32", reason="there the system has no word for a process that is gone")
def test_why_a_block_fails_is_told_though_a_child_ends_as_it_is_to_be_killed():
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()

    class Late(Child):
        """A child whose status comes late, as it may by way of a fork server."""

        pid = gone.pid

        def start(self) -> None:
            pass

    mp = types.SimpleNamespace(Process=lambda target, args: Late(1))
    with pytest.raises(KeyError, match="why"), aids.running(mp, print):
        raise KeyError("why")
