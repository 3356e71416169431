"""Big pieces of shared memory that travel to children, as this platform has them."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._win32_arenas import BY_NAME, map_arena, new_arena
else:
    from ._posix_arenas import BY_NAME, map_arena, new_arena

__all__ = ["BY_NAME", "map_arena", "new_arena"]
