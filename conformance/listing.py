"""What `list` and `explain` print: the catalogue beside the specs that check it."""

from __future__ import annotations

import difflib

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance import catalogue
from conformance.inventory import by_requirement
from conformance.misuse import Misuse


def print_list(subjects: tuple[str, ...], levels: tuple[str, ...], covered: bool | None, console: Console) -> None:
    """Print the requirements of `subjects` and `levels` (empty: all).

    covered: only those that have a spec, or have none; None: both.
    Raises:
        Misuse: an unknown subject or level.
    """
    ids, specs = catalogue.load(), by_requirement()
    ids.check_choice(subjects, levels)
    chosen = [
        row
        for row in ids.values()
        if (not subjects or row.subject in subjects)
        and (not levels or row.level in levels)
        and covered in (None, row.id in specs)
    ]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("requirement", no_wrap=True)
    table.add_column("level", no_wrap=True)
    table.add_column("specs", justify="right")
    table.add_column("statement", ratio=1)
    for row in chosen:
        count = len(specs.get(row.id, ()))
        style = "" if count else "dim"
        table.add_row(row.id, row.level, str(count) if count else "-", row.statement, style=style)
    console.print(table)
    checked = sum(row.id in specs for row in chosen)
    console.print(f"{len(chosen)} requirements, {checked} of them checked by specs")


def print_explanation(id: str, console: Console) -> None:  # noqa: A002 - what it is called everywhere
    """Print what the requirement `id` demands and how it is checked.

    Raises:
        Misuse: there is none of that id; names those that are alike.
    """
    ids = catalogue.load()
    row = ids.get(id)
    if row is None:
        alike = difflib.get_close_matches(id, ids, n=3)
        raise Misuse(f"no requirement {id!r}" + (f"; did you mean {' or '.join(alike)}?" if alike else ""))
    console.print(Text(row.id, style="bold cyan"))
    console.print(Text(row.statement, style="bold"), end="\n\n")
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    for name, text in (
        ("subject", row.subject),
        ("level", row.level),
        ("holds", row.conditions or "everywhere"),
        ("source", row.source),
        ("to be seen", row.observable),
    ):
        facts.add_row(name, Text(text))
    for entry in by_requirement().get(id, ()):
        facts.add_row("spec", Text(f"{entry.spec.name}, line {entry.line}\n{entry.sentence}"))
        if entry.spec.declaration.needs:
            facts.add_row("needs", Text(", ".join(entry.spec.declaration.needs)))
        facts.add_row("run it", Text(f"python -m conformance run stdlib -k {entry.spec.function}"))
        facts.add_row(
            "without the suite",
            Text(f"python -m conformance reproduce stdlib --method spawn -k {entry.spec.function} --out see.py"),
        )
    console.print(facts)
    if id not in by_requirement():
        said = f"No spec can check it: {row.untestable}." if row.untestable else "No spec checks it yet."
        console.print(Text(said, style="yellow"))
