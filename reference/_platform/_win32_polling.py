"""Waiting for handles on Windows: pipes, sockets, processes and whatever else the system can wait for.

A pipe or socket is ready when a read of no bytes can be done, which leaves what there is where it is; with one
exception: an empty message is taken by it. Such a handle is kept in mind, and `take_empty_message` tells its reader.
"""

from __future__ import annotations

import _winapi
import sys
from time import monotonic

from . import _win32_pure

assert sys.platform == "win32"  # Tells type checkers on other systems to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_AT_ONCE = 60
"""Handles that one call of the system waits for at most (64, less what it needs itself)."""
_TURN = 5
"""Milliseconds for each such group in turn, when there are several."""
_ENDED = (_winapi.ERROR_BROKEN_PIPE, _winapi.ERROR_NETNAME_DELETED)
_FILE_TYPE_PIPE = 3  # sockets count as pipes

_empty_messages: set[int] = set()


def take_empty_message(handle: int) -> bool:
    """Whether the next message of `handle`, an empty one, has already been taken by a look; it is read now."""
    if handle not in _empty_messages:
        return False
    _empty_messages.discard(handle)
    return True


def forget(handle: int) -> None:
    """The handle is being closed."""
    _empty_messages.discard(handle)


def ready_handles(handles: Iterable[int], timeout: float | None) -> list[int]:
    """Those of `handles` that are ready: a read would not block, the process has ended; in the order given.

    timeout: seconds; None waits for ever; zero or less looks once.
    """
    handles = list(handles)
    ready: set[int] = set()
    waiting: dict[int, int] = {}
    reads: dict[int, Any] = {}
    try:
        for handle in handles:
            if handle in _empty_messages:
                ready.add(handle)
            elif not _is_read_from(handle):
                waiting[handle] = handle
            else:
                read = _begin_read(handle)
                if read is None:
                    ready.add(handle)
                else:
                    reads[handle] = read
                    waiting[read.event] = handle
        ready |= {waiting[event] for event in _signalled(list(waiting), 0 if ready else timeout)}
    finally:
        for read in reads.values():
            read.cancel()
        ready |= {handle for handle, read in reads.items() if _was_done(handle, read)}
    return [handle for handle in handles if handle in ready]


def _is_read_from(handle: int) -> bool:
    """Whether it is a pipe or a socket, which a read makes wait, rather than a process or the like."""
    try:
        return _winapi.GetFileType(handle) == _FILE_TYPE_PIPE
    except OSError:
        return False  # no file at all


def _begin_read(handle: int) -> Any:
    """Begin to read nothing; None when that is already done."""
    try:
        read, error = _winapi.ReadFile(handle, 0, True)
    except OSError as failure:
        if failure.winerror in _ENDED:
            return None
        raise
    if error == _winapi.ERROR_IO_PENDING:
        return read
    _was_done(handle, read)
    return None


def _was_done(handle: int, read: Any) -> bool:
    """Whether a read of nothing has come to its end by itself."""
    try:
        _, error = read.GetOverlappedResult(True)
    except OSError as failure:
        if failure.winerror not in _ENDED:
            raise
        return True
    if error == _winapi.ERROR_OPERATION_ABORTED:
        return False
    if not error and _is_message_pipe(handle):
        _empty_messages.add(handle)
    return True


def _is_message_pipe(handle: int) -> bool:
    try:
        _winapi.PeekNamedPipe(handle)
    except OSError as failure:
        return failure.winerror in _ENDED
    return True


def _signalled(events: list[int], timeout: float | None) -> list[int]:
    """Those of `events` that are signalled, once one is or `timeout` seconds have passed."""
    if len(events) <= _AT_ONCE:
        return _signalled_of_few(events, _win32_pure.milliseconds(timeout))
    groups = [events[first : first + _AT_ONCE] for first in range(0, len(events), _AT_ONCE)]
    deadline = None if timeout is None else monotonic() + timeout
    while True:
        late = deadline is not None and monotonic() >= deadline
        found = [event for group in groups for event in _signalled_of_few(group, 0)]
        if found or late:
            return found
        for group in groups:
            if _signalled_of_few(group, _TURN):
                break


def _signalled_of_few(events: list[int], milliseconds: int) -> list[int]:
    found = []
    while events:
        index = _winapi.WaitForMultipleObjects(events, False, milliseconds)
        if not 0 <= index < len(events):
            break
        # The first that is signalled is told; what comes after it is still to be asked for.
        found.append(events[index])
        events, milliseconds = events[index + 1 :], 0
    return found


class Watch:
    """Handles that are looked at again and again, all at once."""

    def __init__(self, *handles: int) -> None:
        self._handles = set(handles)
        self.add = self._handles.add
        self.discard = self._handles.discard

    def ready(self, timeout: float | None = 0) -> list[int]:
        """Those that are ready. timeout: as for `ready_handles`."""
        return ready_handles(list(self._handles), timeout)
