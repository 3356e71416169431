"""A private directory of this process, for sockets and other short-lived files; removed at exit.

Below: `lifecycle`. Above: `connection` (addresses of listeners), the fork server.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile

from . import lifecycle, log

__all__ = ["base_directory", "get_temp_dir"]

# A socket's address is its path, in a field of this many bytes (sys/un.h) that ends with NUL.
_ADDRESS_BYTES = 108 if sys.platform == "linux" else 104 if "bsd" in sys.platform else 92
_LONGEST_NAME = len("/pymp-12345678/listener-12345678")

# POSIX wants the first to exist; the others are met on old systems.
_SYSTEM_DIRECTORIES = ("/tmp", "/var/tmp", "/usr/tmp")

# It must outlive whatever uses it.
_EXIT_PRIORITY = -100

_made: tuple[int, str] | None = None
"""The process that made the directory, and where. A forked child makes its own."""


def get_temp_dir() -> str:
    """The path of this process' own directory, to which only its user has access; made at the first call."""
    global _made
    if _made is None or _made[0] != os.getpid():
        path = tempfile.mkdtemp(prefix="pymp-", dir=base_directory(tempfile.gettempdir()))
        log.info("created temp directory %s", path)
        lifecycle.Finalize(None, _remove, args=(path,), exitpriority=_EXIT_PRIORITY)
        _made = os.getpid(), path
    return _made[1]


def base_directory(preferred: str) -> str:
    """The directory to make ours in: `preferred`, or a system's one where sockets in it would have too long a name."""
    if os.name == "nt" or len(os.fsencode(preferred)) + _LONGEST_NAME < _ADDRESS_BYTES:
        return preferred
    for path in _SYSTEM_DIRECTORIES:
        if os.path.isdir(path) and os.access(path, os.W_OK | os.X_OK):
            log.warn("the temporary directory %s is too long a path for sockets: using %s", preferred, path)
            return path
    log.warn("the temporary directory %s is too long a path for sockets, and there is no other", preferred)
    return preferred


def _remove(path: str) -> None:
    global _made
    shutil.rmtree(path, ignore_errors=True)
    # Who asks after this (a test, or a later finalizer) gets a new one.
    _made = None
