"""Windows: start an interpreter, give it handles and bytes, watch it, collect its exit code.

Knows handles and numbers; no pickles, no process objects, no policy. Above: `popen_spawn_win32`.
"""

from __future__ import annotations

import _winapi
import sys

from . import _win32_pure

assert sys.platform == "win32"  # Tells type checkers on other systems to pass over the rest.

close_handle = _winapi.CloseHandle

# Asked for when a pipe is made. Half of it is used, so that a write into the free half never blocks whatever the
# system counts besides the data.
_PIPE_SIZE = 1024 * 1024
_ROOM = _PIPE_SIZE // 2

_POLL_MILLISECONDS = 1


def pipe() -> tuple[int, int]:
    """The read handle and the write handle of a new pipe, neither inheritable."""
    return _winapi.CreatePipe(None, _PIPE_SIZE)


def launch(executable: str, arguments: list[str], environment: dict[str, str] | None) -> tuple[int, int]:
    """Start a program, which inherits no handle but the standard streams; returns its process handle and its id.

    environment: None: as of this process.
    Raises:
        OSError: the program could not be started.
    """
    process, thread, pid, _ = _winapi.CreateProcess(
        executable,
        _win32_pure.command_line(arguments),
        None,
        None,
        False,
        0,
        environment,  # type: ignore[arg-type]  # typeshed does not know that it may be None
        None,
        None,
    )
    close_handle(thread)
    return process, pid


def duplicate_into(process: int, handle: int) -> int:
    """Give `process` a duplicate of our `handle`; returns its number there."""
    return _winapi.DuplicateHandle(
        _winapi.GetCurrentProcess(), handle, process, 0, False, _winapi.DUPLICATE_SAME_ACCESS
    )


def deliver(data: bytes, *, write: int, read: int, process: int) -> None:
    """Write `data` for `process`, which reads by a duplicate of `read`; give up when it has ended.

    As long as this process holds `read` too, a write to a reader that has died would block for ever instead of
    failing: hence only what surely fits is written at once.
    """
    view = memoryview(data)
    while view:
        room = _ROOM - int(_winapi.PeekNamedPipe(read)[0])
        if room > 0:
            written, _ = _winapi.WriteFile(write, view[:room])
            view = view[written:]
        elif wait(process, _POLL_MILLISECONDS):
            return


def wait(process: int, milliseconds: int) -> bool:
    """Wait for the end of `process`; whether it has ended. Ctrl-C ends the wait (KeyboardInterrupt)."""
    return _winapi.WaitForMultipleObjects([process], False, milliseconds) == _winapi.WAIT_OBJECT_0


def exitcode(process: int) -> int:
    """The exit code of `process`, which has ended."""
    return _win32_pure.exitcode(_winapi.GetExitCodeProcess(process))


def terminate(process: int) -> None:
    """End `process` unless it has ended.

    Raises:
        PermissionError: it runs, and we have no right to end it.
    """
    try:
        _winapi.TerminateProcess(process, _win32_pure.TERMINATED)
    except PermissionError:
        # The system says this of a process that has ended, too.
        if not wait(process, 0):
            raise
