"""`conformance admit`: see that specs accuse no correct implementation, before they may judge others."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from conformance.admission.admit import Account, Trial, bound, cells, choose, shares, trials
from conformance.admission.ledger import Ledger
from conformance.admission.weather import Weather
from conformance.crew import Crew
from conformance.matrix import Cell
from conformance.misuse import Misuse
from conformance.recruit import Request
from conformance.report.marks import Marks
from conformance.status import AS_EXPECTED, DEVIATES


@click.command("admit")
@click.argument("names", nargs=-1, required=True, metavar="SPEC...")
@click.option("--target", "targets", multiple=True, metavar="T", help="Only on this; default: reference and stdlib.")
@click.option("--method", "methods", multiple=True, metavar="M", help="Only under this start method.")
@click.option("--python", "pythons", multiple=True, metavar="PATH", help="Run the cells under this interpreter.")
@click.option("--runs", type=click.IntRange(min=3), default=30, metavar="N", help="Runs of each cell; default: 30.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Keep the runs here, and go on from them.")
def command(
    names: tuple[str, ...],
    targets: tuple[str, ...],
    methods: tuple[str, ...],
    pythons: tuple[str, ...],
    runs: int,
    out: Path | None,
) -> int:
    """Run specs many times on correct implementations: on an idle machine, a crowded one, and an unjust one.

    SPEC is the name of a spec, of a file of specs, of a requirement, or of a subject; "all" is all of them. Refused
    is whichever deviates once, or takes more than 80 % of its deadline once.
    """
    specs = choose(names)
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, signal.default_int_handler)
    accounts = {entry.spec.name: Account(entry.spec.name) for entry in specs}
    front = Console(stderr=True, highlight=False)
    request = Request(targets=targets or ("reference", "stdlib"), pythons=pythons, methods=methods)
    try:
        with Ledger(out) as ledger, Crew(1) as crew:
            todo: dict[Weather, list[Cell]] = {}
            every = cells(crew, specs, request)
            for kind, count in shares(runs).items():
                known = [(cell, ledger.trials(cell, kind)[:count]) for cell in every]
                for cell, made in known:
                    accounts[cell.spec.name].trials += made
                    for trial in made:
                        _tell(trial, front)
                # Round after round, so that what is there after an interruption is of all of them.
                todo[kind] = [cell for turn in range(count) for cell, made in known if len(made) <= turn]
            columns = (BarColumn(bar_width=30), MofNCompleteColumn(), TextColumn("runs"), TimeElapsedColumn())
            with Progress(*columns, console=front, transient=True, disable=not front.is_terminal) as progress:
                task = progress.add_task("", total=sum(map(len, todo.values())))
                for trial in trials(crew, todo):
                    ledger.keep(trial)
                    accounts[trial.cell.spec.name].trials.append(trial)
                    progress.advance(task)
                    _tell(trial, front)
    except KeyboardInterrupt:
        raise Misuse("interrupted; with --out, the same command goes on from here") from None
    console = Console(highlight=False)
    _print(list(accounts.values()), console)
    return DEVIATES if any(account.refusals for account in accounts.values()) else AS_EXPECTED


def _tell(trial: Trial, console: Console) -> None:
    """Say at once for what a spec is refused."""
    if not trial.reason:
        return
    text = Text(f"{Marks.of(console).unexpected} {trial.cell.spec.name} ", style="bold red")
    place = f"{trial.cell.candidate.target.name} {trial.cell.method}, {trial.weather}"
    console.print(text.append(f"{place}: {trial.reason}", style="not bold default"), soft_wrap=True)


def _print(accounts: list[Account], console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("spec", overflow="fold")
    for name in ("runs", "deviate", "too slow", "most of deadline"):
        table.add_column(name, justify="right", no_wrap=True)
    for account in accounts:
        kinds = Counter(trial.reason.startswith("took") for trial in account.refusals)
        style = "bold red" if account.refusals else ""
        numbers = (len(account.trials), kinds[False], kinds[True])
        table.add_row(
            account.name, *(str(number or "") for number in numbers), f"{account.most_spent:.0%}", style=style
        )
    console.print(table)
    refused = [account for account in accounts if account.refusals]
    runs = sum(len(account.trials) for account in accounts)
    if refused:
        console.print(f"Refused: {len(refused)} of {len(accounts)} specs, in {runs} runs.")
    else:
        console.print(
            f"Admitted: {len(accounts)} specs, {runs} runs without a deviation: with 95 % confidence, fewer than one "
            f"run in {1 / bound(runs):,.0f} deviates."
        )
