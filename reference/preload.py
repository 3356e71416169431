"""Import modules once for many children: what a fork server does before it serves, and what a program wishes of it.

A wish may be uttered on every system, also where there is no fork server.
Below: `spawn` (the program's main module). Above: `fork_service`, `forkserver`, `context`.
"""

from __future__ import annotations

import sys
import warnings
from importlib import import_module

from . import process, spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

__all__ = ["preload", "set_forkserver_preload", "wish"]

_MAIN = "__main__"
_POLICIES = ("ignore", "warn", "fail")

_names = [_MAIN]
_on_error = _POLICIES[0]


def set_forkserver_preload(modules_names: Iterable[str], *, on_error: str = "ignore") -> None:
    """Have a fork server that is launched later import these modules, once for all its children.

    modules_names: "__main__" stands for the program's main module.
    on_error: what the server does about one that cannot be imported: "ignore" it, "warn" (ImportWarning), or
    "fail", that is end with a traceback, so that no process can be started.
    Raises:
        TypeError: a name is no string.
        ValueError: no such `on_error`.
    Source: library documentation, "multiprocessing.set_forkserver_preload", Python 3.15.
    """
    global _names, _on_error
    names = list(modules_names)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"module_names must be a list of strings, not {names!r}")
    if on_error not in _POLICIES:
        raise ValueError(f"on_error must be 'ignore', 'warn', or 'fail', not {on_error!r}")
    _names, _on_error = names, on_error


def wish() -> tuple[list[str], str]:
    """The modules to preload, and what to do about one that cannot be imported."""
    return _names, _on_error


def preload(modules: Iterable[str], main: Mapping[str, Any], on_error: str) -> None:
    """Import `modules`.

    main: the part of the preparation data that tells how to find the main module.
    Raises:
        Exception: what an import raised, if `on_error` is "fail".
    """
    names = list(modules)
    if _MAIN in names and main:
        where = ", ".join(map(repr, main.values()))
        try:
            _preload_main(main)
        except (Exception, SystemExit) as error:
            # The script ran whole, so anything may come out, also the exit of one that has no guard.
            _judge(on_error, f"{_MAIN} from {where}", error)
    for name in names:
        _preload_module(name, on_error)


def _preload_module(name: str, on_error: str) -> None:
    try:
        import_module(name)
    except Exception as error:
        _judge(on_error, f"module {name!r}", error)


def _preload_main(main: Mapping[str, Any]) -> None:
    former = sys.modules[_MAIN]
    this = process.current_process()
    # It must not start processes: each of them would do the same again.
    this._inheriting = True
    try:
        spawn.prepare(main)
    except BaseException:
        # Half a main module is worse than none: each child will try by itself, and say what is wrong.
        sys.modules[_MAIN] = former
        sys.modules.pop("__mp_main__", None)
        raise
    finally:
        this._inheriting = False


def _judge(on_error: str, what: str, error: BaseException) -> None:
    if on_error == "fail":
        raise error
    if on_error == "warn":
        warnings.warn(f"Failed to preload {what}: {error}", ImportWarning, stacklevel=4)
