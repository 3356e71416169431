"""Tells which lines of a package are run by any process of a cell, once each.

Laid beside a copy of the package as `sitecustomize.py`, so that every interpreter that has the directory on its
path loads it at the start: nurseries, cells, children, helpers. A line is written out when it is first
reached, since processes of a cell end in all ways. Knows nothing of the suite; stdlib only, syntax of Python 3.8.
"""

from __future__ import annotations

import os
import sys

# `typing` itself is not imported: what an interpreter loads is of interest to specs.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__))
_LOG = os.path.join(_HERE, "touched")
# Specs replace functions of `os` for a while.
_open, _write, _close = os.open, os.write, os.close
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT


def _is_ours(name: str) -> bool:
    return name.startswith(_HERE) and name != __file__


def _tell(name: str, line: int) -> None:
    try:
        # Not kept open: specs count descriptors.
        handle = _open(_LOG, _FLAGS, 0o600)
        _write(handle, f"{name[len(_HERE) + 1 :]}:{line}\n".encode())
        _close(handle)
    except OSError:
        pass  # The target closes what it does not know, or has no descriptor left.


def _monitor(monitoring: Any) -> None:
    tool, events = 4, monitoring.events

    def entered(code: Any, offset: int) -> Any:
        # Only what is ours is watched line by line: to watch everything made each fork take ten times as long.
        if _is_ours(code.co_filename):
            monitoring.set_local_events(tool, code, events.LINE)
        return monitoring.DISABLE

    def reached(code: Any, line: int) -> Any:
        _tell(code.co_filename, line)
        return monitoring.DISABLE

    monitoring.use_tool_id(tool, "conformance")
    monitoring.register_callback(tool, events.PY_START, entered)
    monitoring.register_callback(tool, events.LINE, reached)
    monitoring.set_events(tool, events.PY_START)
    # A forked process is to tell what it does, whatever its parent has done before.
    os.register_at_fork(after_in_child=monitoring.restart_events)


def _trace() -> None:
    import threading

    seen = set()

    def local(frame: Any, event: str, argument: object) -> Any:
        if event == "line":
            place = (frame.f_code.co_filename, frame.f_lineno)
            if place not in seen:
                seen.add(place)
                _tell(*place)
        return local

    def trace(frame: Any, event: str, argument: object) -> Any:
        return local if _is_ours(frame.f_code.co_filename) else None

    os.register_at_fork(after_in_child=seen.clear)
    threading.settrace(trace)
    sys.settrace(trace)


if hasattr(sys, "monitoring"):
    _monitor(sys.monitoring)
else:
    _trace()
