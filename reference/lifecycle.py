"""What happens at the end of a process, and at the start of a forked one: finalizers, hooks, and their order.

Does not know processes: `process` says through `at_exit_end_children` how the children are brought to an end.
Above: whoever holds something that must not outlive the process, or that threads share.

The order at exit: finalizers of priority 0 and above, highest first; children are ended; the other finalizers
that have a priority; what `at_exit_last` was told. Functions that the program registered with `atexit` have run
before, and in a child its threads have been joined before that (see `process` and the launchers).
"""

from __future__ import annotations

import atexit
import itertools
import os
from _weakref import ref

from . import log, standard_streams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from threading import Thread
    from typing import Any

    Key = tuple[int | None, int]

__all__ = ["Finalize", "is_exiting", "join_at_exit", "join_referent", "register_after_fork"]

_finalizer_registry: dict[Key, Finalize] = {}
"""Live finalizers by exit priority and age. A forked child starts with none."""
_finalizer_counter = itertools.count()

_afterfork_registry: dict[int, tuple[ref[Any], Callable[[Any], object]]] = {}
"""Objects to be told of a fork, and how, by age. A forked child keeps them, for its own children."""
_afterfork_counter = itertools.count()

_exiting = False
"""Whether this process is past the point where it ends its children. False again in a forked child."""

_end_children: Callable[[], None] | None = None
_last: Callable[[], None] | None = None


class Finalize:
    """A callback that runs once: when called, when an object dies, or at exit; and only in the process that made it.

    obj: whose death runs it, or None. callback, args, kwargs: what to run; they must not refer to `obj`.
    exitpriority: at exit those with a priority run, highest first, among equals the latest first; None: not at exit.
    Raises:
        TypeError: exitpriority is neither None nor an integer.
        ValueError: neither an object nor a priority: it could never run.
    """

    def __init__(
        self,
        obj: object,
        callback: Callable[..., Any],
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        exitpriority: int | None = None,
    ) -> None:
        if exitpriority is not None and not isinstance(exitpriority, int):
            raise TypeError(f"exitpriority must be an integer or None, not {type(exitpriority).__name__}")
        if obj is None and exitpriority is None:
            raise ValueError("a finalizer without an object needs an exitpriority")
        self._work: tuple[Callable[..., Any], Iterable[Any], Mapping[str, Any]] | None = (callback, args, kwargs or {})
        self._key: Key = (exitpriority, next(_finalizer_counter))
        self._pid = os.getpid()
        self._weakref = None if obj is None else ref(obj, self)
        _finalizer_registry[self._key] = self

    def __call__(self, wr: object = None) -> Any:
        """Run the callback and return its result; None if it ran before, was cancelled, or belongs to a parent."""
        work = self._take()
        if work is None:
            return None
        if self._pid != os.getpid():
            log.sub_debug("finalizer ignored: it belongs to process %d", self._pid)
            return None
        callback, args, kwargs = work
        log.sub_debug("finalizer calling %s with args %s and kwargs %s", callback, args, kwargs)
        return callback(*args, **kwargs)

    def cancel(self) -> None:
        """Never run the callback."""
        self._take()

    def still_active(self) -> bool:
        """Whether the callback is still to be run."""
        return self._key in _finalizer_registry

    def _take(self) -> tuple[Callable[..., Any], Iterable[Any], Mapping[str, Any]] | None:
        # `pop` is one step: of a call, a dying object and the exit, in several threads, only one gets the work.
        if _finalizer_registry.pop(self._key, None) is None:
            return None
        work, self._work = self._work, None
        self._weakref = None
        return work

    def __repr__(self) -> str:
        work = self._work
        if work is None or (self._weakref is not None and self._weakref() is None):
            return f"<{type(self).__name__} object, dead>"
        callback, args, kwargs = work
        parts = [f"callback={getattr(callback, '__name__', callback)}"]
        if args:
            parts.append(f"args={args}")
        if kwargs:
            parts.append(f"kwargs={kwargs}")
        if self._key[0] is not None:
            parts.append(f"exitpriority={self._key[0]}")
        return f"<{type(self).__name__} object, {', '.join(parts)}>"


def _run_finalizers(minpriority: int | None = None) -> None:
    """Run the finalizers that have an exit priority, of at least `minpriority` if given, in their order.

    One that fails is reported on stderr; the others still run.
    """
    if not _finalizer_registry:
        return
    due = [
        key
        for key in list(_finalizer_registry)
        if key[0] is not None and (minpriority is None or key[0] >= minpriority)
    ]
    for key in sorted(due, reverse=True):
        # Another finalizer, or another thread, may have taken it away meanwhile.
        finalizer = _finalizer_registry.get(key)
        if finalizer is None:
            continue
        log.sub_debug("calling %s", finalizer)
        try:
            finalizer()
        except Exception:
            standard_streams.print_exception()
    if minpriority is None:
        _finalizer_registry.clear()


def register_after_fork(obj: Any, func: Callable[[Any], object]) -> None:
    """In every child forked from now on call `func(obj)` before it runs, in the order of registration.

    obj: held weakly; once it is dead nothing is called.
    """
    age = next(_afterfork_counter)
    _afterfork_registry[age] = ref(obj, lambda _dead: _afterfork_registry.pop(age, None)), func


def _run_after_forkers() -> None:
    """In a child: call the hooks. One that fails is logged; the others still run."""
    for age in sorted(_afterfork_registry):
        alive, func = _afterfork_registry.get(age, (None, None))
        obj = None if alive is None else alive()
        if obj is not None and func is not None:
            _run_after_forker(func, obj)


def _run_after_forker(func: Callable[[Any], object], obj: object) -> None:
    try:
        func(obj)
    except Exception as err:
        log.info("after-fork hook %s failed: %s", func, err)


def begin_forked_child() -> None:
    """Drop what belongs to the parent's end, then call the after-fork hooks."""
    global _exiting
    _exiting = False
    _finalizer_registry.clear()
    if _afterfork_registry:
        _run_after_forkers()


def join_at_exit(thread: Thread) -> Finalize:
    """Have the exit of this process wait for a daemonic thread, after its children; the result can be cancelled."""
    return Finalize(thread, join_referent, (ref(thread),), exitpriority=-5)


def join_referent(reference: ref[Thread]) -> None:
    """Wait for the thread, if it is still there."""
    thread = reference()
    if thread is not None:
        thread.join()


def at_exit_end_children(end_children: Callable[[], None]) -> None:
    """Have `end_children()` called at exit, between the finalizers of priority 0 and above and the others."""
    global _end_children
    _end_children = end_children


def at_exit_last(work: Callable[[], None]) -> None:
    """Have `work()` called at exit, after all finalizers: until then children may be started."""
    global _last
    _last = work


def is_exiting() -> bool:
    """Whether the process is shutting down."""
    return _exiting


def _exit_function() -> None:
    """Bring children and finalizers to their end. Runs once per process, at exit."""
    global _exiting
    if _exiting:
        return
    _exiting = True
    log.info("process shutting down")
    _run_finalizers(0)
    if _end_children is not None:
        _end_children()
    log.debug("running the remaining finalizers")
    _run_finalizers()
    if _last is not None:
        _last()


def exit_after_program() -> None:
    """(Again) register the work at exit, so that it comes before whatever was registered until now."""
    atexit.unregister(_exit_function)
    atexit.register(_exit_function)


def exit_as_child() -> None:
    """In a forked child: drop what the parent registered for its own exit; only the work at exit is left."""
    atexit._clear()
    atexit.register(_exit_function)


exit_after_program()
