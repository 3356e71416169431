"""A probe for one handle, on Windows."""

from __future__ import annotations

import sys

from . import _win32_polling

assert sys.platform == "win32"  # Tells type checkers on other systems to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def prober(handle: int) -> Callable[[int], object]:
    """A function that, called with 0, tells whether a read of `handle` would not block."""
    return lambda timeout: _win32_polling.ready_handles((handle,), timeout)
