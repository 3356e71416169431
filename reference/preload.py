"""Import modules once for many children: what a fork server does before it serves.

Below: `spawn` (the program's main module). Above: `fork_service`; `forkserver` for the choice of policies.
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

__all__ = ["MAIN", "POLICIES", "preload"]

MAIN = "__main__"
"""In a list of modules to preload: the program's main module."""

POLICIES = ("ignore", "warn", "fail")
"""What to do about a module that cannot be imported."""


def preload(modules: Iterable[str], main: Mapping[str, Any], on_error: str) -> None:
    """Import `modules`.

    main: the part of the preparation data that tells how to find the main module.
    Raises:
        Exception: what an import raised, if `on_error` is "fail".
    """
    names = list(modules)
    if MAIN in names and main:
        where = ", ".join(map(repr, main.values()))
        try:
            _preload_main(main)
        except (Exception, SystemExit) as error:
            # The script ran whole, so anything may come out, also the exit of one that has no guard.
            _judge(on_error, f"{MAIN} from {where}", error)
    for name in names:
        _preload_module(name, on_error)


def _preload_module(name: str, on_error: str) -> None:
    try:
        import_module(name)
    except Exception as error:
        _judge(on_error, f"module {name!r}", error)


def _preload_main(main: Mapping[str, Any]) -> None:
    former = sys.modules[MAIN]
    this = process.current_process()
    # It must not start processes: each of them would do the same again.
    this._inheriting = True
    try:
        spawn.prepare(main)
    except BaseException:
        # Half a main module is worse than none: each child will try by itself, and say what is wrong.
        sys.modules[MAIN] = former
        sys.modules.pop("__mp_main__", None)
        raise
    finally:
        this._inheriting = False


def _judge(on_error: str, what: str, error: BaseException) -> None:
    if on_error == "fail":
        raise error
    if on_error == "warn":
        warnings.warn(f"Failed to preload {what}: {error}", ImportWarning, stacklevel=4)
