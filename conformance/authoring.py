"""`conformance new` and `conformance lint`: what authors of specs need."""

from __future__ import annotations

import difflib
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from conformance import catalogue
from conformance.inventory import FOLDER, by_requirement
from conformance.lint import RULES, lint
from conformance.misuse import Misuse
from conformance.report.marks import Marks
from conformance.scaffold import add, home
from conformance.status import AS_EXPECTED, DEVIATES


@click.command("new")
@click.argument("id_", metavar="ID")
@click.option("--file", "path", type=click.Path(path_type=Path), metavar="FILE", help="Write it there.")
def new(id_: str, path: Path | None) -> int:
    """Begin a spec for the requirement ID: a function that says what is to be shown, and fails."""
    ids = catalogue.load()
    row = ids.get(id_)
    if row is None:
        alike = difflib.get_close_matches(id_, ids, n=3)
        raise Misuse(f"no requirement {id_!r}" + (f"; did you mean {' or '.join(alike)}?" if alike else ""))
    others = by_requirement().get(id_, [])
    place = path or home(row, FOLDER)
    try:
        name, line = add(row, place)
    except OSError as error:
        raise Misuse(f"cannot write {place}: {error.strerror}") from error
    click.echo(f"{place}:{line}: {name}")
    for entry in others:
        click.echo(f"also checked by {entry.spec.name}, line {entry.line}")
    click.echo(f"try it: python -m conformance run stdlib reference -k {name}")
    click.echo(f"then:   python -m conformance lint {place}; python -m conformance admit {name}")
    return AS_EXPECTED


@click.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="[FILE]...")
@click.option("--rules", is_flag=True, help="Only list the rules.")
def lint_specs(paths: tuple[Path, ...], rules: bool) -> int:
    """Hold specs to the rules for specs: those in each FILE, or all."""
    console = Console(highlight=False)
    if rules:
        for rule in RULES.values():
            console.print(Text(rule.name, style="bold").append(f"  {rule.sentence}", style="not bold"), soft_wrap=True)
        return AS_EXPECTED
    files = list(paths) or sorted(FOLDER.glob("test_*.py"))
    found = [violation for path in files for violation in lint(path)]
    for violation in found:
        console.print(Text(f"{Marks.of(console).unexpected} {violation}"), soft_wrap=True)
    console.print(f"{len(files)} files, {len(RULES)} rules: {len(found) or 'no'} violation{'s' * (len(found) != 1)}.")
    return DEVIATES if found else AS_EXPECTED
