"""Contexts for clients of the stdlib that build its own queues, pipes and locks around the context they are given.

    executor = concurrent.futures.ProcessPoolExecutor(mp_context=reference.bridge.get_context("spawn"))

Under spawn and forkserver such objects refuse to be pickled for a child that they do not know of, and a pickler that is
not theirs lacks their reducers. A context from here tells the stdlib's package whom it is pickling for, and asks it for
its reducers; in a child it tells it who the process is. Its class derives from the stdlib's, which some clients check,
and has from there what this package does not offer (pools, managers).

Opt-in: nobody else loads this room. It never loads the stdlib's package, but looks, whenever it matters, whether the
program has done so; where it has not, or where that package is this one (`dropin`), there is nothing to bridge.
"""

from __future__ import annotations

import atexit
import itertools
import sys
from contextlib import contextmanager

from . import context, reduction, rooms, start_methods
from .authkey import AuthenticationString

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .popen import Popen
    from .process import BaseProcess

__all__ = ["ForkProcess", "ForkServerProcess", "SpawnProcess", "get_context"]

STANDARD = "multiprocessing"

_THEIR_KEY = "standard_authkey"
"""What in a process' configuration is the key by which the stdlib's package knows its family; it is not ours."""


def get_context(method: str | None = None) -> context.BaseContext:
    """A context for clients that mix it with the stdlib's objects. method: None takes the one in force.

    An instance of the stdlib's `BaseContext` if the program has loaded that by now.
    Raises:
        ValueError: no such method, or not on this system.
    """
    name = context._default_context.get_context(method).get_start_method()
    assert name is not None  # a context of one method has its name
    standard = _standard("context")
    base = None if standard is None else standard.BaseContext
    key = name, base
    if key not in _made:
        bases = (_BY_METHOD[name],) if base is None else (_BY_METHOD[name], base)
        _made[key] = type(_BY_METHOD[name].__name__, bases, {})()
    return _made[key]


_made: dict[tuple[str, type[Any] | None], context.BaseContext] = {}


def _standard(room: str) -> Any:
    """The stdlib's module `room` if the program has loaded it, and if it is the stdlib's."""
    module = sys.modules.get(f"{STANDARD}.{room}")
    return module if module is not None and module.__name__ == f"{STANDARD}.{room}" else None


def _standard_reducer(kind: type) -> Any:
    standard = _standard("reduction")
    return None if standard is None else standard.ForkingPickler._extra_reducers.get(kind)


reduction.foreign_reducer = _standard_reducer


@contextmanager
def _standard_pickles_for(popen: Any) -> Iterator[None]:
    """Let the stdlib's objects know that this thread is pickling for `popen`."""
    standard = _standard("context")
    if standard is None:
        yield
        return
    before = standard.get_spawning_popen()
    standard.set_spawning_popen(popen)
    try:
        yield
    finally:
        standard.set_spawning_popen(before)


class _TellingPopen:
    """What is added to a launcher that pickles."""

    def _pickle(self, process_obj: BaseProcess) -> Any:
        with _standard_pickles_for(self):
            return super()._pickle(process_obj)  # type: ignore[misc]  # the launcher beside has it


_launchers: dict[type[Any], type[Any]] = {}


def _telling(launcher: type[Any]) -> type[Any]:
    if launcher not in _launchers:
        _launchers[launcher] = type(launcher.__name__, (_TellingPopen, launcher), {})
    return _launchers[launcher]


class _BridgedProcess(context._FixedProcess):
    """A process in which the stdlib's package knows what it should."""

    @classmethod
    def _Popen(cls, process_obj: BaseProcess) -> Popen:
        family = _standard("process")
        if family is not None:
            process_obj._config[_THEIR_KEY] = AuthenticationString(family.current_process().authkey)
        launcher = rooms.load(cls._row.launcher).Popen
        popen: Popen = (_telling(launcher) if hasattr(launcher, "_pickle") else launcher)(process_obj)
        return popen

    def _begin(self, parent_sentinel: int | None) -> None:
        super()._begin(parent_sentinel)
        family, util = _standard("process"), _standard("util")
        if family is not None:
            _introduce(self, parent_sentinel, family)
        if util is not None and self._row is not start_methods.SPAWN:
            _forget_inherited(util)


def _introduce(this: BaseProcess, parent_sentinel: int | None, family: Any) -> None:
    """In a child: tell the stdlib's package which process this is. family: its module `process`."""
    family._children = set()
    family._process_counter = itertools.count(1)
    family._parent_process = family._ParentProcess(this._parent_name, this._parent_pid, parent_sentinel)
    theirs = family.current_process()
    theirs._identity = this._identity
    theirs._config["daemon"] = this.daemon
    theirs.name = this.name
    theirs.authkey = bytes(this._config.get(_THEIR_KEY, this.authkey))


def _forget_inherited(util: Any) -> None:
    """In a forked child: have the stdlib's objects begin anew, as in a child of its own. util: its module of that name.

    Else a queue would wait for a feeder thread that only the parent has, and the exit not wait for what was put.
    """
    util._finalizer_registry.clear()
    util._run_after_forkers()
    atexit.unregister(util._exit_function)
    atexit.register(util._exit_function)


class ForkProcess(_BridgedProcess, context.ForkProcess):
    """A process that begins as a copy of its parent."""


class SpawnProcess(_BridgedProcess, context.SpawnProcess):
    """A process that begins as a fresh interpreter."""


class ForkServerProcess(_BridgedProcess, context.ForkServerProcess):
    """A process that begins as a copy of a server process which has done nothing yet."""


class _BridgedContext(context.BaseContext):
    def get_context(self, method: str | None = None) -> context.BaseContext:
        """The context of a start method, bridged too; None: this one."""
        return self if method is None else get_context(method)


class ForkContext(_BridgedContext, context.ForkContext):
    """Everything by forking."""

    Process = ForkProcess


class SpawnContext(_BridgedContext, context.SpawnContext):
    """Everything by fresh interpreters."""

    Process = SpawnProcess


class ForkServerContext(_BridgedContext, context.ForkServerContext):
    """Everything by the fork server."""

    Process = ForkServerProcess


_BY_METHOD: dict[str, type[context.BaseContext]] = {
    kind._name: kind for kind in (ForkContext, SpawnContext, ForkServerContext)
}
