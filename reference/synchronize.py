"""The public name of the synchronisation primitives; each lives in a room of its own.

`barrier` is loaded when it is first asked for, since its exception makes it load `threading`.
"""

from __future__ import annotations

from . import rooms
from ._platform.semaphores import MAX_VALUE as SEM_VALUE_MAX
from ._platform.semaphores import PLAIN as SEMAPHORE
from ._platform.semaphores import RECURSIVE as RECURSIVE_MUTEX
from ._platform.semaphores import unlink as sem_unlink
from .condition import Condition
from .event import Event
from .semaphores import BoundedSemaphore, Lock, RLock, Semaphore, SemLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .barrier import Barrier

__all__ = [
    "RECURSIVE_MUTEX",
    "SEMAPHORE",
    "SEM_VALUE_MAX",
    "Barrier",
    "BoundedSemaphore",
    "Condition",
    "Event",
    "Lock",
    "RLock",
    "SemLock",
    "Semaphore",
    "sem_unlink",
]


def __getattr__(name: str) -> object:
    if name == "Barrier":
        return rooms.load("barrier").Barrier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
