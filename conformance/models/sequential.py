"""Play a random sequence of operations on an object and on its model, and compare each outcome.

Each operation ends, or is seen to block, before the next begins: so a model needs to know nothing of
concurrency. Runs in the interpreter under test: stdlib only, syntax of Python 3.8.
"""

from __future__ import annotations

import contextlib

from conformance.clocks import eventually, never
from conformance.models.actors import GIVES, RAISES, Stage
from conformance.subject import Deviation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Sequence, Tuple

    from conformance.models.actors import Outcome

    Deed = Tuple[str, Tuple[Any, ...]]
    Release = Tuple[int, List[int], List[Outcome]]

BLOCKS = ("blocks", None)
"""The outcome of an operation that waits for another."""


class Model:
    """What a correct object does; one for each sequence. Subclasses know the state.

    waiting: the operation of each actor that blocks.
    """

    def __init__(self) -> None:
        self.waiting: Dict[int, Deed] = {}

    def deeds(self, actor: int) -> List[Deed]:
        """Operations of which one may come next by `actor`."""
        raise NotImplementedError

    def expect(self, actor: int, deed: Deed) -> List[Outcome]:
        """The outcomes that are allowed now, `BLOCKS` among them."""
        raise NotImplementedError

    def note(self, actor: int, deed: Deed, outcome: Outcome) -> None:
        """`deed` had `outcome`, which was allowed; one that blocked is noted when it goes on."""

    def has_begun(self, thing: Any) -> bool:
        """Whether the object itself shows that all those wait in it that should, where that matters."""
        return True

    def released(self) -> Release:
        """How many of which blocked operations must go on now, and the outcomes that each may have."""
        return 0, [], []

    def relief(self, free: Sequence[int]) -> Tuple[int, Deed]:
        """An operation by one of the actors that are free after which some blocked one can go on, sooner or later."""
        raise NotImplementedError


class Player:
    """Plays one sequence on object number `index` of a stage.

    choose: decides the sequence: picks one of several. strict: whether exceptions must be of the model's class.
    """

    def __init__(
        self, stage: Stage, index: int, model: Model, choose: Callable[[Sequence[Any]], Any], strict: bool
    ) -> None:
        self._stage = stage
        self._thing = stage.objects[index]
        self._index = index
        self._model = model
        self._choose = choose
        self._strict = strict
        self._story: List[str] = []

    def play(self, steps: int) -> None:
        """Play `steps` operations, and those that end what blocks then.

        Raises:
            Deviation: an outcome that the model does not allow, or none at all.
        """
        for _ in range(steps):
            actor = self._choose(self._stage.free)
            self._step(actor, self._choose(self._model.deeds(actor)))
        self._watch()
        while self._model.waiting:
            self._step(*self._model.relief(self._stage.free))
            # The next relief would excuse whoever goes on too early.
            self._watch()

    def _step(self, actor: int, deed: Deed) -> None:
        allowed = self._model.expect(actor, deed)
        if BLOCKS not in allowed:
            self._settle(actor, deed, allowed, self._perform(actor, deed))
        elif len(self._stage.free) > 1:
            self._begin(actor, deed)
        self._go_on()

    def _perform(self, actor: int, deed: Deed) -> Outcome:
        try:
            return self._stage.perform(actor, (self._index, *deed))
        except AssertionError as error:
            raise Deviation(
                "an outcome of {}".format(_deed(actor, deed)), str(error), "after {}".format(self._told())
            ) from error

    def _begin(self, actor: int, deed: Deed) -> None:
        self._stage.begin(actor, (self._index, *deed))
        self._story.append(_deed(actor, deed) + " blocks")
        self._model.waiting[actor] = deed
        eventually(lambda: self._model.has_begun(self._thing), "the beginning of " + _deed(actor, deed))

    def _settle(self, actor: int, deed: Deed, allowed: Sequence[Outcome], outcome: Outcome) -> None:
        """Hold an outcome against the allowed ones."""
        if not any(self._is_alike(outcome, other) for other in allowed):
            wanted = " or ".join("{} {!r}".format(*other) for other in allowed)
            told = "after {}: {}".format(self._told(), _deed(actor, deed))
            raise Deviation(wanted, "{} {!r}".format(*outcome), told)
        self._story.append("{}: {!r}".format(_deed(actor, deed), outcome[1]))
        self._model.note(actor, deed, outcome)

    def _is_alike(self, outcome: Outcome, other: Outcome) -> bool:
        if outcome[0] == other[0] == RAISES and not self._strict:
            return True
        return outcome == other and type(outcome[1]) is type(other[1])

    def _go_on(self) -> None:
        """See those blocked operations end that must, and no other."""
        count, actors, allowed = self._model.released()
        for _ in range(count):
            try:
                actor = self._stage.ended(actors, wait=True)[0]
            except AssertionError as error:
                raise Deviation("{} of the blocked to go on".format(count), "none", "after " + self._told()) from error
            deed = self._model.waiting.pop(actor)
            actors.remove(actor)
            self._settle(actor, deed, allowed, self._stage.outcome(actor))
            allowed = self._model.released()[2] or allowed
        self._nobody_else()

    def _watch(self) -> None:
        """Give whoever goes on though nothing should have woken him a moment to say so."""
        if self._model.waiting:
            with contextlib.suppress(AssertionError):
                never(lambda: self._stage.ended(self._model.waiting), "the end of what blocks")
        self._nobody_else()

    def _nobody_else(self) -> None:
        early = self._stage.ended(self._model.waiting)
        if early:
            told = "after {}: {}".format(self._told(), _deed(early[0], self._model.waiting[early[0]]))
            raise Deviation("blocks", "{} {!r}".format(*self._stage.outcome(early[0])), told)

    def _told(self) -> str:
        return "; ".join(self._story[-12:]) or "nothing"


def _deed(actor: int, deed: Deed) -> str:
    return "actor {}: {}({})".format(actor, deed[0], ", ".join(map(repr, deed[1])))


def gives(value: Any) -> Outcome:
    """The outcome of an operation that returns `value`."""
    return GIVES, value


def raises(name: str) -> Outcome:
    """The outcome of an operation that raises an exception whose class has this name."""
    return RAISES, name
