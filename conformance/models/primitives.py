"""Which objects have which models, and how sequences for them are chosen: by fixed seeds, or by an explorer.

Runs in the interpreter under test: stdlib only, syntax of Python 3.8.
"""

from __future__ import annotations

from random import Random

from conformance.models.actors import Stage
from conformance.models.queueing import Duties, Line, Row
from conformance.models.sequential import Player
from conformance.models.synchronisation import Counter, Flag, Gathering, Meeting, Owned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Sequence, Tuple

    from conformance.models.sequential import Model
    from conformance.subject import Subject

    Maker = Callable[[Subject], Tuple[Any, Model]]

_STEPS = 50


def _counter(kind: str, value: int, *, bounded: bool) -> Maker:
    return lambda mp: (getattr(mp, kind)(value), Counter(value, most=value if bounded else None))


def _barrier(parties: int) -> Maker:
    return lambda mp: (mp.Barrier(parties), Gathering(parties))


def _queue(size: int) -> Maker:
    return lambda mp: (mp.Queue(size), Line(size))


def _joinablequeue(size: int) -> Maker:
    return lambda mp: (mp.JoinableQueue(size), Duties(size))


MAKERS: Dict[str, List[Maker]] = {
    "lock": [lambda mp: (mp.Lock(), Counter(1, most=1, tells=False))] * 3,
    "rlock": [lambda mp: (mp.RLock(), Owned())] * 3,
    "semaphore": [_counter("Semaphore", value, bounded=False) for value in (0, 1, 3)],
    "boundedsemaphore": [_counter("BoundedSemaphore", value, bounded=True) for value in (1, 2)],
    "event": [lambda mp: (mp.Event(), Flag())] * 2,
    "condition": [lambda mp: (mp.Condition(), Meeting()), lambda mp: (mp.Condition(mp.Lock()), Meeting())],
    "barrier": [_barrier(parties) for parties in (2, 3, 1)],
    "queue": [_queue(size) for size in (0, 1, 3)],
    "joinablequeue": [_joinablequeue(size) for size in (0, 2)],
    "simplequeue": [lambda mp: (mp.SimpleQueue(), Row())] * 2,
}
"""For each subject the objects that are played on, with the models of their own."""


def play(mp: Subject, name: str, children: int = 2) -> None:
    """Play a sequence of operations, by a thread and some children, on each of the objects called `name`.

    The sequences are the same in each run: a spec must not pass on one day and fail on the next.
    Raises:
        Deviation: an outcome that the model does not allow, or none at all.
    """
    pairs = [make(mp) for make in MAKERS[name]]
    with Stage(mp, [thing for thing, _ in pairs], children) as stage:
        for index, (_, model) in enumerate(pairs):
            Player(stage, index, model, Random(index).choice, mp.strict).play(_STEPS)


def walk(mp: Subject, name: str, kind: int, choices: Sequence[int]) -> None:
    """Play the sequence that `choices` decide, two numbers an operation, on the object number `kind` called `name`.

    Raises:
        Deviation: as `play`.
    """
    thing, model = MAKERS[name][kind % len(MAKERS[name])](mp)
    left = list(choices)

    def choose(options: Sequence[Any]) -> Any:
        return options[left.pop(0) % len(options)]

    with Stage(mp, [thing], children=3) as stage:
        Player(stage, 0, model, choose, mp.strict).play(len(left) // 2)
