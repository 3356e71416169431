"""Looking again and again whether one handle is ready, as this platform does it."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._win32_probing import prober
else:
    from ._posix_probing import prober

__all__ = ["prober"]
