"""`conformance mutate`: how many small random faults the specs notice."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from conformance.broken import overlay
from conformance.broken.prove import Bench, set_up
from conformance.clocks import PATIENCE_VARIABLE
from conformance.crew import Crew
from conformance.load import processors
from conformance.matrix import Cell
from conformance.misuse import Misuse
from conformance.mutation import equivalents, mutants, touches
from conformance.mutation.hunt import Hunt
from conformance.mutation.incumbent import Incumbent
from conformance.mutation.journal import Journal, source_mark
from conformance.mutation.judging import SURVIVED, UNTOUCHED, Catch
from conformance.mutation.mutants import Mutant
from conformance.mutation.score import print_score, print_survivors, wrongly_set_aside
from conformance.mutation.touches import Ledger, Touches
from conformance.status import AS_EXPECTED, DEVIATES

_PATIENCE = "4"
"""Seconds, unscaled: what has not happened by then on a mutant will not happen."""
Item = TypeVar("Item")


def run(options: dict[str, Any]) -> int:
    """Do what the command of the same name asks for."""
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, signal.default_int_handler)
    try:
        with Crew(options["jobs"] or 2 * processors()) as crew:
            (bench,) = set_up(crew, [options["base"]], options["python"], lambda target, python: None)
            return _mutate(crew, bench, options)
    except KeyboardInterrupt:
        raise Misuse("interrupted; with --out, the same command goes on from here") from None


def _mutate(crew: Crew, bench: Bench, options: dict[str, Any]) -> int:
    out: Path | None = options["out"]
    files = mutants.find_files(bench.package, bench.base, options["modules"])
    chosen = mutants.sample(list(mutants.mutants(bench.package, files)), options["sample"], options["seed"])
    if options["lay"] is not None:
        return _lay(bench, chosen, options["lay"])
    known = equivalents.read()
    everything = mutants.find_files(bench.package, bench.base)
    header = {
        **({"judge": "CPython's own tests"} if options["incumbent"] else {}),
        "base": bench.base,
        "python": bench.candidate.facts["python"],
        "source": source_mark(bench.package, everything),
    }
    front = Console(stderr=True, highlight=False)
    with Journal(out, header) as journal:
        again = (SURVIVED, UNTOUCHED) if options["again"] else ()
        todo = [mutant for mutant in chosen if _is_open(journal, mutant, again)]
        if todo and options["incumbent"]:
            for catch in _shown(_incumbent(crew, bench, todo, header, options), len(todo), "mutants", front):
                journal.add(catch.as_dict())
        elif todo:
            cells = touches.all_cells(bench, options["methods"], options["subjects"])
            found = _touches(crew, bench, cells, out, front)
            os.environ.setdefault(PATIENCE_VARIABLE, _PATIENCE)
            hunt = Hunt(bench, found, cells, options["most"])
            hunt.remember(journal.rows)
            for catch in _shown(hunt.catches(crew, todo), len(todo), "mutants", front):
                journal.add(catch.as_dict())
        rows = [row for mutant in chosen if (row := journal.get(mutant.key)) is not None]
    console = Console(highlight=False)
    every = print_score(bench.base, rows, known, console)
    if options["show_survivors"]:
        print_survivors(bench.base, rows, known, console)
    for row in wrongly_set_aside(bench.base, rows, known):
        # It may be that others of its kind cannot; who minds the list shall look.
        place = f"{row['file']}:{row['line']} {row['before']}"
        console.print(Text(f"set aside, and noticed by {row['spec']}: {place}", style="dim"), soft_wrap=True)
    return DEVIATES if every.percent < options["fail_under"] else AS_EXPECTED


def _incumbent(
    crew: Crew, bench: Bench, todo: Sequence[Mutant], header: dict[str, str], options: dict[str, Any]
) -> Iterator[Catch]:
    """The same mutants, shown to CPython's own tests."""
    out: Path | None = options["out"]
    methods = options["methods"] or bench.candidate.methods
    with Incumbent(bench, crew.scale) as incumbent:
        with Journal(None if out is None else out.with_suffix(".touches.jsonl"), header) as journal:
            incumbent.learn(crew, methods, journal)
        yield from incumbent.catches(crew, todo)


def _is_open(journal: Journal, mutant: Mutant, again: tuple[str, ...]) -> bool:
    row = journal.get(mutant.key)
    return row is None or row["verdict"] in again


def _touches(crew: Crew, bench: Bench, cells: list[Cell], out: Path | None, front: Console) -> Touches:
    """Which cells run which lines: as kept beside `out`, or found out now."""
    with Ledger(None if out is None else out.with_suffix(".touches.jsonl"), bench) as ledger:
        missing = [cell for cell in cells if ledger.is_missing(cell)]
        columns = (BarColumn(bar_width=30), MofNCompleteColumn(), TextColumn("cells traced"), TimeElapsedColumn())
        with Progress(*columns, console=front, transient=True, disable=not front.is_terminal) as progress:
            task = progress.add_task("", total=len(missing))
            touches.record(crew, bench, missing, ledger, lambda: progress.advance(task))
        return ledger.touches(cells)


def _shown(items: Iterable[Item], total: int, what: str, front: Console) -> Iterator[Item]:
    columns = (BarColumn(bar_width=30), MofNCompleteColumn(), TextColumn(what), TimeElapsedColumn())
    with Progress(*columns, console=front, transient=True, disable=not front.is_terminal) as progress:
        task = progress.add_task("", total=total)
        for item in items:
            progress.advance(task)
            yield item


def _lay(bench: Bench, chosen: list[Mutant], place: Path) -> int:
    """Write each mutant into a directory of its own, for other suites to be tried on."""
    place.mkdir(parents=True, exist_ok=True)
    count = 0
    for mutant in chosen:
        made = mutants.apply(bench.package, mutant)
        if made is not None:
            count += 1
            overlay.replace(bench.package, place / mutant.key.replace("/", ".").replace(":", "-"), mutant.file, made[0])
    click.echo(f"{count} mutants of {bench.base} laid in {place}")
    return AS_EXPECTED
