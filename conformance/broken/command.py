"""`conformance prove`: break implementations on purpose, and see that the suite notices."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

import conformance
from conformance import catalogue
from conformance.broken.fault import BASES, FOLDER, Fault, FaultFileError, choose, gather
from conformance.broken.kill_matrix import print_faults, print_matrix, print_proof, print_result
from conformance.broken.prove import Bench, Proof, can_run, prove, set_up
from conformance.catalogue import Catalogue
from conformance.clocks import PATIENCE_VARIABLE
from conformance.core import core_subjects
from conformance.crew import Crew
from conformance.inventory import entries
from conformance.load import processors
from conformance.matrix import Spec
from conformance.misuse import Misuse
from conformance.shard import parse as parse_shard
from conformance.status import AS_EXPECTED, DEVIATES
from conformance.store import check_writable

FORMAT = 1
_PATIENCE = 4.0
"""Seconds, unscaled: what has not happened by then on an implementation that is known to be broken will not happen."""


@click.command("prove")
@click.argument("names", nargs=-1, metavar="[FAULT]...")
@click.option("--base", "bases", multiple=True, type=click.Choice(BASES), help="Only on this base; default: on both.")
@click.option("--python", metavar="PATH", help="Run the cells under this interpreter, and break its stdlib.")
@click.option("--subject", "subjects", multiple=True, metavar="S", help="Only the faults of this subject.")
@click.option("--shard", metavar="K/N", help="Only the K-th of N shares of the faults.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Faults at the same time; default: two a core.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write all cells, as JSON lines.")
@click.option(
    "--strict", is_flag=True, help="Also fail when no fault made a MUST spec of the core fail that runs here."
)
@click.option("--unseen", "show_unseen", is_flag=True, help="Name the MUST specs that no fault made fail.")
@click.option(
    "--faults",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=FOLDER,
    metavar="DIR",
    help="Read the faults from the files in DIR, instead of those that come with the suite.",
)
@click.option("--list", "only_list", is_flag=True, help="Only list the faults.")
def command(
    names: tuple[str, ...],
    bases: tuple[str, ...],
    python: str | None,
    subjects: tuple[str, ...],
    shard: str | None,
    jobs: int | None,
    out: Path | None,
    strict: bool,
    show_unseen: bool,
    folder: Path,
    only_list: bool,
) -> int:
    """Break implementations on purpose, one small edit each, and see that the specs notice.

    FAULT is a name as --list shows them; without one, all of them are proven.
    """
    ids = catalogue.load()
    share = parse_shard(shard)
    try:
        chosen = choose(gather(folder, ids), names, subjects)
    except FaultFileError as error:
        raise Misuse(str(error)) from error
    faults = [fault for fault in chosen if share is None or share.holds(fault.name)]
    if not faults:
        raise Misuse(f"no fault is in the share {shard}")
    console = Console(highlight=False)
    if only_list:
        print_faults(faults, console)
        return AS_EXPECTED
    if out is not None:
        check_writable(out)
    proofs, benches = _prove(faults, bases or BASES, python, jobs, out)
    print_matrix(proofs, faults, console)
    subjects = () if not names and not subjects else tuple(dict.fromkeys(fault.subject for fault in faults))
    musts = _must_specs(ids, subjects) if not names and share is None else []
    killers = {spec for proof in proofs for spec in proof.killers}
    # A spec of another system or version could not have been seen to fail here.
    here = [spec for spec in musts if any(can_run(bench, spec) for bench in benches)]
    unseen = [spec.name for spec in here if spec.name not in killers]
    print_result(proofs, console, unseen, len(here), len(musts) - len(here), named=strict or show_unseen)
    right = all(proof.result.as_declared for proof in proofs)
    return AS_EXPECTED if right and not (strict and unseen) else DEVIATES


def _must_specs(ids: Catalogue, subjects: Sequence[str]) -> list[Spec]:
    """The specs of MUST requirements of `subjects`, or of the whole core."""
    wanted = set(subjects or core_subjects(ids))
    return [
        entry.spec
        for entry in entries()
        if (row := ids.get(entry.spec.declaration.id)) and row.level == "MUST" and row.subject in wanted
    ]


def _prove(
    faults: Sequence[Fault], bases: Sequence[str], python: str | None, jobs: int | None, out: Path | None
) -> tuple[list[Proof], list[Bench]]:
    """Prove `faults`, and say where."""
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, signal.default_int_handler)
    os.environ.setdefault(PATIENCE_VARIABLE, str(_PATIENCE))
    front = Console(stderr=True, highlight=False)
    try:
        with Crew(jobs or 2 * processors()) as crew:
            benches = set_up(crew, bases, python, lambda target, python: None)
            total = sum(bench.base in fault.edits for fault in faults for bench in benches)
            with _Keeper(out, benches) as keeper:
                for proof in _shown(prove(crew, benches, faults), total, front):
                    keeper.keep(proof)
    except KeyboardInterrupt:
        raise Misuse("interrupted") from None
    return keeper.proofs, benches


def _shown(proofs: Iterable[Proof], total: int, front: Console) -> Iterable[Proof]:
    columns = (BarColumn(bar_width=30), MofNCompleteColumn(), "faults", TimeElapsedColumn())
    with Progress(*columns, console=front, transient=True, disable=not front.is_terminal) as progress:
        task = progress.add_task("", total=total)
        for proof in proofs:
            print_proof(proof, front)
            progress.advance(task)
            yield proof


class _Keeper:
    """Collects the proofs, and writes them to a file as they come if one is wanted. A context manager."""

    def __init__(self, path: Path | None, benches: Sequence[Bench]) -> None:
        self.proofs: list[Proof] = []
        self._file = None if path is None else path.open("w", encoding="utf-8")
        self._write(
            {
                "kind": "faults",
                "format": FORMAT,
                "suite": conformance.__version__,
                "written": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
                "bases": [bench.candidate.as_dict() for bench in benches],
            }
        )

    def __enter__(self) -> _Keeper:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A file without this line is of a run that did not come to its end.
        if error is None:
            self._write({"kind": "footer", "faults": len(self.proofs)})
        if self._file is not None:
            self._file.close()

    def keep(self, proof: Proof) -> None:
        """Keep one proof."""
        self.proofs.append(proof)
        self._write({"kind": "proof", **proof.as_dict()})

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
