"""A probe for one handle, on Windows."""

from __future__ import annotations

from ._win32_polling import ready_handles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def prober(handle: int) -> Callable[[int], object]:
    """A function that, called with 0, tells whether a read of `handle` would not block."""
    return lambda timeout: ready_handles((handle,), timeout)
