"""Whether another process has ended, as this platform can tell."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._win32_liveness import has_ended
else:
    from ._posix_liveness import has_ended

__all__ = ["has_ended"]
