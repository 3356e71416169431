"""The two clocks of a spec: `eventually` is long and ends early, `never` is short and paid in full.

Used inside the interpreter under test: stdlib only, syntax of Python 3.8. Both are scaled by the
calibration of this host, which isolation hands over in the environment, and go slower while the machine
is crowded.
"""

from __future__ import annotations

import os
import time

from conformance.load import Patience

# `typing` itself is not imported: every spawned child would pay for it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Optional, TypeVar

    T = TypeVar("T")

SCALE_VARIABLE = "CONFORMANCE_SCALE"
PATIENCE_VARIABLE = "CONFORMANCE_PATIENCE"
PATIENCE = float(os.environ.get(PATIENCE_VARIABLE, "12"))
"""Seconds, unscaled, that `eventually` waits: below the deadline of a spec, so that a miss is a FAIL, not a HANG.
Whoever runs specs on implementations that are known to be broken waits less long for what will not come."""
GLANCE = 0.1
"""Seconds, unscaled, that `never` watches."""


def scale() -> float:
    """How much slower this host is than the machine that the clocks are made for (at least 1)."""
    return max(1.0, float(os.environ.get(SCALE_VARIABLE, "1")))


def limit_patience(seconds: float) -> None:
    """Let `eventually` wait `seconds`, unscaled, at most, here and in interpreters launched from now on."""
    global PATIENCE
    PATIENCE = min(PATIENCE, seconds)
    os.environ[PATIENCE_VARIABLE] = str(PATIENCE)


def _poll(condition: Callable[[], T], seconds: float) -> T:
    patience = Patience(seconds)
    pause = 0.0005
    while True:
        value = condition()
        left = patience.left()
        if value or left <= 0:
            return value
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, 0.01)


def eventually(condition: Callable[[], T], what: str, patience: Optional[float] = None) -> T:
    """Wait until `condition()` is true and return its value; AssertionError naming `what` if it never is.

    patience: seconds, unscaled; default `PATIENCE`.
    """
    value = _poll(condition, (PATIENCE if patience is None else patience) * scale())
    if not value:
        raise AssertionError("{} did not happen in time (last value: {!r})".format(what, value))
    return value


def never(condition: Callable[[], object], what: str, glance: Optional[float] = None) -> None:
    """Watch for a short while that `condition()` stays false; AssertionError naming `what` if it turns true.

    A correct implementation passes however slow it is; a broken one is caught only if it is quick
    enough, so bring everything into place before.
    """
    value = _poll(condition, (GLANCE if glance is None else glance) * scale())
    if value:
        raise AssertionError("{} happened (value: {!r})".format(what, value))
