"""Start a child as a fresh interpreter that gets its work through a pipe, and of our descriptors only what it needs.

Below: `spawn` (what is written, and the child's side), `popen_fork` (watching and signalling).
"""

from __future__ import annotations

import os
import sys

from . import popen_fork, rooms, spawn, spawning
from ._platform import _lifeline, _posix

assert sys.platform != "win32"  # Tells type checkers on Windows to pass over the rest.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .process import BaseProcess

__all__ = ["Popen"]


class _DupFd:
    """A descriptor that the child has under the same number."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def detach(self) -> int:
        """The descriptor, which is the caller's from now on."""
        return self.fd


class _Pickles:
    """A file that takes what is pickled, in pieces, uncopied as far as the pickler allows."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes | memoryview) -> None:
        """Take `piece`."""
        self.pieces.append(bytes(piece))


class Popen(popen_fork.Popen):
    """A child of this process in a fresh interpreter."""

    method = "spawn"
    DupFd = _DupFd  # type: ignore[assignment]  # a class that makes what the method returned

    def __init__(self, process_obj: BaseProcess) -> None:
        self._fds: list[int] = []
        self._kept: list[object] = []
        super().__init__(process_obj)

    def duplicate_for_child(self, handle: int) -> int:
        """Let the child have the descriptor, under the same number."""
        self._fds.append(handle)
        return handle

    def keep(self, thing: object) -> None:
        """Let `thing`, which the child will look for by name, live until the child has ended."""
        self._kept.append(thing)

    def _collect(self, wait: bool = False) -> None:
        super()._collect(wait)
        if self.returncode is not None or self.lost:
            self._kept.clear()

    def _launch(self, process_obj: BaseProcess) -> None:
        tracker_fd = rooms.load("resource_tracker").getfd()
        work = self._pickle(process_obj)
        child_reads, we_write = _posix.pipe()
        try:
            try:
                self._start(child_reads, tracker_fd)
            finally:
                os.close(child_reads)
            _write_all(we_write, work)
        finally:
            os.close(we_write)

    def _pickle(self, process_obj: BaseProcess) -> list[bytes]:
        """What the child reads. Descriptors met on the way are noted in `_fds`."""
        reduction = rooms.load("reduction")
        pickles = _Pickles()
        spawning.set_spawning_popen(self)
        try:
            reduction.dump(spawn.get_preparation_data(process_obj.name), pickles)
            reduction.dump(process_obj, pickles)
        finally:
            spawning.set_spawning_popen(None)
        return pickles.pieces

    def _start(self, child_reads: int, tracker_fd: int) -> None:
        lifeline = _lifeline.Lifeline()
        try:
            command = spawn.get_command_line(
                tracker_fd=tracker_fd, pipe_handle=child_reads, parent_sentinel=lifeline.parent_sentinel
            )
            pid = _posix.launch(command[0], command, [*self._fds, *lifeline.for_child, child_reads, tracker_fd])
        except BaseException:
            lifeline.abandon()
            raise
        self._adopt(pid, lifeline)


def _write_all(fd: int, pieces: list[bytes]) -> None:
    """Write to the child, as much as it wants to read."""
    try:
        with open(fd, "wb", closefd=False) as to_child:
            to_child.writelines(pieces)
    except BrokenPipeError:
        # It died before it had read everything: that is for its exit code to tell, not for start().
        return
