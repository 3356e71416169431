"""The command line: arguments in, a report and an exit status out.

0: every cell as expected; 1: something deviates; 2: it could not be run, or not to its end.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from pathlib import Path

import click
import pytest
from rich.console import Console

import conformance
from conformance import completion as complete
from conformance import line_coverage, progress
from conformance.admission.command import command as admit
from conformance.authoring import lint_specs, new
from conformance.bench.command import bench
from conformance.broken.command import command as prove
from conformance.campaign.command import command as matrix
from conformance.campaign.there import command as there
from conformance.catalogue import LEVELS
from conformance.coverage_of import command as coverage
from conformance.guide import completion, workflow
from conformance.history.command import command as history
from conformance.listing import print_explanation, print_list
from conformance.load import processors
from conformance.misuse import Misuse
from conformance.models.entry import command as explore
from conformance.mutation.entry import command as mutate
from conformance.plugin import SPECS
from conformance.report.command import command as report
from conformance.report.command import diff, merge
from conformance.report.terminal import print_report
from conformance.reproduction import command as reproduce
from conformance.rewriting import command as deviations
from conformance.status import AS_EXPECTED, DEVIATES, NOT_RUN

_ISOLATED = (
    # The caller's project has its own pytest configuration, plugins and conftest files: none of them is ours.
    *("-c", str(Path(__file__).with_name("isolated.ini")), "--rootdir", str(Path(__file__).parent)),
    *("--disable-plugin-autoload", "--noconftest", "--import-mode=importlib"),
    # A spec file that cannot be read is told, and does not keep the others from being run.
    "--continue-on-collection-errors",
    *("-p", "xdist.plugin", "-p", "conformance.plugin"),
    # No tests run in these processes: nothing to capture, to rewrite, to remember or to print.
    *("--assert=plain", "--capture=no"),
    *(
        word
        for name in ("terminal", "cacheprovider", "doctest", "unittest", "junitxml")
        for word in ("-p", f"no:{name}")
    ),
)
_CALLERS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(conformance.__version__, prog_name="conformance")
def cli() -> None:
    """Judge implementations of Python's multiprocessing API."""


for command in (
    admit,
    bench,
    completion,
    coverage,
    deviations,
    diff,
    explore,
    history,
    lint_specs,
    matrix,
    merge,
    mutate,
    new,
    prove,
    report,
    reproduce,
    there,
    workflow,
):
    cli.add_command(command)


_METHOD = click.option(
    "--method",
    "methods",
    multiple=True,
    metavar="M",
    help="Only under this start method.",
    shell_complete=complete.methods,
)
_SUBJECT = click.option(
    "--subject",
    "subjects",
    multiple=True,
    metavar="S",
    help="Only requirements on this subject.",
    shell_complete=complete.subjects,
)
_LEVEL = click.option(
    "--level",
    "levels",
    multiple=True,
    metavar="L",
    help=f"Only this level: {', '.join(LEVELS)}.",
    shell_complete=complete.levels,
)


@cli.command()
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...", shell_complete=complete.targets)
@_METHOD
@_SUBJECT
@_LEVEL
@click.option("-k", "expression", metavar="EXPR", help="Only specs whose names match, as pytest's -k.")
@click.option(
    "--python", "pythons", multiple=True, metavar="PATH", help="Run the cells under this interpreter; repeatable."
)
@click.option("--path", "paths", multiple=True, metavar="DIR", help="Look for targets in this directory first.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Cells at the same time; default: two a core.")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Write a record of all cells, as JSON lines."
)
@click.option("--shard", metavar="K/N", help="Only the Kth of N shares of the cells, as for several machines.")
@click.option("--fresh", is_flag=True, help="Start a new interpreter for every cell, instead of forking a warm one.")
@click.option("--coverage", is_flag=True, help="Also say which lines of the target no spec reaches; write coverage/.")
def run(
    targets: tuple[str, ...],
    methods: tuple[str, ...],
    subjects: tuple[str, ...],
    levels: tuple[str, ...],
    expression: str | None,
    pythons: tuple[str, ...],
    paths: tuple[str, ...],
    jobs: int | None,
    out: Path | None,
    shard: str | None,
    fresh: bool,
    coverage: bool,
) -> int:
    """Run the specs on each TARGET: a name that the suite knows, any module, MODULE:ATTRIBUTE, or a file NAME.toml.

    \b
    conformance run mypackage                        # in the current directory, or installed
    conformance run mypackage --path ~/checkout/src  # there
    conformance run mypackage:contexts               # what this attribute of it offers
    conformance run reference stdlib --python python3.10 --python python3.14 --out record.jsonl
    """
    if coverage:
        return line_coverage.measure(targets, pythons, [word for word in sys.argv[1:] if word != "--coverage"])
    arguments = [*_ISOLATED, *_parallel(jobs or 2 * processors())]
    for option, names in (
        ("--target", targets),
        ("--method", methods),
        ("--subject", subjects),
        ("--level", [level.upper() for level in levels]),
        ("--python", pythons),
        ("--path", paths),
    ):
        arguments += [f"{option}={name}" for name in names]
    if expression is not None:
        arguments += ["-k", expression]
    if out is not None:
        arguments.append(f"--record={out}")
    if shard is not None:
        arguments.append(f"--shard={shard}")
    if fresh:
        arguments.append("--fresh")
    return _judge([*arguments, str(SPECS)])


def _parallel(jobs: int) -> list[str]:
    return ["-n", str(jobs), "--dist", "worksteal"] if jobs > 1 else []


def _judge(arguments: list[str]) -> int:
    for name in _CALLERS:
        os.environ.pop(name, None)
    # Being told to end is being interrupted: nothing stays behind, and the record says that it is partial.
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, signal.default_int_handler)
    front = progress.front(Console(stderr=True, highlight=False))
    try:
        status = pytest.main(arguments, plugins=[front])
    finally:
        front.close()
    if front.record is not None and front.record.rows:
        print_report(front.record, Console(highlight=False))
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise Misuse("no spec is selected: the choice of subject, level, method and -k leaves none")
    if status == pytest.ExitCode.INTERRUPTED:
        raise Misuse("interrupted: nothing is left running, and the record, if any, says that it is partial")
    if status == pytest.ExitCode.TESTS_FAILED:
        return DEVIATES
    return AS_EXPECTED if status == pytest.ExitCode.OK else NOT_RUN


@cli.command("list")
@_SUBJECT
@_LEVEL
@click.option("--uncovered", is_flag=True, help="Only requirements that no spec checks.")
@click.option("--covered", is_flag=True, help="Only requirements that a spec checks.")
def list_(subjects: tuple[str, ...], levels: tuple[str, ...], uncovered: bool, covered: bool) -> int:
    """List the requirements, and how many specs check each."""
    wanted = None if covered == uncovered else covered
    print_list(subjects, tuple(level.upper() for level in levels), wanted, Console(highlight=False))
    return AS_EXPECTED


@cli.command()
@click.argument("requirement", metavar="ID", shell_complete=complete.requirements)
def explain(requirement: str) -> int:
    """Say what the requirement ID demands, who says so, and which specs check it."""
    print_explanation(requirement, Console(highlight=False))
    return AS_EXPECTED


def main() -> None:
    """Run the command line and exit."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A report may quote what a narrow terminal or file cannot show: that must not end it.
            stream.reconfigure(errors="backslashreplace")
    try:
        status: int = cli.main(standalone_mode=False)
    except click.ClickException as error:
        status = _refuse(error.format_message())
    except Misuse as error:
        status = _refuse(str(error))
    except (KeyboardInterrupt, click.Abort):
        status = _refuse("interrupted")
    sys.exit(status)


def _refuse(message: str) -> int:
    click.echo(f"ERROR: {message}", err=True)
    return NOT_RUN
