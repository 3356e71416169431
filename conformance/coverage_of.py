"""How much of the catalogue the specs cover: by subject and level, and what is left.

A requirement is covered when a spec declares it, untestable when the catalogue says why no spec can check it, or
else uncovered. What is still to come (`core.LATER`) is shown apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance import catalogue
from conformance.catalogue import LEVELS, Catalogue, Requirement
from conformance.core import LATER, core_subjects
from conformance.inventory import by_requirement
from conformance.report.marks import Marks
from conformance.status import AS_EXPECTED, DEVIATES


@dataclass(frozen=True)
class Count:
    """How many requirements there are of each kind."""

    covered: int = 0
    untestable: int = 0
    uncovered: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.covered + self.untestable + self.uncovered

    @property
    def percent(self) -> float:
        """What part of those that can be tested is covered."""
        testable = self.covered + self.uncovered
        return 100 * self.covered / testable if testable else 100.0


def kind(row: Requirement, specified: Collection[str]) -> str:
    """The name of the field of `Count` in which `row` is counted. specified: ids that have a spec."""
    if row.id in specified:
        return "covered"
    return "untestable" if row.untestable else "uncovered"


def count(rows: Iterable[Requirement], specified: Collection[str]) -> Count:
    """Count `rows`."""
    return Count(**Counter(kind(row, specified) for row in rows))


def print_coverage(ids: Catalogue, specified: Collection[str], console: Console) -> None:
    """Print a line for each subject, and one for each level in all."""
    marks, core = Marks.of(console), core_subjects(ids)
    levels = [level for level in LEVELS if any(row.level == level and row.subject in core for row in ids.values())]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("subject", no_wrap=True)
    for level in levels:
        table.add_column(level, no_wrap=True)
    for subject in core:
        table.add_row(subject, *(_box(count(_of(ids, [subject], level), specified), marks) for level in levels))
    table.add_section()
    table.add_row("all", *(_box(count(_of(ids, core, level), specified), marks) for level in levels), style="bold")
    console.print(table)
    legend = Text("1 covered", style="green").append(f"  {marks.unsupported}1 cannot be tested", style="dim")
    console.print(legend.append(f"  {marks.unexpected}1 uncovered", style="bold red"))
    for level in levels:
        mine = count(_of(ids, core, level), specified)
        said = f"{level}: {mine.covered} of {mine.total - mine.untestable} covered ({mine.percent:.1f} %)"
        console.print(f"{said}, {mine.untestable} cannot be tested.")
    later = [(name, count(_of(ids, [name], None), specified)) for name in LATER if name in ids.subjects]
    if later:
        said = ", ".join(f"{name} {each.covered} of {each.total}" for name, each in later)
        console.print(Text(f"Not yet of the core: {said}.", style="dim"), soft_wrap=True)


def _of(ids: Catalogue, subjects: Collection[str], level: str | None) -> list[Requirement]:
    return [row for row in ids.values() if row.subject in subjects and level in (None, row.level)]


def _box(mine: Count, marks: Marks) -> Text:
    if not mine.total:
        return Text(marks.nothing, style="dim")
    text = Text(str(mine.covered), style="green" if not mine.uncovered else "")
    if mine.untestable:
        text.append(f" {marks.unsupported}{mine.untestable}", style="dim")
    if mine.uncovered:
        text.append(f" {marks.unexpected}{mine.uncovered}", style="bold red")
    return text


def uncovered_musts(ids: Catalogue, specified: Collection[str]) -> list[str]:
    """The ids of what the core must have a spec of and has not."""
    rows = _of(ids, core_subjects(ids), "MUST")
    return [row.id for row in rows if kind(row, specified) == "uncovered"]


@click.command("coverage")
@click.option("--check", is_flag=True, help="Fail, and name it, when a MUST of the core is uncovered.")
def command(check: bool) -> int:
    """Show how much of the catalogue the specs cover."""
    ids, specified, console = catalogue.load(), by_requirement(), Console(highlight=False)
    print_coverage(ids, specified, console)
    left = uncovered_musts(ids, specified) if check else []
    for id_ in left:
        console.print(Text(f"{Marks.of(console).unexpected} uncovered MUST: {id_}", style="bold red"), soft_wrap=True)
    return DEVIATES if left else AS_EXPECTED
