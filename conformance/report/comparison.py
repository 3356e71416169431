"""Where two records, or two targets of one, differ. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.misuse import Misuse
from conformance.outcome import Verdict
from conformance.store import Record, Row

_GOOD = (Verdict.PASS, Verdict.UNSUPPORTED)
NOTHING = "(not there)"


@dataclass(frozen=True)
class Change:
    """One cell that differs. place: interpreter, start method and spec. before, after: verdicts, or `NOTHING`."""

    place: str
    requirement: str
    before: str
    after: str

    @property
    def is_worse(self) -> bool:
        """Whether a requirement that was met is not met any more."""
        return self.before in _GOOD and self.after not in (*_GOOD, NOTHING)


def changes(before: Record, after: Record, old: str | None = None, new: str | None = None) -> list[Change]:
    """The cells in which `after` differs from `before`.

    old, new: compare this target of the one with that of the other, instead of each target with itself.
    Raises:
        Misuse: a record has no such target.
    """
    left, right = _cells(before, old), _cells(after, new)
    found = []
    for place in dict.fromkeys([*left, *right]):
        one, other = left.get(place), right.get(place)
        verdicts = [NOTHING if row is None else str(row.verdict) for row in (one, other)]
        if verdicts[0] != verdicts[1]:
            row = one or other
            assert row is not None
            found.append(Change(" ".join(filter(None, place)), row.requirement, *verdicts))
    return found


def _cells(record: Record, target: str | None) -> dict[tuple[str, ...], Row]:
    rows = [row for row in record.rows if target in (None, row.target)]
    if not rows:
        raise Misuse(f"the record has no target {target!r}" if target else "the record has no cells")
    return {("" if target else row.target, row.implementation, row.python, row.method, row.spec): row for row in rows}
