"""Waiting for handles, as this platform does it."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._win32_polling import Watch, ready_handles
else:
    from ._posix_polling import Watch, ready_handles

__all__ = ["Watch", "ready_handles"]
