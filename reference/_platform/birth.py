"""A child that began afresh takes over what its parent left for it, as this platform does it."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._win32_birth import take_over
else:
    from ._posix_birth import take_over

__all__ = ["take_over"]
