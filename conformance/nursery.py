"""A warm interpreter under test that has imported the target and forks one cell after another.

The process itself runs nothing of a spec and stays single-threaded: only then is a fork of it as good as
a new interpreter. Started by `warden`, which talks to it in JSON lines over two pipes.
Stdlib only, syntax of Python 3.8.
"""

import atexit
import gc
import importlib
import json
import os
import sys
import threading
from typing import Any

from conformance import asserts, cell

_ROOMS = ("context", "process", "connection", "queues", "synchronize", "reduction", "spawn", "resource_tracker")
"""Public submodules that most specs come to load; what a target has not is passed over."""


def _is_importable(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception:
        return False
    return True


def _warm_up(target: str) -> None:
    """Import what most cells need. What goes wrong here goes wrong in the cell again, and is told there."""
    if _is_importable(target):
        for room in _ROOMS:
            _is_importable(target + "." + room)


def _is_single_threaded() -> bool:
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return threading.active_count() == 1


class _Line:
    """The two pipes to the warden."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._rest = b""

    def read(self) -> bytes:
        """The next line; empty once the warden has gone."""
        while b"\n" not in self._rest:
            data = os.read(self._incoming, 65536)
            if not data:
                return b""
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        return line

    def tell(self, **message: Any) -> None:
        os.write(self._outgoing, json.dumps(message).encode("ascii") + b"\n")

    def close(self) -> None:
        os.close(self._incoming)
        os.close(self._outgoing)


def _freeze() -> None:
    """Take what lives now out of the collector's sight.

    A fork copies each page that it writes to, and a collection writes to every object. Where a cell exits in full
    this takes 16 of 25 ms; module teardown still releases the objects there.
    """
    if hasattr(gc, "freeze"):
        gc.collect()
        gc.freeze()


def _load(name: str) -> None:
    """Load a spec module once for all its cells; a failure is left for the cell to tell."""
    if name in sys.modules:
        return
    try:
        asserts.load(name)
    except Exception:
        sys.modules.pop(name, None)
    _freeze()


class _Exit:
    """The end of a cell's exit, once all exit handlers have run: make it before anything can register one.

    What is left is the teardown of modules, which writes to every page: measured, it takes 14 ms of processor time
    of the 17 in which a cell would exit, and 350 with a target that imports 900 modules. Where cells are
    fresh, and in spawned children and the programs of specs, interpreters end in full.
    """

    def __init__(self) -> None:
        self._cell = 0
        atexit.register(self._finish)

    def is_due(self) -> None:
        """The cell that this process is has done what it was to do."""
        self._cell = os.getpid()

    def _finish(self) -> None:
        # A child of the cell has a status of its own, and who counts lines writes them down later than this.
        if self._cell != os.getpid() or "coverage" in sys.modules:
            return
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except Exception:
            return  # What is wrong with them the interpreter tells in its own way.
        os._exit(0)


def main() -> None:
    """Serve requests until the warden goes; a forked cell returns from here to exit."""
    leave = _Exit()
    target = sys.argv[1]
    line = _Line(int(sys.argv[2]), int(sys.argv[3]))
    del sys.argv[1:]
    _warm_up(target)
    _freeze()
    line.tell(ready=True)
    while True:
        text = line.read()
        if not text:
            return
        request = json.loads(text)
        _load(request["module"])
        if not _is_single_threaded():
            line.tell(refused="threads")
            continue
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            line.close()
            cell.inhabit(request)
            leave.is_due()
            return
        line.tell(pid=pid)
        line.tell(status=os.waitpid(pid, 0)[1])
