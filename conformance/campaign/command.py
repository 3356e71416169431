"""`conformance matrix`: records of every target under every interpreter, merged into one page.

Each record is made by a run of its own, as a user would start it, so that an interruption costs one of them.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from conformance import catalogue
from conformance.campaign.interpreters import Interpreter, ask, discover
from conformance.campaign.plan import Misfit, Task, examine
from conformance.campaign.running import run
from conformance.isolation import Isolation
from conformance.merging import write
from conformance.misuse import Misuse
from conformance.recruit import interpreter as find
from conformance.report.html.page import write_page
from conformance.status import AS_EXPECTED, DEVIATES, NOT_RUN
from conformance.store import Record, RecordError, read
from conformance.target import Target, known, resolve

_LONGEST = 2 * 3600.0
"""Seconds that one record may take: many times what the slowest has been seen to take."""


@click.command("matrix")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--python", "pythons", multiple=True, metavar="PATH", help="This interpreter; default: one of each kind.")
@click.option("--quick", is_flag=True, help="Only the interpreter that runs this.")
@click.option("--dir", "folder", type=click.Path(path_type=Path, file_okay=False), default="matrix", show_default=True)
@click.option("--method", "methods", multiple=True, metavar="M", help="Only under this start method.")
@click.option("--subject", "subjects", multiple=True, metavar="S", help="Only requirements on this subject.")
@click.option("--level", "levels", multiple=True, metavar="L", help="Only this level.")
@click.option("-k", "expression", metavar="EXPR", help="Only specs whose names match, as pytest's -k.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Cells at the same time; default: two a core.")
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
) -> int:
    """Judge every TARGET (default: all that the suite knows) under every interpreter at hand, and make one page of it.

    A target that an interpreter lacks is installed for its cells alone, if it can be. A record is kept, and made anew
    only when the suite, the target, the interpreter or the choice of specs changed: whoever interrupts this and
    starts it again loses one record at most.

    \b
    conformance matrix --quick                    # all targets, this interpreter
    conformance matrix mypackage stdlib --python python3.10 --python python3.14
    """
    levels = tuple(level.upper() for level in levels)
    catalogue.load().check_choice(subjects, levels)
    wanted = [resolve(name) for name in targets or known()]
    interpreters = [_asked(sys.executable)] if quick else [_asked(find(name)) for name in pythons] or discover()
    choice = {"methods": list(methods), "subjects": list(subjects), "levels": list(levels), "expression": expression}
    options = [f"--{name}={value}" for name in ("method", "subject", "level") for value in choice[f"{name}s"] or ()]
    options += ["-k", expression] if expression else []
    options += ["--jobs", str(jobs)] if jobs else []
    (folder / "records").mkdir(parents=True, exist_ok=True)
    # Whatever ends this ends the run that it waits for, which has a session of its own.
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, signal.default_int_handler)
    try:
        records, troubles = _judge(_tasks(wanted, interpreters, folder.absolute()), choice, options)
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


def _asked(path: str) -> Interpreter:
    found = ask(path)
    if found is None:
        raise Misuse(f"{path!r} is no interpreter: it does not tell its version")
    return found


def _tasks(targets: Iterable[Target], interpreters: Iterable[Interpreter], folder: Path) -> Iterable[Task | Misfit]:
    # Short: what cells make below it are names of sockets.
    with tempfile.TemporaryDirectory(prefix="conf-") as rundir, Isolation(rundir=Path(rundir), scale=1.0) as isolation:
        for interpreter in interpreters:
            for target in targets:
                yield examine(target, interpreter, isolation, folder)


def _judge(tasks: Iterable[Task | Misfit], choice: dict[str, Any], options: list[str]) -> tuple[list[Record], int]:
    """The records of all who fit, and how many runs did not come to their end."""
    records, troubles = [], 0
    for task in tasks:
        place = f"{task.target.name} on {task.interpreter.kind}"
        if isinstance(task, Misfit):
            click.echo(f"{place}: does not fit: {task.reason}")
            continue
        record = task.kept(choice)
        if record is not None:
            click.echo(f"{place}: kept, {_told(record)}")
        else:
            record = _made(task, options)
            click.echo(f"{place}: {'did not come to its end' if record is None else _told(record)}")
        if record is None:
            troubles += 1
        else:
            records.append(record)
    return records, troubles


def _told(record: Record) -> str:
    odd = sum(not row.as_expected for row in record.rows)
    return f"{len(record.rows)} cells, {odd or 'none'} not as expected"


def _made(task: Task, options: list[str]) -> Record | None:
    draft = task.record.with_suffix(".part")
    status = run(task.command(options, draft), task.environment, task.record.with_suffix(".log"), _LONGEST)
    if status not in (AS_EXPECTED, DEVIATES):
        return None
    draft.replace(task.record)
    return read(task.record)
