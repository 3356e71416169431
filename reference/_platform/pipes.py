"""Making pipes, as this platform does it."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._win32_pipes import MESSAGE_PIPES, pipe_handles
else:
    from ._posix_pipes import MESSAGE_PIPES, pipe_handles

__all__ = ["MESSAGE_PIPES", "pipe_handles"]
