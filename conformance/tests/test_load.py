"""How long new work waits for room on a machine, by a clock and a load of our own."""

from __future__ import annotations

import pytest

from conformance import load


@pytest.mark.parametrize(
    ("ready", "waited"),
    [
        ([1], 0.0),
        ([3], 0.0),
        ([4, 4, 3, 9], 2 * load._LOOK),
        ([9] * 1000, 1.0),
        ([None], 0.0),
    ],
)
def test_new_work_waits_for_a_processor_with_nothing_to_do_but_not_for_ever(monkeypatch, ready, waited):
    """Two processors; whoever looks is one of those that are ready."""
    now = [100.0]
    left = iter(ready)

    def sleep(seconds):
        now[0] += seconds

    monkeypatch.setattr(load.os, "getloadavg", lambda: (9.0, 9.0, 9.0))
    monkeypatch.setattr(load, "processors", lambda: 2)
    monkeypatch.setattr(load, "_ready_now", lambda: next(left))
    monkeypatch.setattr(load.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(load.time, "sleep", sleep)
    load.await_room()
    assert now[0] - 100.0 == pytest.approx(waited, abs=load._LOOK)
