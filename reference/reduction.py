"""Pickling for another process, and handles that travel with the pickles.

`ForkingPickler` is what everything sent to another process goes through: it asks the reducers registered
here first and then, each time, `copyreg`. A handle inside a pickle is a `DupFd`: on its way to a child that is
being started the launcher hands it over (`spawning`), else the broker fills in (`handle_broker`).

Picklers are kept and used again, since making one costs more than pickling a small message. They stand in
a stock: whoever pickles takes one out, and puts it back only after it has worked. So nobody ever sees
one half-way: not a `__reduce__` that pickles, nor another thread, nor a child forked in the middle.

Knows neither connections nor processes. Above: `connection`, `queues`, the launchers, `resource_sharer`.
"""

from __future__ import annotations

import copyreg
import sys

try:
    import _pickle as pickle  # what `pickle` is made of, without the regular expressions that it loads
except ImportError:  # an interpreter without the accelerator
    import pickle  # type: ignore[no-redef]  # same names, in Python

from . import rooms
from ._platform.handles import HAVE_SEND_HANDLE, recv_handle, recvfds, send_handle, sendfds
from .spawning import get_spawning_popen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .popen import Detachable

    Reducer = Callable[[Any], "tuple[Any, ...] | str"]
    # Of a pickler that is kept: dump, clear_memo, size in bytes, and the pieces of the pickle.
    Tools = tuple[Callable[[object], None], Callable[[], None], Callable[[], int], list[bytes]]

__all__ = [
    "HAVE_SEND_HANDLE",
    "AbstractReducer",
    "DupFd",
    "ForkingPickler",
    "Unpickler",
    "dump",
    "handle_broker",
    "pickled",
    "recv_handle",
    "recvfds",
    "register",
    "send_handle",
    "sendfds",
]

handle_broker: Callable[[int], Detachable] | None = None
"""Makes a handle travel to a process that already runs; `resource_sharer` fills it when it is loaded."""


foreign_reducer: Callable[[type], Reducer | None] | None = None
"""Gives the reducer that another package has for a type, if it has one; `bridge` fills it when it is loaded."""


class _Reducers(dict):  # type: ignore[type-arg]  # dict[...] as a base is a name that would have to be imported
    """Reducers by type. For a type that has none here `copyreg` is asked, as it is at that moment."""

    def __missing__(self, cls: type) -> Reducer:
        # Sockets are met by name so that nobody loads `socket` in order to register them.
        if cls.__name__ == "socket" and cls is getattr(sys.modules.get("socket"), "socket", None):
            reducer: Reducer = rooms.load("socket_reduction").reduce_socket
            self[cls] = reducer
            return reducer
        foreign = None if foreign_reducer is None else foreign_reducer(cls)
        if foreign is not None:
            return foreign
        found: Reducer = copyreg.dispatch_table[cls]
        return found


class ForkingPickler(pickle.Pickler):
    """The pickler of everything that goes to another process.

    Arguments are those of `pickle.Pickler`: a file open for writing, and a protocol.
    """

    _extra_reducers = _Reducers()
    dispatch_table = _extra_reducers

    @classmethod
    def register(cls, type: type, reduce: Reducer) -> None:  # noqa: A002 - the keyword that programs use
        """Reduce objects of exactly `type` by `reduce`, in pipes, queues and process arguments from now on.

        reduce: gets the object, returns what `__reduce__` may return.
        """
        cls._extra_reducers[type] = reduce

    @classmethod
    def dumps(cls, obj: object, protocol: int | None = None) -> bytes:
        """Return the pickle of `obj`."""
        if cls is ForkingPickler and protocol is None:
            pieces = pickled(obj)
            return pieces if isinstance(pieces, bytes) else b"".join(pieces)
        sink = _Sink()
        cls(sink, protocol).dump(obj)
        return b"".join(sink.frames)

    loads = staticmethod(pickle.loads)


register = ForkingPickler.register
Unpickler = pickle.Unpickler


def dump(obj: object, file: Any, protocol: int | None = None) -> None:
    """Write the pickle of `obj`, made by `ForkingPickler`, to `file`."""
    ForkingPickler(file, protocol).dump(obj)


_dumps = pickle.dumps
_PROTOCOL = _dumps(None)[1]  # the default; the accelerator does not name it


class _Sink:
    """The file of a pickler that is kept: the pieces of one pickle, the big ones as they are, uncopied."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        # Protocol 5 passes a big bytearray itself. Its length is already written, and it may change: copy it.
        self.write = self.frames.append if _PROTOCOL < 5 else self._append_bytes

    def _append_bytes(self, frame: bytes) -> None:
        self.frames.append(frame if type(frame) is bytes else bytes(frame))


# Objects of exactly these types never reach a reducer, and need no pickler of ours.
_ATOMIC = frozenset({int, float, bool, type(None)})
_TEXT = frozenset({bytes, str})
_PASSED_THROUGH = 64 * 1024  # from this size on a pickler writes data as it is, without a copy

# A memo never shrinks, and clearing it takes as long as it once was big. Above this size of a pickler in
# bytes, which means over a hundred objects in one pickle, a new one is as cheap.
_ROOMY = 4096


def _new_pickler() -> Tools:
    sink = _Sink()
    pickler = pickle.Pickler(sink)
    pickler.dispatch_table = ForkingPickler.dispatch_table
    size = getattr(pickler, "__sizeof__", int)  # the accelerator's counts the memo
    return pickler.dump, pickler.clear_memo, size, sink.frames


_stock: list[Tools] = []


def pickled(obj: object) -> bytes | list[bytes]:
    """The pickle of `obj` in one piece, or as the list of its pieces if there are several.

    Pieces are what a gathering write wants: big bytes and str data stand in them uncopied.
    """
    kind = type(obj)
    if kind in _ATOMIC or (kind in _TEXT and len(obj) < _PASSED_THROUGH):  # type: ignore[arg-type]  # both have a len
        return _dumps(obj)
    try:
        tools = _stock.pop()
    except IndexError:
        tools = _new_pickler()
    dump_into, forget, size, frames = tools
    dump_into(obj)
    result = frames[0] if len(frames) == 1 else frames.copy()
    # After an error we do not come here, and the pickler with its left-overs is dropped.
    frames.clear()
    forget()
    if size() <= _ROOMY:
        _stock.append(tools)
    return result


def DupFd(fd: int) -> Detachable:
    """What stands for the descriptor `fd` in a pickle: unpickled elsewhere, its `detach()` returns a descriptor.

    Raises:
        ValueError: the platform cannot pass descriptors to a running process.
    """
    popen = get_spawning_popen()
    if popen is not None:
        return popen.DupFd(popen.duplicate_for_child(fd))
    if not HAVE_SEND_HANDLE:
        raise ValueError("this platform cannot pass a descriptor to a running process")
    if handle_broker is None:
        rooms.load("resource_sharer")
    if handle_broker is None:
        raise RuntimeError("resource_sharer did not offer itself as the broker of handles")
    return handle_broker(fd)


# Named, not imported: who makes no reducer shall load none of their modules.
_USUAL = {
    *(("builtins", name) for name in ("method", "method_descriptor", "wrapper_descriptor")),
    *(("functools", "partial"), ("socket", "socket")),
}


class AbstractReducer:
    """Base for what replaces this room as the `reducer` of a context: override what shall be different."""

    def __init__(self, *args: object) -> None:
        """Let methods, partial objects and sockets travel as usual again, whatever was registered for them."""
        for cls in list(ForkingPickler._extra_reducers):
            if (cls.__module__, cls.__qualname__) in _USUAL:
                del ForkingPickler._extra_reducers[cls]

    ForkingPickler = ForkingPickler
    register = staticmethod(register)
    dump = staticmethod(dump)
    send_handle = staticmethod(send_handle)
    recv_handle = staticmethod(recv_handle)
    sendfds = staticmethod(sendfds)
    recvfds = staticmethod(recvfds)
    DupFd = staticmethod(DupFd)
