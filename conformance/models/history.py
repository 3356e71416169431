"""Judge the history of what several processes did at the same time: could a correct object have given it?

An operation took effect at some moment between its start and its end, which are all that is known. So a rule is
broken only where no choice of moments would keep it; a correct object is never accused, however unlucky the
timing. Moments are those of the monotonic clock, which all processes of a machine share.
Runs in the interpreter under test: stdlib only, syntax of Python 3.8.
"""

from __future__ import annotations

from conformance.subject import Deviation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Sequence, Tuple

    Span = Tuple[float, float]
    """Start and end."""
    Done = Tuple[Any, Span]
    """The item that was put or taken, or what was returned; and when."""


def check_delivery(puts: Iterable[Done], takes: Iterable[Done]) -> None:
    """Every item put was taken once, and not before its putting began. Items are hashable and differ.

    Raises:
        Deviation: as all checks here.
    """
    put_at = dict(puts)
    taken_at: Dict[Any, Span] = {}
    for item, span in takes:
        if item not in put_at:
            raise Deviation("only what was put", "{!r} was taken".format(item))
        if item in taken_at:
            raise Deviation("each item once", "{!r} was taken twice".format(item))
        taken_at[item] = span
        if span[1] < put_at[item][0]:
            raise Deviation("items after they were put", "{!r} was taken before".format(item))
    lost = [item for item in put_at if item not in taken_at]
    if lost:
        raise Deviation("all items", "{} of {} were lost, the first {!r}".format(len(lost), len(put_at), lost[0]))


def check_order(puts: Iterable[Done], takes: Iterable[Done]) -> None:
    """What was certainly put earlier was not certainly taken later. For one producer, or a strict queue."""
    taken_at = dict(takes)
    line = sorted((span, item) for item, span in puts if item in taken_at)
    # Among all that was put before, by the end of its putting, the latest start of a taking.
    ended = sorted((span[1], item) for span, item in line)
    latest, latest_item, position = float("-inf"), None, 0
    for span, item in line:
        while position < len(ended) and ended[position][0] < span[0]:
            other = ended[position][1]
            if taken_at[other][0] > latest:
                latest, latest_item = taken_at[other][0], other
            position += 1
        if taken_at[item][1] < latest:
            raise Deviation("{!r} before {!r}".format(latest_item, item), "they were taken in the opposite order")


def check_bound(puts: Iterable[Done], takes: Iterable[Done], size: int) -> None:
    """At no moment were there certainly more than `size` items that had been put and not been taken."""
    moments = [(span[1], 1) for _, span in puts] + [(span[0], -1) for _, span in takes]
    count = 0
    for _, change in sorted(moments):
        count += change
        if count > size:
            raise Deviation("at most {} items at a time".format(size), "{} items".format(count))


def check_exclusion(stays: Iterable[Span], most: int = 1) -> None:
    """At no moment were more than `most` inside. stays: from after the entry to before the leave."""
    moments = [moment for enter, leave in stays for moment in ((enter, 1), (leave, -1))]
    count = 0
    # A leave and an entry at the same moment may have come in this order.
    for _, change in sorted(moments):
        count += change
        if count > most:
            raise Deviation("at most {} inside at a time".format(most), "{} were inside".format(count))


def check_generations(waits: Sequence[Sequence[Done]], parties: int) -> None:
    """In each generation nobody left before all had come, each with a number of its own.

    waits: for each party its waits, in order.
    """
    for number, generation in enumerate(zip(*waits)):
        told = "in generation {}".format(number)
        if min(span[1] for _, span in generation) < max(span[0] for _, span in generation):
            raise Deviation("all come before one goes", "one went early", told)
        indices = sorted(index for index, _ in generation)
        if indices != list(range(parties)):
            raise Deviation("the numbers below {}".format(parties), repr(indices), told)


def by_producer(done: Iterable[Done]) -> Dict[Any, List[Done]]:
    """What was done with the items of each producer; items are pairs of producer and number."""
    parts: Dict[Any, List[Done]] = {}
    for item, span in done:
        parts.setdefault(item[0], []).append((item, span))
    return parts
