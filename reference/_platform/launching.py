"""Starting a program with some descriptors, and what else depends on the platform of a program that is started."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ABSTRACT_SOCKETS = sys.platform in ("linux", "android")
"""Whether there are Unix sockets without a file."""

if sys.platform == "win32":

    def launch(executable: str | bytes, argv: Sequence[str | bytes], pass_fds: Iterable[int]) -> int:
        """Descriptors mean nothing to another process here.

        Raises:
            OSError: always.
        """
        raise OSError(f"cannot start {executable!r} with descriptors: Windows programs inherit handles")
else:
    from ._posix import launch

__all__ = ["ABSTRACT_SOCKETS", "launch"]
