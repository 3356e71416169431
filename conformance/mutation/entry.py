"""The options of `conformance mutate`. What does the work is imported only when it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance.broken.fault import BASES
from conformance.misuse import Misuse

_PATH = click.Path(path_type=Path)
_COUNT = click.IntRange(min=1)


@click.command("mutate")
@click.option("--base", type=click.Choice(BASES), default="reference", help="What to mutate; default: reference.")
@click.option("--python", metavar="PATH", help="Run the cells under this interpreter, and mutate its stdlib.")
@click.option("--module", "modules", multiple=True, metavar="M", help="Only this module of it, as `queues`.")
@click.option("--subject", "subjects", multiple=True, metavar="S", help="Show mutants only to specs of this subject.")
@click.option("--method", "methods", multiple=True, metavar="M", help="Show mutants only under this start method.")
@click.option("--sample", type=_COUNT, metavar="N", help="Only N mutants, chosen at random.")
@click.option("--seed", type=int, default=1, metavar="S", help="Which N; default: 1.")
@click.option("--most", type=_COUNT, metavar="N", help="Show a mutant to N specs at most, the likeliest to notice.")
@click.option("--jobs", type=_COUNT, metavar="N", help="Mutants at the same time; default: two a core.")
@click.option("--out", type=_PATH, metavar="FILE", help="Keep the results here, as JSON lines, and go on from them.")
@click.option("--again", is_flag=True, help="Show again those mutants that were not noticed before.")
@click.option("--show-survivors", is_flag=True, help="Print the mutants that were not noticed.")
@click.option("--incumbent", is_flag=True, help="Show them to CPython's own tests instead, to compare.")
@click.option("--fail-under", type=float, default=0.0, metavar="PERCENT", help="Fail if fewer are noticed.")
@click.option(
    "--lay", type=_PATH, metavar="DIR", help="Only write the mutants below DIR, for another suite to be tried."
)
def command(**options: Any) -> int:
    """Make small random faults, one at a time, and count how many the specs notice.

    Needs the extra "mutation", which brings cosmic-ray.
    """
    try:
        from conformance.mutation.command import run
    except ModuleNotFoundError as error:
        if error.name not in ("cosmic_ray", "parso"):
            raise
        raise Misuse(f"{error.name} is missing: install the extra, multiprocessing-conformance[mutation]") from error
    return run(options)
