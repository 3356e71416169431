"""`conformance report` and `conformance diff`: what records say, in whatever form somebody needs it."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from conformance import catalogue
from conformance.merging import load, write
from conformance.misuse import Misuse
from conformance.report.annotations import workflow_commands
from conformance.report.badge import badge
from conformance.report.comparison import Change, changes
from conformance.report.html.page import write_page
from conformance.report.junit import junit_xml
from conformance.report.markdown import summary
from conformance.report.terminal import print_report
from conformance.status import AS_EXPECTED, DEVIATES, NOT_RUN
from conformance.store import Record, RecordError, read

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("report")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RECORD...")
@click.option(
    "--html",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write a page: index.html, and badges.",
)
@click.option(
    "--earlier",
    multiple=True,
    type=_FILE,
    metavar="RECORD",
    help="A record made before, for the page's scores over time; repeatable.",
)
@click.option("--junit", type=_FILE, metavar="FILE", help="Write JUnit's XML.")
@click.option("--markdown", type=_FILE, metavar="FILE", help="Write a summary, as for a job's page.")
@click.option("--badge", "badge_file", type=_FILE, metavar="FILE", help="Write the JSON of a badge.")
@click.option("--annotations", is_flag=True, help="Print what GitHub pins to a run.")
def command(
    files: tuple[Path, ...],
    html: Path | None,
    earlier: tuple[Path, ...],
    junit: Path | None,
    markdown: Path | None,
    badge_file: Path | None,
    annotations: bool,
) -> int:
    """Print the report of one or more records again, as one, or write it in other forms.

    \b
    conformance report record.jsonl --html page
    conformance report today.jsonl --html page --earlier june.jsonl --earlier july.jsonl
    """
    if earlier and html is None:
        raise Misuse("--earlier is for a page: give --html DIR, too")
    record = load(files)
    try:
        if html is not None:
            page = write_page(record, catalogue.load(), html, [load((file,)) for file in earlier])
            click.echo(f"wrote {page}")
        for path, text in ((junit, junit_xml), (markdown, summary), (badge_file, _badge)):
            if path is not None:
                path.write_text(text(record), encoding="utf-8")
                click.echo(f"wrote {path}")
    except OSError as error:
        raise Misuse(f"cannot write {error.filename}: {error.strerror}") from error
    if annotations:
        click.echo(workflow_commands(record, catalogue.load()), nl=False)
    if not any((html, junit, markdown, badge_file, annotations)):
        print_report(record, Console(highlight=False))
    if not record.complete:
        return NOT_RUN
    return AS_EXPECTED if all(row.as_expected for row in record.rows) else DEVIATES


@click.command("merge")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RECORD...")
@click.option("--out", type=_FILE, required=True, metavar="FILE", help="Write the record there.")
def merge(files: tuple[Path, ...], out: Path) -> int:
    """Make one record of several: the shares of a run, or runs of several targets and interpreters.

    Refuses records that contradict each other, of two versions of the suite or of a target. Exits with 2 when what
    there is makes no whole: a run was interrupted, or a share is missing.

    \b
    conformance run mypackage --shard 1/2 --out 1.jsonl   # here, and on another machine 2/2
    conformance merge 1.jsonl 2.jsonl --out all.jsonl
    """
    try:
        record = write([read(file) for file in files], out)
    except (OSError, UnicodeDecodeError, RecordError) as error:
        raise Misuse(str(error)) from error
    click.echo(f"wrote {out}: {len(record.rows)} cells of {len(record.candidates)} candidates")
    for reason in record.reasons:
        click.echo(f"The record is partial: {reason}.", err=True)
    return AS_EXPECTED if record.complete else NOT_RUN


@click.command("diff")
@click.argument("before", type=click.Path(path_type=Path), metavar="A")
@click.argument("after", type=click.Path(path_type=Path), metavar="B")
@click.option("--from", "old", metavar="TARGET", help="This target of A; default: each beside the same of B.")
@click.option("--to", "new", metavar="TARGET", help="Beside this target of B.")
def diff(before: Path, after: Path, old: str | None, new: str | None) -> int:
    """Say where two records differ: what B does that A does not. Exits with 1 when something got worse.

    \b
    conformance diff yesterday.jsonl today.jsonl
    conformance diff record.jsonl record.jsonl --from stdlib --to billiard
    """
    if (old is None) != (new is None):
        raise Misuse("--from and --to go together")
    found = changes(load((before,)), load((after,)), old, new)
    for change in found:
        click.echo(_line(change))
    worse = sum(change.is_worse for change in found)
    click.echo(f"{len(found)} differ, {worse} of them worse in {after if old is None else new}")
    return DEVIATES if worse else AS_EXPECTED


def _badge(record: Record) -> str:
    return badge(record).json


def _line(change: Change) -> str:
    sign = "-" if change.is_worse else "+"
    return f"{sign} {change.place:40} {change.requirement:40} {change.before:11} -> {change.after}"
