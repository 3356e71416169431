"""Small pieces of memory that processes share, as this platform has them."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._win32_pages import anonymous_page, named_page, open_page, remove_page
else:
    from ._posix_pages import anonymous_page, named_page, open_page, remove_page

__all__ = ["anonymous_page", "named_page", "open_page", "remove_page"]
