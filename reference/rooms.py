"""The one table of rooms that are loaded on first use, so that `import reference` and a child stay light.

Only rooms named here may be loaded late, and only through `load`; everything else is imported at the
top of its file. A leaf: it knows names, not rooms.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["NAMES", "load", "loaded"]

NAMES = frozenset(
    {
        "_platform.polling",
        "barrier",
        "connection",
        "dropin",
        "exitcodes",
        "feeder",
        "forkserver",
        "heap",
        "listener",
        "logger",
        "main_module",
        "own_feeder",
        "pipe_connection",
        "popen_fork",
        "popen_forkserver",
        "popen_spawn_posix",
        "popen_spawn_win32",
        "preload",
        "queues",
        "reduction",
        "resource_sharer",
        "resource_tracker",
        "sharedctypes",
        "socket_reduction",
        "spawn",
        "synchronize",
        "temp_dir",
        "util",
        "waiting",
        "xml_connection",
    }
)

_loaded: dict[str, ModuleType] = {}
"""Those that have been loaded: a start, which asks for its launcher, need not go through the machinery of imports."""


def loaded(name: str) -> ModuleType | None:
    """The room `name` if it has been imported."""
    return sys.modules.get(f"{__package__}.{name}")


def load(name: str) -> ModuleType:
    """The room `name`, imported if it was not yet.

    Raises:
        KeyError: `name` is not in the table.
    """
    room = _loaded.get(name)
    return _import(name) if room is None else room


def _import(name: str) -> ModuleType:
    if name not in NAMES:
        raise KeyError(name)
    full_name = f"{__package__}.{name}"
    # What `importlib.import_module` comes to, without loading `importlib`.
    __import__(full_name)
    room = _loaded[name] = sys.modules[full_name]
    return room
