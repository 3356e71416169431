"""The matrix: subjects x candidates x start methods, with totals by level.

A candidate is one column of the table; its start methods stand side by side in it, so that its name is
said once. Draws what `tally` counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.catalogue import Catalogue
from conformance.report.marks import Marks
from conformance.report.tally import Column, Tally, column, columns, levels, subjects, tally
from conformance.store import Row

_GAP = 2
"""Blanks between the start methods of one candidate."""

Boxes = dict[tuple[str, Column, str], list[Row]]


def tables(rows: Sequence[Row], catalogue: Catalogue, console: Console, versions: Mapping[Column, str]) -> list[Table]:
    """The matrix as one table, or several where the console is too narrow for all candidates.

    versions: the candidates in the order wanted, each with the version of its target where that has one of its own.
    """
    marks = Marks.of(console)
    by_subject = _boxes(rows, lambda row: row.subject)
    by_level = _boxes(rows, lambda row: row.level)
    by_all = _boxes(rows, lambda _row: "all")
    lines = [(name, by_subject) for name in subjects(rows, catalogue)]
    totals = [(name, by_level) for name in levels(rows)]
    if len(totals) > 1:
        totals.append(("all", by_all))
    present = columns(rows)
    order = {key: number for number, key in enumerate(versions)}
    drawn = [
        _Candidate(key, present[key], [*lines, *totals], marks, versions.get(key, ""))
        for key in sorted(present, key=lambda key: order.get(key, len(order)))
    ]
    label = max((len(name) for name, _ in [*lines, *totals]), default=0)
    return [
        _table(group, [name for name, _ in lines], [name for name, _ in totals])
        for group in _groups(drawn, console.width, label)
    ]


def _boxes(rows: Iterable[Row], line: Callable[[Row], str]) -> Boxes:
    boxes: Boxes = {}
    for row in rows:
        boxes.setdefault((line(row), column(row), row.method), []).append(row)
    return boxes


class _Candidate:
    """One candidate's column, drawn: its heading and one text a line."""

    def __init__(
        self, key: Column, methods: list[str], lines: list[tuple[str, Boxes]], marks: Marks, version: str
    ) -> None:
        counts = [[tally(boxes.get((name, key, method), ())) for method in methods] for name, boxes in lines]
        digits = [max(len(str(line[number].passed)) for line in counts) for number in range(len(methods))]
        drawn = [[_draw(box, width, marks) for box, width in zip(line, digits, strict=True)] for line in counts]
        widths = [max(len(method), *(line[number].cell_len for line in drawn)) for number, method in enumerate(methods)]
        title = f"{key.target} {version} on {key.interpreter}" if version else f"{key.target} {key.interpreter}"
        self.heading = Text(title + "\n", style="bold")
        self.heading.append_text(_side_by_side([Text(method, style="not bold dim") for method in methods], widths))
        self.lines = {name: _side_by_side(texts, widths) for (name, _), texts in zip(lines, drawn, strict=True)}
        self.width = max(len(title), sum(widths) + _GAP * (len(widths) - 1))


def _side_by_side(texts: Iterable[Text], widths: Iterable[int]) -> Text:
    padded = []
    for text, width in zip(texts, widths, strict=True):
        copy = text.copy()
        copy.pad_right(width - copy.cell_len)
        padded.append(copy)
    return Text(" " * _GAP).join(padded)


def _draw(counts: Tally, digits: int, marks: Marks) -> Text:
    """One box: how many passed, `digits` wide, then what did not, each kind with its mark."""
    if not counts.total:
        return Text(marks.nothing.rjust(digits), style="dim")
    clean = counts.passed == counts.total
    text = Text(str(counts.passed).rjust(digits), style="green" if clean else "")
    for number, mark, style in (
        (counts.recorded, marks.recorded, "yellow"),
        (counts.beyond, marks.beyond, "cyan"),
        (counts.unexpected, marks.unexpected, "bold red"),
        (counts.errors, marks.errors, "bold magenta"),
        (counts.notrun, marks.notrun, "magenta"),
        (counts.unsupported, marks.unsupported, "dim"),
    ):
        if number:
            text.append(f" {mark}{number}", style=style)
    return text


def _groups(drawn: list[_Candidate], width: int, label: int) -> list[list[_Candidate]]:
    groups: list[list[_Candidate]] = []
    left = 0
    for candidate in drawn:
        need = candidate.width + 3
        if not groups or need > left:
            groups.append([])
            left = width - label - 4
        groups[-1].append(candidate)
        left -= need
    return groups


def _table(group: list[_Candidate], lines: list[str], totals: list[str]) -> Table:
    table = Table(box=box.MINIMAL, pad_edge=False, header_style="")
    table.add_column("", no_wrap=True)
    for candidate in group:
        table.add_column(candidate.heading, no_wrap=True)
    for names, style in ((lines, ""), (totals, "bold")):
        for name in names:
            table.add_row(Text(name, style=style), *(candidate.lines[name] for candidate in group))
        table.add_section()
    return table
