"""Failures, each told once: the requirement, what was expected, what came, where, and how to see it again.

The same failure under several start methods or interpreters is one story. Pure grouping and text;
`terminal` prints it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.catalogue import Catalogue
from conformance.outcome import Verdict
from conformance.report.marks import Marks
from conformance.report.tally import column, method_order
from conformance.store import Record, Row

LABEL = len("left behind")
"""The width of the column that names what follows."""

_STDERR_LINES = 12
_STACK_LINES = 60
CHAPTERS = ("Deviations", "Deviations on record", "Beyond what binds")
"""What a reader is to be told of first, and what last."""

_PASSING = (Verdict.PASS, Verdict.UNSUPPORTED, Verdict.NOTRUN)


@dataclass(frozen=True)
class Story:
    """One failure: the rows that tell it alike, the first of which speaks for all."""

    rows: tuple[Row, ...]

    @property
    def first(self) -> Row:
        """The row that speaks for all."""
        return self.rows[0]

    @property
    def chapter(self) -> str:
        """The chapter that it belongs to."""
        if self.first.beyond:
            return CHAPTERS[2]
        return CHAPTERS[1] if self.first.as_expected else CHAPTERS[0]

    @property
    def surprising(self) -> bool:
        """Whether nobody expected it."""
        return not self.first.as_expected

    @property
    def lack(self) -> str:
        """The public name for want of which all of it failed, undeclared; empty if it failed otherwise."""
        return self.first.outcome.absent if self.surprising else ""

    @property
    def places(self) -> str:
        """Where it shows: each interpreter with its start methods."""
        found: dict[str, list[str]] = {}
        for row in self.rows:
            methods = found.setdefault(column(row).interpreter, [])
            if row.method not in methods:
                methods.append(row.method)
        return "; ".join(
            f"{python} under {', '.join(sorted(methods, key=method_order))}" for python, methods in found.items()
        )


def stories(record: Record, catalogue: Catalogue) -> list[Story]:
    """The failures in `record`: what nobody expected first, then by target and in the catalogue's order.

    What only lacks a name comes after what does wrong, and is one story however many specs ask for that name.
    """
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in record.rows:
        if row.verdict not in _PASSING or not (row.as_expected or row.verdict is Verdict.NOTRUN):
            groups.setdefault(_sameness(row), []).append(row)
    targets = [candidate["target"] for candidate in record.candidates]
    order = {name: number for number, name in enumerate((*dict.fromkeys(targets), *catalogue))}

    def place(story: Story) -> tuple[int, bool, int, int]:
        row = story.first
        return (
            CHAPTERS.index(story.chapter),
            bool(story.lack),
            order.get(row.target, 0),
            order.get(row.requirement, len(order)),
        )

    return sorted((Story(tuple(group)) for group in groups.values()), key=place)


def _sameness(row: Row) -> tuple[object, ...]:
    outcome = row.outcome
    if Story((row,)).lack:
        return (row.target, outcome.absent)
    said = (outcome.expected, outcome.got, outcome.message, *outcome.leaks)
    reason = None if row.deviation is None else row.deviation["reason"]
    return (row.target, row.spec, row.verdict, row.as_expected, reason, *map(_normal, said))


def _normal(text: str) -> tuple[str, ...]:
    """`text` without what differs from process to process: addresses, ids, start methods, the order of a set."""
    text = re.sub(r"0x[0-9a-fA-F]+|\d{3,}", "#", text)
    return tuple(sorted(re.sub(r"(?i)forkserver|spawn|fork", "METHOD", text).split()))


def where(row: Row) -> str:
    """The line of the spec at which it failed, as "test_event.py:31"; empty when the traceback does not tell."""
    file, _, function = row.spec.partition("::")
    frames = re.findall(rf'File ".*?{re.escape(file)}", line (\d+), in (\w+)', row.outcome.traceback)
    lines = [line for line, name in frames if name == function] or [line for line, _ in frames]
    return f"{file}:{lines[-1]}" if lines else row.spec


def tell(story: Story, catalogue: Catalogue, marks: Marks) -> RenderableType:
    """What the requirement says and what came instead; `verbatim` is the rest of the story."""
    row = story.first
    looks = ((marks.unexpected, "bold red"), (marks.recorded, "yellow"), (marks.beyond, "cyan"))
    mark, style = looks[CHAPTERS.index(story.chapter)]
    title = Text(f"{mark} {_verdict(row)} ", style=style)
    title.append(f" {row.target} ", style="bold")
    title.append(f" {row.requirement}", style="bold cyan")
    lines = Table.grid(padding=(0, 2, 0, 0))
    lines.add_column(style="dim", no_wrap=True, min_width=LABEL)
    lines.add_column(overflow="fold")
    for name, text in _facts(story, catalogue):
        lines.add_row(name, Text(text))
    return Group(title, Padding(lines, (0, 0, 0, 2)))


def verbatim(story: Story, marks: Marks) -> Text:
    """What no line break may be put into: what the processes wrote, and the command that shows it again."""
    lines = Text()
    for name, text in _evidence(story.first) if story.surprising else []:
        lines.append(f"  {name}\n", style="dim")
        lines.append("".join(f"  {marks.bar} {line}\n" for line in text.splitlines()))
    return lines.append(f"  {'see again':<{LABEL}}  ", style="dim").append(story.first.command)


def _verdict(row: Row) -> str:
    return "PASS, though a deviation is on record" if row.verdict is Verdict.PASS else str(row.verdict)


def _facts(story: Story, catalogue: Catalogue) -> list[tuple[str, str]]:
    row, outcome = story.first, story.first.outcome
    requirement = catalogue.get(row.requirement)
    facts = []
    if requirement is not None:
        facts += [("requires", requirement.statement), ("source", f"{row.level}, {requirement.source}")]
    if outcome.expected or outcome.got:
        facts += [("expected", outcome.expected), ("got", outcome.got)]
    facts.append(("says", outcome.message))
    facts += [("left behind", leak) for leak in outcome.leaks]
    if story.lack:
        others = len({row.spec for row in story.rows}) - 1
        if others:
            more = f"{others} more {'spec' if others == 1 else 'specs'}"
            facts.append(("as well as", f"{more}, {len(story.rows)} cells in all, ask for {story.lack!r}"))
        facts.append(("next", f"if it is to lack this: lacks = [{json.dumps(story.lack)}] in a file that describes it"))
    facts.append(("seen on", story.places))
    if row.verdict is not Verdict.PASS:
        facts.append(("where", where(row)))
    if row.deviation is not None:
        facts.append(("on record", _deviation(row)))
    return [(name, text) for name, text in facts if text]


def _deviation(row: Row) -> str:
    deviation = row.deviation or {}
    said = [deviation["reason"]]
    if deviation["issue"]:
        said.append(f"({deviation['issue']})")
    if "" < deviation["review"] < date.today().isoformat():
        said.append(f"[to be looked at again since {deviation['review']}]")
    if not row.as_expected:
        said.insert(0, f"as {' or '.join(deviation['verdicts'])}:")
    return " ".join(said)


def _evidence(row: Row) -> list[tuple[str, str]]:
    found = []
    if row.verdict is Verdict.ERROR:
        found.append(("traceback", row.outcome.traceback))
    found.append(("standard error", _tail(row.outcome.stderr, _STDERR_LINES)))
    found.append(("stacks", _head(row.outcome.stacks, _STACK_LINES)))
    return [(name, text) for name, text in found if text]


def _tail(text: str, count: int) -> str:
    lines = text.strip().splitlines()
    return "\n".join(["...", *lines[-count:]] if len(lines) > count else lines)


def _head(text: str, count: int) -> str:
    lines = text.strip().splitlines()
    return "\n".join([*lines[:count], "..."] if len(lines) > count else lines)


def plain(row: Row, catalogue: Catalogue) -> str:
    """The story of one cell as plain text, for those who print on their own."""
    facts: Sequence[tuple[str, str]] = _facts(Story((row,)), catalogue)
    lines = [f"{_verdict(row)}  {row.target}  {row.requirement}"]
    lines += [f"  {name + ':':<{LABEL + 1}} {text}" for name, text in [*facts, ("see again", row.command)]]
    for name, text in _evidence(row):
        lines += [f"  {name}:", *(f"  | {line}" for line in text.splitlines())]
    return "\n".join(lines)
