"""POSIX: the descriptors came through exec; from now on they are this process' own."""

from __future__ import annotations

import os


def take_over(
    pipe_handle: int, parent_pid: int | None, parent_sentinel: int | None, tracker_fd: int | None
) -> tuple[int, int]:
    """Return the descriptor to read the work from, and one that becomes ready when the parent ends.

    parent_pid: of no use here. parent_sentinel: None: the pipe's other end tells, if the parent keeps it open.
    """
    sentinel = os.dup(pipe_handle) if parent_sentinel is None else parent_sentinel
    # Programs that this process will run shall not have them.
    for fd in (pipe_handle, sentinel, tracker_fd):
        if fd is not None:
            os.set_inheritable(fd, False)
    return pipe_handle, sentinel
