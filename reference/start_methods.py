"""The start methods: one frozen row each. Adding a method means adding a row, a launcher and a context.

Besides `_platform` the only room that asks which operating system this is. Above: `context`.
"""

from __future__ import annotations

import sys

from ._platform import WINDOWS

__all__ = ["DEFAULT", "FORK", "FORKSERVER", "SPAWN", "TABLE", "StartMethod"]


class StartMethod:
    """What a context needs to know of a start method.

    name: as users say it. launcher: the room whose `Popen` starts a child that way. available: on this system.
    """

    __slots__ = ("available", "launcher", "name")

    def __init__(self, name: str, launcher: str, available: bool) -> None:
        for attribute, value in (("name", name), ("launcher", launcher), ("available", available)):
            object.__setattr__(self, attribute, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a start method does not change: {name}")

    name: str
    launcher: str
    available: bool


FORK = StartMethod("fork", "popen_fork", not WINDOWS)
SPAWN = StartMethod("spawn", "popen_spawn_win32" if WINDOWS else "popen_spawn_posix", True)
FORKSERVER = StartMethod("forkserver", "popen_forkserver", not WINDOWS)

# fork copies locks that other threads hold, and macOS' own libraries do not survive it; so it is nobody's default.
DEFAULT = SPAWN if WINDOWS or sys.platform == "darwin" else FORKSERVER

TABLE = {row.name: row for row in (FORK, SPAWN, FORKSERVER)}
"""All rows by name, whether available here or not."""
