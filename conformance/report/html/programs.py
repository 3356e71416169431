"""What the page needs to compose, for each cell that it tells of, the program that plays it without the suite.

Each text once: hundreds of specs use the same few rooms of the suite. Below: `reproduction`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.inventory import entries
from conformance.misuse import Misuse
from conformance.reproduction import TAIL, TARGET, program, subjected
from conformance.store import Record
from conformance.target import resolve


class _Pieces:
    """Texts by number, each once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def numbers(self, pieces: Iterable[str]) -> list[int]:
        return [self._numbers.setdefault(piece, len(self._numbers)) for piece in pieces]

    def listed(self) -> list[str]:
        return list(self._numbers)


def programs(record: Record, specs: Mapping[str, int]) -> dict[str, Any]:
    """The data for the programs of `specs`, which are by name: their places in the page.

    A spec that the suite has no more gets none.
    """
    pieces = _Pieces()
    known = {}
    for entry in entries():
        place = specs.get(entry.spec.name)
        if place is not None:
            one = program(entry)
            known[str(place)] = {"opening": one.opening, "case": one.case, "pieces": pieces.numbers(one.pieces)}
    targets = {}
    for candidate in record.candidates:
        try:
            target = resolve(candidate.get("origin", candidate["target"]))
        except Misuse:
            continue  # The file that describes it is not there any more.
        whom = subjected(target, tuple(candidate.get("checkouts", ())))
        targets[candidate["target"]] = {
            "module": whom.module,
            "case": whom.case,
            "pieces": pieces.numbers(whom.pieces),
        }
    return {"specs": known, "targets": targets, "pieces": pieces.listed(), "mark": TARGET, "tail": TAIL}
