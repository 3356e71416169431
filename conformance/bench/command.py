"""`conformance bench`: the ratios as a table, and whether the goals hold."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.bench.catalogue import CASES, Case
from conformance.bench.comparison import BASE, LIMIT, Series, compare, go_on
from conformance.bench.measure import stamp, version
from conformance.misuse import Misuse

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_WIDTH, _WIDTH_OF_ONE = 115, 16
"""Columns of the table, and more of them for each target, where no terminal says how many there are."""
_ROUNDS_IN_DOUBT = 9
"""How many more rounds there are of what seems to miss its floor, before that is said."""
_STYLES = {"aim": "green", "floor": "", "noisy": "yellow", "below": "bold red"}


@click.command()
@click.argument("targets", nargs=-1, metavar="TARGET...")
@click.option("--python", default=sys.executable, metavar="PATH", help="Measure under this interpreter.")
@click.option("--case", "names", multiple=True, metavar="NAME", help="Only this benchmark; see --list.")
@click.option("--rounds", type=click.IntRange(min=1), default=7, metavar="N", show_default=True, help="Rounds of all.")
@click.option("--quick", is_flag=True, help="Only what is quick, in 3 rounds.")
@click.option(
    "--check",
    is_flag=True,
    help="Exit with 1 when a floor of the last target does not hold, after a closer look at what seems to miss it.",
)
@click.option("--limit", is_flag=True, help="Measure the least code that does it as well: how far one could get.")
@click.option("--list", "listed", is_flag=True, help="List the benchmarks and their goals.")
@click.option(
    "--all-processors",
    "everywhere",
    is_flag=True,
    help="Do not hold the processes of a benchmark on one processor; the figures then also tell what wake-ups cost.",
)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write all figures, as JSON.")
def bench(
    targets: tuple[str, ...],
    python: str,
    names: tuple[str, ...],
    rounds: int,
    quick: bool,
    check: bool,
    limit: bool,
    listed: bool,
    everywhere: bool,
    out: Path | None,
) -> int:
    """Compare the speed of each TARGET (default: reference) with the stdlib's, in one interleaved run.

    Ratios are medians over rounds of the stdlib's figure and the target's: above 1 the target is better. The
    stdlib is measured twice a round; what it differs from itself is the noise. Where processor time decides, the
    processes of a benchmark share one processor, if the system can do that.
    """
    chosen = [case.under(version(python)) for case in _chosen(names, quick)]
    if everywhere:
        chosen = [replace(case, held=False) for case in chosen]
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH + _WIDTH_OF_ONE * (len(targets) + limit))
    if listed:
        for case in chosen:
            console.print(f"{case.name:18} {case.title:42} {case.gauge:9} {_goal(case)}")
        return 0
    wanted = [name for name in targets or ("reference",) if name not in ("stdlib", BASE)]
    with Console(stderr=True).status("") as status:
        found = compare(chosen, [*wanted, LIMIT] if limit else wanted, python, 3 if quick else rounds, status.update)
        if check:
            go_on(_missed(found, wanted), python, _ROUNDS_IN_DOUBT, status.update)
    _print(found, [*wanted, LIMIT] if limit else wanted, console)
    if out is not None:
        out.write_text(json.dumps({"when": stamp(), "python": python, "figures": _plain(found)}, indent=1) + "\n")
    missed = _missed(found, wanted) if check else []
    if missed:
        names = tuple(series.case.name for series in missed)
        console.print(f"{wanted[-1]} is below the floor: {', '.join(names)}", style="bold red")
    return 1 if missed else 0


def _missed(found: list[Series], wanted: list[str]) -> list[Series]:
    return [series for series in found if wanted and series.verdict(wanted[-1]) == "below"]


def _chosen(names: tuple[str, ...], quick: bool) -> list[Case]:
    known = {case.name: case for case in CASES}
    for name in names:
        if name not in known:
            raise Misuse(f"unknown benchmark {name!r}; there are: {', '.join(known)}")
    return [case for case in CASES if (not names or case.name in names) and (case.quick or not quick)]


def _goal(case: Case) -> str:
    if any(case.most):
        return f"at most {case.most[0]:g} / {case.most[1]:g}"
    return f"{case.floor:.3g} / {case.aim:g}"


def _print(found: list[Series], targets: list[str], console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in (
        "benchmark",
        "figure",
        "stdlib",
        *("limit" if name == LIMIT else name for name in targets),
        "noise",
        "floor / aim",
    ):
        table.add_column(name, justify="left" if name in ("benchmark", "figure") else "right", no_wrap=True)
    for series in found:
        cells = [_cell(series, target) for target in targets]
        base = _figure(series.figure(BASE), series.case.gauge)
        noise = f"{100 * series.noise:.0f} %"
        table.add_row(series.case.title, series.case.gauge, base, *cells, noise, _goal(series.case))
    console.print(table)


def _cell(series: Series, target: str) -> Text:
    if target not in series.figures:
        return Text("·")
    style = "" if target == LIMIT else _STYLES[series.verdict(target)]
    if any(series.case.most):
        return Text(f"{series.figure(target):.3f}", style=style)
    return Text(f"{series.ratio(target):.2f} ± {series.spread(target):.2f}", style=style)


def _figure(value: float, gauge: str) -> str:
    if gauge == "kib":
        return f"{value:.0f} KiB"
    if gauge in ("payloads", "growth"):
        return f"{value:.3f}"
    factor, unit = next((pair for pair in _UNITS if value >= pair[0]), _UNITS[-1])
    return f"{value / factor:.3g} {unit}"


def _plain(found: list[Series]) -> dict[str, object]:
    return {series.case.name: {"gauge": series.case.gauge, **series.figures} for series in found}
