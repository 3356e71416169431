"""What `prove` prints: which fault was noticed by what, and which specs have not been seen to fail yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.broken.fault import Fault
from conformance.broken.prove import Proof, Result
from conformance.report.marks import Marks

_STYLES = {
    Result.NOTICED: "green",
    Result.INAPPLICABLE: "dim",
}
_BAD = "bold red"


def print_proof(proof: Proof, console: Console) -> None:
    """Tell at once of a fault that was not noticed as declared."""
    if not proof.result.as_declared:
        text = Text(f"{Marks.of(console).unexpected} {proof.result.value} ", style=_BAD)
        text.append(f"{proof.base} {proof.fault.name}: {proof.reason}", style="not bold default")
        console.print(text, soft_wrap=True)


def print_matrix(proofs: Sequence[Proof], faults: Sequence[Fault], console: Console) -> None:
    """Print a line for each fault on each base, in the order of `faults`."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, options in (
        ("fault", {"overflow": "fold", "ratio": 3}),
        ("base", {"no_wrap": True}),
        ("noticed by", {"overflow": "fold", "ratio": 3}),
        ("verdict", {"no_wrap": True}),
        ("seconds", {"justify": "right", "no_wrap": True}),
    ):
        table.add_column(name, **options)
    places = {fault.name: number for number, fault in enumerate(faults)}
    for proof in sorted(proofs, key=lambda proof: (places[proof.fault.name], proof.base)):
        noticed = proof.noticed_by
        verdicts = sorted({verdict.value for found in noticed.values() for verdict in found})
        style = _STYLES.get(proof.result, _BAD)
        told = Text(proof.result.value if not proof.result.as_declared or not verdicts else ", ".join(verdicts), style)
        by = ", ".join(noticed) if noticed else ", ".join(proof.fault.caught_by)
        table.add_row(
            proof.fault.name, proof.base, Text(by, style="" if noticed else "dim"), told, f"{proof.seconds:.1f}"
        )
    console.print(table)


def print_result(
    proofs: Sequence[Proof], console: Console, unseen: Sequence[str], musts: int, elsewhere: int, *, named: bool
) -> None:
    """Print how many faults were noticed.

    unseen: specs of MUST requirements that no fault has been seen to make fail, of `musts` that could be; `named` or
    only counted. elsewhere: those beside them that this system or version does not run.
    """
    for base in sorted({proof.base for proof in proofs}):
        mine = [proof for proof in proofs if proof.base == base]
        counts = Counter(proof.result for proof in mine)
        said = [f"{counts[Result.NOTICED]} of {len(mine)} noticed as declared"]
        said += [f"{counts[kind]} {kind.value}" for kind in Result if counts[kind] and kind is not Result.NOTICED]
        console.print(f"Faults of {base}: {', '.join(said)}.")
    if musts:
        others = f"; {elsewhere} more run on other systems or versions only" if elsewhere else ""
        console.print(f"MUST specs that a fault was seen to make fail: {musts - len(unseen)} of {musts}{others}.")
    if unseen and named:
        console.print(Text("Not yet seen to fail:", style="dim"))
        for name in unseen:
            console.print(Text(f"  {name}", style="dim"), soft_wrap=True)


def print_faults(faults: Iterable[Fault], console: Console) -> None:
    """Print what each fault does wrong, and who must notice."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("fault", overflow="fold", ratio=2)
    table.add_column("what is wrong", ratio=3)
    table.add_column("caught by", overflow="fold", ratio=2)
    table.add_column("bases", no_wrap=True)
    for fault in faults:
        table.add_row(fault.name, fault.sentence, ", ".join(fault.caught_by), ", ".join(fault.edits))
    console.print(table)
