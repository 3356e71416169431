"""What a user sees while cells run: a live display on a terminal, a line now and then elsewhere.

Listens to the events of `hooks`; keeps the record for whoever prints the report afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from conformance.outcome import Verdict
from conformance.report.marks import Marks
from conformance.store import Record, Row

_EVERY = 5.0
"""Seconds between two lines about the way, where there is no terminal."""


class Front:
    """Shows how far a run is, without a terminal: what runs, every surprise, and the way now and then."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.record: Record | None = None
        self._candidates: Sequence[Mapping[str, Any]] = ()
        self._marks = Marks.of(console)
        self._total = 0
        self._done = 0
        self._surprises = 0
        self._recorded = 0
        self._lacks: set[tuple[str, str]] = set()
        self._started = self._said = time.monotonic()

    def pytest_conformance_probe(self, target: str, python: str) -> None:
        """Nothing to say: should a probe fail, one line will."""

    def pytest_conformance_begin(self, header: Mapping[str, Any]) -> None:
        """Remember what is judged: nothing is said before it is known that there are cells."""
        self._candidates = header["targets"]

    def pytest_conformance_collected(self, total: int) -> None:
        """Say what is judged, and know how many cells will come."""
        self._total = total
        for candidate in self._candidates:
            facts = candidate["facts"]
            version = "" if facts["version"] in ("", None, facts["python"]) else f" {facts['version']}"
            text = f"{candidate['target']}{version} on {facts['implementation']} {facts['python']}: {facts['path']}"
            self.console.print(Text(text, style="dim"), soft_wrap=True)
            for method in candidate["broken"]:
                text = f"{self._marks.unexpected} {candidate['target']} {method}: no child process runs"
                self.console.print(Text(text, style="bold red"), soft_wrap=True)

    def pytest_conformance_row(self, row: Row) -> None:
        """Count a cell, and tell it if it is a surprise."""
        self._done += 1
        if not row.as_expected:
            self._surprises += 1
            if not self._is_told(row):
                self.console.print(self._surprise(row), soft_wrap=True)
        elif row.deviation is not None:
            self._recorded += 1
        self._show()

    def _is_told(self, row: Row) -> bool:
        """Whether a line has said as much: that no child runs, when the run began; that a name is absent, before."""
        if row.verdict is Verdict.NOTRUN:
            return True
        lack = (row.target, row.outcome.absent)
        known = lack in self._lacks
        if row.outcome.absent:
            self._lacks.add(lack)
        return known

    def _surprise(self, row: Row) -> Text:
        text = Text(f"{self._marks.unexpected} {row.verdict} ", style="bold red")
        text.append(f"{row.target} {row.method} {row.requirement}", style="not bold default")
        what = row.outcome.got or row.outcome.message
        if what:
            text.append(f": {' '.join(what.split())[:200]}", style="not bold dim default")
        return text

    def _show(self) -> None:
        now = time.monotonic()
        if self._done == self._total or now - self._said > _EVERY:
            self._said = now
            text = f"{self._done} of {self._total} cells, {self._surprises} not as expected"
            self.console.print(Text(f"{text}, {now - self._started:.0f} s", style="dim"))

    def pytest_conformance_trouble(self, text: str) -> None:
        """Tell at once what the suite itself failed at."""
        self.console.print(Text(f"ERROR: {text.strip()}", style="bold red"), soft_wrap=True)

    def pytest_conformance_end(self, record: Record) -> None:
        """Keep the record."""
        self.record = record
        self.close()

    def close(self) -> None:
        """Give the terminal back; may be called twice."""


class LiveFront(Front):
    """Shows the same on a terminal as one moving line below the surprises."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._progress = Progress(
            BarColumn(bar_width=30),
            TextColumn("{task.description}"),
            TextColumn("{task.fields[news]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=None, news="")

    def pytest_conformance_probe(self, target: str, python: str) -> None:
        """Begin to move: many probes take a while."""
        self._progress.start()
        self._progress.update(self._task, description=f"trying {escape(target)} with {escape(python)}")

    def pytest_conformance_collected(self, total: int) -> None:
        """Say what is judged, and know how long the bar is."""
        super().pytest_conformance_collected(total)
        self._progress.update(self._task, total=total)
        self._show()

    def _show(self) -> None:
        news = []
        if self._surprises:
            news.append(f"[bold red]{self._marks.unexpected}{self._surprises}[/]")
        if self._recorded:
            news.append(f"[yellow]{self._marks.recorded}{self._recorded}[/]")
        words = f"{self._done}/{self._total} cells"
        self._progress.update(self._task, completed=self._done, description=words, news=" ".join(news))

    def close(self) -> None:
        """Take the moving line away."""
        self._progress.stop()


def front(console: Console) -> Front:
    """The display that suits `console`."""
    return LiveFront(console) if console.is_terminal else Front(console)
