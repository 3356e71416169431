"""`conformance there`: the suite run by an interpreter that is a build for another system."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import click

from conformance.campaign import abroad
from conformance.campaign.interpreters import known_as
from conformance.misuse import Misuse
from conformance.status import AS_EXPECTED


@click.command("there", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--dir", "folder", type=click.Path(path_type=Path, file_okay=False), default="matrix", show_default=True)
@click.option("--optional", is_flag=True, help="Where there is no such program, say so and do nothing.")
@click.argument("python")
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND [ARGUMENT]...")
def command(folder: Path, optional: bool, python: str, words: tuple[str, ...]) -> int:
    """Have PYTHON, a build for another system, run `conformance COMMAND ARGUMENT...`.

    What that needs is laid out in --dir, as `matrix` does it.

    \b
    conformance there wine-python run reference stdlib -k test_lock
    conformance there wine-python run reference --coverage
    """
    if optional and shutil.which(python) is None:
        click.echo(f"there is no {python} here: nothing is run by it")
        return AS_EXPECTED
    interpreter = known_as(python)
    if not interpreter.foreign:
        raise Misuse(f"{python!r} is a build for this system: give `run` --python {python} instead")
    suite = abroad.settle(interpreter, folder.absolute())
    order = [interpreter.path, "-m", "conformance", *words]
    return subprocess.run(order, env=abroad.environment(suite), stdin=subprocess.DEVNULL, check=False).returncode
