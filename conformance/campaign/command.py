"""`conformance matrix`: records of every target under every interpreter, merged into one page.

Each record is made by a run of its own, as a user would start it, so that an interruption costs those that are just
being made.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from conformance import catalogue
from conformance.campaign.interpreters import discover, known_as
from conformance.campaign.plan import Choice, Misfit, Pair, Task, examine, failed, pairs
from conformance.campaign.running import Runs
from conformance.crew import Crew
from conformance.isolation import Isolation
from conformance.load import processors
from conformance.merging import write
from conformance.misuse import Misuse
from conformance.report.html.page import write_page
from conformance.status import AS_EXPECTED, DEVIATES, NOT_RUN
from conformance.store import Record, RecordError, read
from conformance.target import known, resolve

_LONGEST = 2 * 3600.0
"""Seconds that one record may take: many times what the slowest has been seen to take."""
_UNFINISHED = "did not come to its end"
_LANES = 2
"""Records made at the same time: the beginning and the end of one keep few processors busy."""
_JOBS = 3
"""Cells of a record at the same time, for each processor: many only wait, above all those that deviate."""
_JOBS_ABROAD = 2
"""The same where something stands in for another system, which is work too."""
_JOBS_LARGE = 1
"""The same where each process loads so much that none of them waits."""


@click.command("matrix")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--python", "pythons", multiple=True, metavar="PATH", help="This interpreter; default: one of each kind.")
@click.option("--quick", is_flag=True, help="Only the interpreter that runs this, and no large target.")
@click.option("--dir", "folder", type=click.Path(path_type=Path, file_okay=False), default="matrix", show_default=True)
@click.option("--method", "methods", multiple=True, metavar="M", help="Only under this start method.")
@click.option("--subject", "subjects", multiple=True, metavar="S", help="Only requirements on this subject.")
@click.option("--level", "levels", multiple=True, metavar="L", help="Only this level.")
@click.option("-k", "expression", metavar="EXPR", help="Only specs whose names match, as pytest's -k.")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Cells of a record at the same time; default: three a core."
)
@click.option(
    "--lanes", type=click.IntRange(min=1), default=_LANES, show_default=True, help="Records made at the same time."
)
def command(
    targets: tuple[str, ...],
    pythons: tuple[str, ...],
    quick: bool,
    folder: Path,
    methods: tuple[str, ...],
    subjects: tuple[str, ...],
    levels: tuple[str, ...],
    expression: str | None,
    jobs: int | None,
    lanes: int,
) -> int:
    """Judge every TARGET (default: all that the suite knows) under every interpreter at hand, and make one page of it.

    A target that an interpreter lacks is installed for its cells alone, if it can be; in a build for another system
    only the standard library and `reference` are judged. What takes long is judged by requirements of the level MUST
    alone, and by the default start method alone: all but the standard library under other interpreters than this one;
    what is slow itself; and everything in such a build. With --quick all but the standard library and `reference` are
    judged by that level. Whoever names targets, levels or methods gets what he names.

    A record is kept, and made anew only when the suite, the target, the interpreter or the choice of specs changed:
    whoever interrupts this and starts it again loses little.

    \b
    conformance matrix --quick                    # all targets, this interpreter
    conformance matrix mypackage stdlib --python python3.10 --python python3.14
    """
    levels = tuple(level.upper() for level in levels)
    catalogue.load().check_choice(subjects, levels)
    wanted = [resolve(name) for name in targets or known()]
    interpreters = list(map(known_as, [sys.executable] if quick else pythons)) or discover()
    choice = Choice(methods, subjects, levels, expression)
    (folder / "records").mkdir(parents=True, exist_ok=True)
    # Whatever ends this ends the run that it waits for, which has a session of its own.
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, signal.default_int_handler)
    try:
        asked = pairs(wanted, interpreters, named=bool(targets), quick=quick)
        records, troubles = _judge(asked, folder.absolute(), choice, jobs, lanes)
    except KeyboardInterrupt:
        raise Misuse("interrupted; the same command goes on from here") from None
    if not records:
        raise Misuse("no target could be judged under any interpreter")
    try:
        whole = write(records, folder / "all.jsonl")
        page = write_page(whole, catalogue.load(), folder / "page")
    except (OSError, RecordError) as error:
        raise Misuse(str(error)) from error
    click.echo(f"{len(whole.rows)} cells of {len(whole.candidates)} candidates: {folder / 'all.jsonl'}, {page}")
    if troubles:
        return NOT_RUN
    return AS_EXPECTED if all(row.as_expected for row in whole.rows) else DEVIATES


def _judge(
    asked: Sequence[Pair], folder: Path, choice: Choice, jobs: int | None, lanes: int
) -> tuple[list[Record], int]:
    """The records of all who fit, in the order of `asked`, and how many runs did not come to their end."""
    done: dict[int, Record] = {}
    troubles = 0
    with Crew(lanes) as crew, Runs() as runs:

        def attend(isolation: Isolation, pair: Pair) -> tuple[str, Record | None]:
            """What there is to say of `pair`, and its record."""
            task = examine(pair, isolation, folder)
            if isinstance(task, Misfit):
                return f"not judged: {task.reason}", None
            wanted = choice.of(pair, task)
            record = task.kept(wanted)
            if record is not None:
                return f"kept, {_told(record)}", record
            record = _made(task, wanted, jobs, runs)
            return (_UNFINISHED, None) if record is None else (_told(record), record)

        for pair, (said, record) in crew.map(attend, asked):
            click.echo(f"{pair.target.name} on {pair.interpreter.kind}: {said}")
            troubles += said == _UNFINISHED
            if record is not None:
                troubles += failed(record) > 0
                done[pair.number] = record
    return [done[number] for number in sorted(done)], troubles


def _told(record: Record) -> str:
    odd = sum(not row.as_expected for row in record.rows)
    (header,) = record.headers
    levels, methods = (", ".join(header["choice"][what]) for what in ("levels", "methods"))
    asked = f" of {levels}" * bool(levels) + f" by {methods}" * bool(methods)
    own = f", {failed(record)} of them failed by the suite's own fault" if failed(record) else ""
    return f"{len(record.rows)} cells{asked}, {odd or 'none'} not as expected{own}"


def _made(task: Task, choice: Choice, jobs: int | None, runs: Runs) -> Record | None:
    draft = task.record.with_suffix(".part")
    draft.unlink(missing_ok=True)  # that of an earlier run says nothing of this one
    each = _JOBS_LARGE if task.target.large else _JOBS_ABROAD if task.interpreter.foreign else _JOBS
    jobs = jobs or processors() * each
    words = task.command(["--jobs", str(jobs), *choice.options], draft)
    status = runs.run(words, task.environment, task.record.with_suffix(".log"), _LONGEST)
    try:
        record = read(draft)
    except (OSError, UnicodeDecodeError, RecordError):
        return None
    # The suite's own fault, in some cells, takes nothing from what the others say; the next run makes it anew.
    if status not in (AS_EXPECTED, DEVIATES) and not (record.complete and failed(record)):
        return None
    draft.replace(task.record)
    return record
