"""The operating system's own primitives, one file a system: nobody else calls them raw.

This file only says which system it is; `_posix` and `_win32` are imported by the rooms that are made for them.
Below: nothing. Above: everything.
"""

from __future__ import annotations

import sys

WINDOWS = sys.platform == "win32"
