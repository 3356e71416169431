"""The terminal report: the matrix, every failure explained, and one line that says how it ended."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rich.console import Console
from rich.text import Text

from conformance import catalogue
from conformance.report.failures import CHAPTERS, plain, stories, tell, verbatim
from conformance.report.marks import Marks
from conformance.report.table import tables
from conformance.report.tally import Column, tally
from conformance.store import Record, Row

_HINT = "Each is to be had as a program without the suite: say `reproduce` in the place of `run`."


def print_report(record: Record, console: Console) -> None:
    """Print everything that a reader wants to know of `record`."""
    _print_matrix(record, console)
    ids, marks = catalogue.load(), Marks.of(console)
    found = stories(record, ids)
    for title in CHAPTERS:
        chapter = [story for story in found if story.chapter == title]
        if chapter:
            console.rule(Text(f"{title}: {len(chapter)}", style="bold"), align="left", style="dim")
            for story in chapter:
                console.print(tell(story, ids, marks))
                console.print(verbatim(story, marks), soft_wrap=True, end="\n\n")
    _print_end(record, console)


def print_summary(record: Record, terminalreporter: Any) -> None:
    """Print the matrix and the end below pytest's own account, which has told the failures already."""
    writer = terminalreporter._tw
    console = Console(file=writer._file, width=writer.fullwidth, force_terminal=writer.hasmarkup, highlight=False)
    terminalreporter.ensure_newline()
    _print_matrix(record, console)
    _print_end(record, console)


def explain_cell(row: Row) -> str:
    """What is to be said of one cell that did not get the verdict it should, as plain text."""
    return plain(row, catalogue.load())


def _print_matrix(record: Record, console: Console) -> None:
    for table in tables(record.rows, catalogue.load(), console, _versions(record)):
        console.print(table)
    marks, counts = Marks.of(console), tally(record.rows)
    legend = [
        (counts.recorded, f"{marks.recorded}1 deviates as is on record", "yellow"),
        (counts.beyond, f"{marks.beyond}1 not met, which binds nobody", "cyan"),
        (counts.unexpected, f"{marks.unexpected}1 deviates", "bold red"),
        (counts.errors, f"{marks.errors}1 failure of the suite itself", "bold magenta"),
        (counts.notrun, f"{marks.notrun}1 not run", "magenta"),
        (counts.unsupported, f"{marks.unsupported}1 declared to be lacking", "dim"),
    ]
    text = Text("1 passed", style="green")
    for number, words, style in legend:
        if number:
            text.append("   ").append(words, style=style)
    console.print(text, end="\n\n")
    _print_broken(record, console)


def _versions(record: Record) -> dict[Column, str]:
    versions = {}
    for candidate in record.candidates:
        facts = candidate["facts"]
        own = str(facts["version"] or "")
        key = Column(candidate["target"], facts["implementation"], facts["python"])
        versions[key] = "" if own == facts["python"] else own
    return versions


def _print_broken(record: Record, console: Console) -> None:
    marks = Marks.of(console)
    for candidate in record.candidates:
        reasons: dict[str, list[str]] = {}
        for method, reason in candidate["broken"].items():
            reasons.setdefault(reason, []).append(method)
        for reason, methods in reasons.items():
            first, *rest = reason.splitlines()
            where = f"{candidate['target']} on {candidate['facts']['python']} under {', '.join(methods)}"
            console.print(Text(f"{marks.unexpected} {where}: no child process runs; its cells are not run", "bold red"))
            console.print(Text("\n".join(f"  {line}" for line in (first, *(f"{marks.bar} {more}" for more in rest)))))
            console.print()


def _print_end(record: Record, console: Console) -> None:
    verdicts = Counter(str(row.verdict) for row in record.rows)
    text = Text(f"{len(record.rows)} cells: ")
    text.append(", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common()) or "nothing was run")
    console.print(text)
    counts = tally(record.rows)
    surprises = [
        words
        for number, words in (
            (counts.unexpected, f"{counts.unexpected} deviate"),
            (counts.errors, f"{counts.errors} failed by the suite's own fault"),
            (counts.notrun, f"{counts.notrun} could not be run"),
        )
        if number
    ]
    if surprises:
        console.print(Text(f"Not as expected: {', '.join(surprises)}.", style="bold red"))
        console.print(Text(_HINT, style="dim"))
    elif counts.recorded:
        console.print(Text(f"As expected: {counts.recorded} deviate as is on record.", style="bold yellow"))
    elif counts.beyond:
        words = f"As expected: every binding requirement is met; {counts.beyond} cells fail what binds nobody."
        console.print(Text(words, style="bold green"))
    elif record.complete and record.rows:
        console.print(Text("As expected: every requirement is met.", style="bold green"))
    for reason in record.reasons:
        console.print(Text(f"The record is partial: {reason}.", style="bold magenta"))
