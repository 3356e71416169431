"""What starting and ending a process has to do about the threads of `threading`, if the program uses them.

A leaf that never loads `threading` itself: a program that has not loaded it has none of its threads.
"""

from __future__ import annotations

import _thread
import os
import sys
from _warnings import warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["SYSTEM_WARNS_OF_FORK", "join_all", "settle_after_fork", "warn_of_fork"]


def _threading() -> Any:
    return sys.modules.get("threading")


SYSTEM_WARNS_OF_FORK = sys.version_info >= (3, 12) and sys.implementation.name == "cpython"
"""Whether `os.fork` itself warns when there are several threads."""

_NEW_HANDLE: Any = getattr(_thread, "_ThreadHandle", None)


def warn_of_fork() -> None:
    """Warn (DeprecationWarning) if this process has several threads and is about to fork: on every version."""
    if not SYSTEM_WARNS_OF_FORK and _thread._count() > 0:
        warn(
            f"This process (pid={os.getpid()}) is multi-threaded, use of fork() may lead to deadlocks in the child.",
            DeprecationWarning,
            stacklevel=6,
        )


def settle_after_fork() -> None:
    """In a forked child: the thread that forked is the main thread, with a native id of its own."""
    threading = _threading()
    if threading is None:
        return
    main = threading.main_thread()
    if isinstance(main, threading._DummyThread):
        _promote(main, threading)
    if threading._HAVE_THREAD_NATIVE_ID:
        main._set_native_id()
    if _NEW_HANDLE is not None:
        _revive_unstarted(threading)


def _promote(main: Any, threading: Any) -> None:
    # Forked from a thread that `threading` did not make: before 3.12 its stand-in is taken over as the main
    # thread, which cannot be shut down (gh-102512).
    main.__class__ = threading._MainThread
    main._name = "MainThread"
    main._daemonic = False
    if getattr(main, "_tstate_lock", False) is None:
        main._set_tstate_lock()


def _revive_unstarted(threading: Any) -> None:
    # 3.13 before its fix marks every thread as done after a fork, also those that have not begun (gh-134381).
    for thread in list(threading._dangling):
        handle = getattr(thread, "_handle", None)
        if handle is not None and not thread._started.is_set() and handle.is_done():
            thread._handle = _NEW_HANDLE()


def join_all() -> None:
    """Wait for all threads that are not daemonic, as the interpreter does when a program ends."""
    threading = _threading()
    if threading is not None:
        threading._shutdown()
