"""Remove the names of semaphores and shared memory blocks."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def _function(module: str, name: str) -> Callable[[str], object] | None:
    # By name, since typeshed knows neither module.
    try:
        found: Callable[[str], object] | None = getattr(import_module(module), name, None)
    except ImportError:
        found = None
    return found


unlink_semaphore = _function("_multiprocessing", "sem_unlink")
"""Remove the name of a semaphore; None where the system has none."""

unlink_shared_memory = _function("_posixshmem", "shm_unlink")
"""Remove the name of a shared memory block; None where the system has none."""
