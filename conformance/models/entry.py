"""The options of `conformance explore`. What does the work is imported only when it is asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from conformance.misuse import Misuse
from conformance.models.primitives import MAKERS

_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command("explore")
@click.argument("target")
@click.option("--method", "methods", multiple=True, metavar="M", help="Only under this start method.")
@click.option("--subject", "subjects", multiple=True, type=click.Choice(tuple(MAKERS)), help="Only this primitive.")
@click.option("--python", metavar="PATH", default=sys.executable, help="Run the cells under this interpreter.")
@click.option("--seconds", type=click.FloatRange(min=0.1), default=60.0, show_default=True, help="For so long.")
@click.option("--seed", type=int, metavar="N", help="Explore the same sequences again; default: others each time.")
@click.option("--freeze", "folder", type=_FOLDER, default=".", metavar="DIR", help="Where programs go; default: here.")
def command(**options: Any) -> int:
    """Play random sequences of operations on TARGET, and hold each outcome against a model.

    What deviates is made as short as it can be, and frozen as a program that reproduces it with nothing but the
    target installed. Needs the extra "explore", which brings Hypothesis.
    """
    try:
        from conformance.models.explorer import run
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise Misuse("hypothesis is missing: install the extra, multiprocessing-conformance[explore]") from error
    return run(**options)
