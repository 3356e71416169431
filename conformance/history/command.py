"""`conformance history`: print the defects on record, look again at one implementation, or show one by itself."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.crew import Crew
from conformance.history import recheck, record, reproduction
from conformance.history.record import Defect, briefly
from conformance.isolation import Isolation
from conformance.load import processors
from conformance.matrix import Candidate
from conformance.misuse import Misuse
from conformance.status import AS_EXPECTED, DEVIATES
from conformance.target import resolve

PAGE = Path(__file__).parent.with_name("HISTORY.md")


@click.command("history")
@click.argument("target", default="stdlib")
@click.option("--check", is_flag=True, help="Look again at what is said of TARGET under the interpreter.")
@click.option("--python", metavar="PATH", help="The interpreter; default: the running one.")
@click.option("--reproduce", metavar="ID", help="Print a command that shows the defect ID without the suite.")
@click.option("--markdown", is_flag=True, help="Print the page that the docs have of it.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Defects at the same time; default: one a core.")
def command(
    target: str, check: bool, python: str | None, reproduce: str | None, markdown: bool, jobs: int | None
) -> int:
    """Print the defects that the suite rediscovers, where each shows and where it is gone."""
    defects = record.read()
    if reproduce is not None:
        return _reproduce(record.find(defects, reproduce), python or "python")
    if check:
        for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            signal.signal(number, signal.default_int_handler)
        with Crew(jobs or processors()) as crew:
            return _check(crew, defects, recheck.candidate_for(crew, target, python), Console(highlight=False))
    if markdown:
        click.echo(page(defects), nl=False)
        return AS_EXPECTED
    _print(defects, Console(highlight=False))
    return AS_EXPECTED


def _reproduce(defect: Defect, python: str) -> int:
    if not defect.reproduce:
        raise Misuse(f"{defect.id} has no program of its own; `conformance history --check` shows it")
    module = resolve(defect.seen[0].partition(" ")[0]).module
    click.echo(f"# {defect.defect}\n# status 1: {briefly(defect.seen)}\n# status 0: {briefly(defect.gone)}")
    click.echo(reproduction.command(defect, module, python))
    return AS_EXPECTED


def _check(crew: Crew, defects: Sequence[Defect], candidate: Candidate, console: Console) -> int:
    """Run what the record says of `candidate`, by the specs and by the programs; say what is not as it says."""
    name = recheck.name_of(candidate)
    mine = [defect for defect in defects if name in (*defect.seen, *defect.gone)]
    if not mine:
        raise Misuse(f"nothing is on record of {name}")
    wrong = 0
    for sight in recheck.look(crew, candidate, mine):
        defect = sight.defect
        what = f"{sight.verdict}, by {defect.requirement}"
        if not sight.confirms(name):
            wrong += 1
            console.print(Text(f"✗ {defect.id}: {what}: {sight.got}", style="red"), soft_wrap=True)
            continue
        console.print(Text(f"{'seen' if name in defect.seen else 'gone'} {defect.id}: {what}"), soft_wrap=True)

    def shows_it(isolation: Isolation, defect: Defect) -> bool:
        return reproduction.shows(defect, candidate.target.module, candidate.python, candidate.path)

    for defect, shows in crew.map(shows_it, [defect for defect in mine if defect.reproduce]):
        if shows != (name in defect.seen):
            wrong += 1
            told = "shows it" if shows else "does not show it"
            console.print(Text(f"✗ {defect.id}: its program {told}", style="red"), soft_wrap=True)
    count = sum(name in defect.seen for defect in mine)
    console.print(f"{name}: {count} defects on record, {len(mine) - count} gone; {wrong} not as the record says")
    return DEVIATES if wrong else AS_EXPECTED


def _print(defects: Sequence[Defect], console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("defect", "requirement", "seen in", "gone in"):
        table.add_column(name)
    for defect in defects:
        told = f"{defect.id}\n{defect.defect}" + (f"\n{defect.tracker}" if defect.tracker else "")
        table.add_row(told, defect.requirement, briefly(defect.seen), briefly(defect.gone))
    console.print(table)
    short = sum(bool(defect.reproduce) for defect in defects)
    console.print(f"{len(defects)} defects, {short} of them with a program that shows them without the suite")


def page(defects: Sequence[Defect]) -> str:
    """The record as a page."""
    lines = [
        "# Defects that the suite rediscovers",
        "",
        "Each was seen where it is said to be, and its requirement was seen to be met where it is said to be gone.",
        "`conformance history --check [TARGET] --python PATH` looks again at what is said of one implementation;",
        "for those marked ▸, `conformance history --reproduce ID` prints a command that shows it without the suite.",
        "The record itself is [defects.toml](history/defects.toml).",
        "",
        "| defect | requirement | seen in | gone in |",
        "|---|---|---|---|",
    ]
    for defect in defects:
        mark = "▸ " if defect.reproduce else ""
        link = f"[{defect.id}]({defect.tracker})" if defect.tracker else defect.id
        told = f"{mark}{link}: {defect.defect}".replace("|", "\\|")
        lines.append(f"| {told} | `{defect.requirement}` | {briefly(defect.seen)} | {briefly(defect.gone)} |")
    return "\n".join(lines) + "\n"
