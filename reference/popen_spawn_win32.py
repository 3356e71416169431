"""Start a child on Windows: a fresh interpreter that fetches its work from a pipe of its parent's.

The child is created first, with nothing inherited, since handles can be given only to a process that exists: they are
duplicated into it while the process object is pickled. Its process handle is the sentinel.
Below: `spawn` (what is written, and the child's side), `_platform._win32`.
"""

from __future__ import annotations

import os
import sys

from . import lifecycle, rooms, spawn, spawning
from ._platform import _win32, _win32_pure

assert sys.platform == "win32"  # Tells type checkers on other systems to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .process import BaseProcess

__all__ = ["Popen"]


class _DupHandle:
    """A handle that was duplicated into the child, under the number that it has there."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    def detach(self) -> int:
        """The handle, which is the caller's from now on."""
        return self.handle


class Popen:
    """A child of this process in a fresh interpreter. Constructing it starts the child."""

    method = "spawn"
    prompt = True
    lost = False
    """Nobody can take a process' exit code away here."""

    def DupFd(self, token: int) -> _DupHandle:
        """What gives the child the handle of which `duplicate_for_child` returned `token`."""
        return _DupHandle(token)

    def __init__(self, process_obj: BaseProcess) -> None:
        self.returncode: int | None = None
        self._kept: list[object] = []
        child_reads, we_write = _win32.pipe()
        try:
            self.sentinel, self.pid = _launch(child_reads)
            # The child duplicates the read end when it has come so far; until then ours must stay open.
            self.finalizer = lifecycle.Finalize(self, _close_handles, (self.sentinel, child_reads))
            try:
                work = self._pickle(process_obj)
            except BaseException:
                self.terminate()
                raise
            _win32.deliver(work, write=we_write, read=child_reads, process=self.sentinel)
        finally:
            _win32.close_handle(we_write)

    def duplicate_for_child(self, handle: int) -> int:
        """Give the child a duplicate of `handle`; returns its number there."""
        return _win32.duplicate_into(self.sentinel, handle)

    def keep(self, thing: object) -> None:
        """Let `thing`, which the child will open by its name, live until the child has ended or is given up."""
        self._kept.append(thing)

    def poll(self) -> int | None:
        """The exit code if the child has ended, else None."""
        return self.wait(0)

    def wait(self, timeout: float | None = None) -> int | None:
        """As `poll`, waiting up to `timeout` seconds for the end of the child; None waits for ever."""
        if self.returncode is None and _win32.wait(self.sentinel, _win32_pure.milliseconds(timeout)):
            self.returncode = _win32.exitcode(self.sentinel)
            self._kept.clear()
        return self.returncode

    def terminate(self) -> None:
        """End the child at once unless it has ended; its exit code then is minus SIGTERM."""
        # Looked at first: Wine, unlike Windows, gives a process that has ended another exit code.
        if self.poll() is None:
            _win32.terminate(self.sentinel)

    kill = terminate
    interrupt = terminate
    """There are no signals between processes."""

    def close(self) -> None:
        """Release the handles; the sentinel is not valid any more."""
        self.finalizer()

    def _pickle(self, process_obj: BaseProcess) -> bytes:
        reduction = rooms.load("reduction")
        spawning.set_spawning_popen(self)
        try:
            data = reduction.ForkingPickler.dumps(spawn.get_preparation_data(process_obj.name))
            work: bytes = data + reduction.ForkingPickler.dumps(process_obj)
        finally:
            spawning.set_spawning_popen(None)
        return work


def _launch(child_reads: int) -> tuple[int, int]:
    command = [os.fsdecode(part) for part in spawn.get_command_line(parent_pid=os.getpid(), pipe_handle=child_reads)]
    executable, environment = _win32_pure.program_and_environment(
        command[0], sys.executable, getattr(sys, "_base_executable", sys.executable), os.environ
    )
    return _win32.launch(executable, command, environment)


def _close_handles(*handles: int) -> None:
    for handle in handles:
        _win32.close_handle(handle)
