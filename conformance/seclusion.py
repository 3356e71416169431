"""What the warden asks of the Linux kernel, so that nothing under test gets out of its sight.

Each call says whether it was granted: containers and other systems refuse.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

WARDEN = "warden"
SUBREAPER = "subreaper"
OWN_SHELF = "own shelf"
MEANS = (WARDEN, SUBREAPER, OWN_SHELF)
"""Names of what may be granted; whoever tests how the warden does without leaves some out."""

_PR_SET_CHILD_SUBREAPER = 36
_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_MS_NOSUID, _MS_NODEV, _MS_REC, _MS_SLAVE = 0x2, 0x4, 0x4000, 0x80000


def become_subreaper() -> bool:
    """Have orphans among the descendants become children of this process."""
    try:
        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False  # Not Linux.


def retreat(directory: Path) -> bool:
    """Give this process and its descendants an empty `directory` of their own, which ends with them.

    Needs a single thread. Without privileges it takes a user namespace, in which this user is himself.
    """
    for flags in (_CLONE_NEWNS, _CLONE_NEWNS | _CLONE_NEWUSER):
        # Half of it may be granted, and cannot be given back: so a child tries first.
        pid = os.fork()
        if pid == 0:
            granted = False
            try:
                granted = _retreat(directory, flags)
            finally:
                os._exit(0 if granted else 1)
        if os.waitpid(pid, 0)[1] == 0:
            return _retreat(directory, flags)
    return False


def _retreat(directory: Path, flags: int) -> bool:
    identities = {"uid_map": os.geteuid(), "gid_map": os.getegid()}
    try:
        libc = ctypes.CDLL(None)
        if libc.unshare(flags) != 0:
            return False
        if flags & _CLONE_NEWUSER:
            Path("/proc/self/setgroups").write_text("deny")
            for name, number in identities.items():
                Path("/proc/self", name).write_text(f"{number} {number} 1")
        # What is mounted later elsewhere shall still be seen here, but not the other way round.
        slave = libc.mount(None, b"/", None, ctypes.c_ulong(_MS_REC | _MS_SLAVE), None)
        where = os.fsencode(directory)
        own = libc.mount(b"conformance", where, b"tmpfs", ctypes.c_ulong(_MS_NOSUID | _MS_NODEV), b"mode=1777")
    except (OSError, AttributeError):
        return False  # Not Linux, or not granted.
    return bool(slave == 0 and own == 0)
