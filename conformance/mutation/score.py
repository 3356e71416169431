"""What `mutate` prints: the share of mutants that the specs notice, by file, and those that they do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.continued import Row
from conformance.mutation.equivalents import Equivalent, reason_for
from conformance.mutation.judging import NO_PROGRAM, SURVIVED, UNTOUCHED

_MISSED = (SURVIVED, UNTOUCHED)


@dataclass(frozen=True)
class Score:
    """How many mutants there are of each kind.

    failed: noticed by FAIL. otherwise: noticed by a hang, a crash or a leak. set_aside: no spec can notice them.
    """

    failed: int = 0
    otherwise: int = 0
    missed: int = 0
    set_aside: int = 0

    @property
    def total(self) -> int:
        """Those that could be noticed."""
        return self.failed + self.otherwise + self.missed

    @property
    def percent(self) -> float:
        """What part of them is."""
        return 100 * (self.failed + self.otherwise) / self.total if self.total else 100.0


def score(base: str, rows: Iterable[Row], known: Sequence[Equivalent]) -> Score:
    """Count `rows`."""
    counts: Counter[str] = Counter()
    for row in rows:
        verdict = row["verdict"]
        if verdict == "FAIL":
            counts["failed"] += 1
        elif verdict not in (*_MISSED, NO_PROGRAM):
            counts["otherwise"] += 1
        elif verdict == NO_PROGRAM or reason_for(base, row, known):
            counts["set_aside"] += verdict != NO_PROGRAM
        else:
            counts["missed"] += 1
    return Score(**counts)


def print_score(base: str, rows: Sequence[Row], known: Sequence[Equivalent], console: Console) -> Score:
    """Print a line for each file, and one for all."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("file", no_wrap=True)
    for name in ("mutants", "FAIL", "else", "missed", "aside", "noticed"):
        table.add_column(name, justify="right", no_wrap=True)
    files = sorted({row["file"] for row in rows})
    every = score(base, rows, known)
    for name, mine in [(file, score(base, (r for r in rows if r["file"] == file), known)) for file in files]:
        table.add_row(name, *_numbers(mine))
    table.add_section()
    table.add_row("all", *_numbers(every), style="bold")
    console.print(table)
    seconds = sum(row["seconds"] for row in rows)
    console.print(
        f"{every.percent:.1f} % of {every.total} mutants noticed: {every.failed} by FAIL, {every.otherwise} by a hang, "
        f"a crash or a leak; {every.missed} not. {every.set_aside} cannot be noticed and are set aside. "
        f"Judged in {seconds:.0f} s."
    )
    return every


def _numbers(mine: Score) -> list[str]:
    numbers = (mine.total, mine.failed, mine.otherwise, mine.missed, mine.set_aside)
    return [*(str(number) if number else "" for number in numbers), f"{mine.percent:.0f} %" if mine.total else ""]


def print_survivors(base: str, rows: Iterable[Row], known: Sequence[Equivalent], console: Console) -> None:
    """Print each mutant that was not noticed: the place, the line, what it became."""
    for row in sorted(rows, key=lambda row: (row["file"], row["line"])):
        if row["verdict"] not in _MISSED or reason_for(base, row, known):
            continue
        why = f"{row['shown']} of {row['of']} specs that run it" if row["of"] else "no spec runs it"
        place = f"{row['file']}:{row['line']} {row['inside']} {row['operator']} ({why})"
        console.print(Text(place, style="bold"), soft_wrap=True)
        console.print(Text(f"  - {row['before']}", style="red"), soft_wrap=True)
        console.print(Text(f"  + {row['after']}", style="green"), soft_wrap=True)


def wrongly_set_aside(base: str, rows: Iterable[Row], known: Sequence[Equivalent]) -> list[Row]:
    """Mutants that a spec notices though an entry says that none can."""
    return [row for row in rows if row["verdict"] not in (*_MISSED, NO_PROGRAM) and reason_for(base, row, known)]
