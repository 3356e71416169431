"""Reading and writing byte streams by their handles, as this platform does it."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._win32_streams import GATHER_LIMIT, LARGEST_HANDLE, NOWAIT, close, gather, read, scatter, source, write
else:
    from ._posix_streams import GATHER_LIMIT, LARGEST_HANDLE, NOWAIT, close, gather, read, scatter, source, write

__all__ = ["GATHER_LIMIT", "LARGEST_HANDLE", "NOWAIT", "close", "gather", "read", "scatter", "source", "write"]
