"""How a cell is started where the system stumbles."""

from __future__ import annotations

import subprocess

import pytest

from conformance import launch


@pytest.mark.parametrize(
    ("number", "failures", "begun"),
    [(launch.INTERNAL_ERROR, 3, True), (launch.INTERNAL_ERROR, 4, False), (5, 1, False)],
)
def test_what_windows_calls_an_internal_error_is_tried_again(monkeypatch, number, failures, begun):
    left = iter(range(failures))
    program = object()

    def start(command, **details):
        if next(left, None) is None:
            return program
        error = OSError(number, "internal error")
        error.winerror = number
        raise error

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr(launch, "_PAUSES", (0.0, 0.0, 0.0))
    if begun:
        assert program is launch._begin(["program"])
    else:
        with pytest.raises(OSError, match="internal error"):
            launch._begin(["program"])
