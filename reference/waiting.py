"""Wait until connections, sockets, sentinels or other handles become ready.

Knows nothing of processes, connections or pickles: callers pass raw handles or objects with `fileno()`.
Below: `_platform.polling`. Above: `connection` (re-exports `wait`), `process`, the launchers.
"""

from __future__ import annotations

from ._platform.polling import ready_handles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["wait"]


def wait(object_list: Iterable[Any], timeout: float | None = None) -> list[Any]:
    """Return those of the given objects that are ready, in the order given.

    object_list: connections, connected sockets, sentinels, plain handles, anything with `fileno()`.
    timeout: seconds; None waits for ever; zero or less polls once.
    Returns an empty list when time runs out. An object at its end of file is ready, and so is one whose
    handle is not open: a read would not block.
    Raises:
        KeyError: the same handle is given twice.
        OSError: a connection is closed.
        ValueError: not something that can be waited for, or a closed socket.
    Source: library documentation, "multiprocessing.connection.wait".
    """
    by_handle: dict[int, Any] = {}
    for thing in object_list:
        handle = thing if type(thing) is int else _handle_of(thing)
        if handle in by_handle:
            raise KeyError(f"{thing!r} (handle {handle}) is given twice")
        by_handle[handle] = thing
    return [by_handle[handle] for handle in ready_handles(by_handle, timeout)]


def _handle_of(thing: Any) -> int:
    try:
        handle = thing.fileno()
    except AttributeError:
        try:
            handle = thing.__index__()
        except AttributeError:
            raise ValueError(f"cannot wait for {thing!r}: it is no handle and has no fileno()") from None
    if not isinstance(handle, int) or handle < 0:
        raise ValueError(f"cannot wait for {thing!r}: its handle is {handle!r}")
    return handle
