"""What turns a pytest session into a run: cells as items, outcomes as reports, reports as a record.

Loaded by `plugin` when a target is given. The main process is a `Controller`: it probes, keeps the record and
decides the exit status. Each process that runs cells (an xdist worker, or the main process without xdist)
owns one `Isolation`. Nothing under test runs in, or is forked from, any of them.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Generator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import conformance
from conformance import catalogue, hooks, shard
from conformance.isolation import Isolation, calibrate
from conformance.lacks import sentence
from conformance.load import await_room
from conformance.matrix import Cell, Matrix, Spec
from conformance.misuse import Misuse
from conformance.outcome import Outcome, Verdict
from conformance.recruit import Request, recruit
from conformance.report.terminal import explain_cell, print_summary
from conformance.requirement import Declaration
from conformance.specs import smoke
from conformance.stamp import candidate_digest, suite_digest
from conformance.store import Record, Recorder, Row, check_writable

PLUGIN = "conformance-run"
_WORKER_KEY = "conformance"
_CRASHED: Any = "???"
"""What xdist says for the phase in which a worker died."""
_ROW = pytest.StashKey[Row]()


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make the events of a run known."""
    pluginmanager.add_hookspecs(hooks)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Take this process's part in the run."""
    workerinput = getattr(config, "workerinput", None)
    try:
        bench = Controller(config) if workerinput is None else Bench.of_worker(workerinput[_WORKER_KEY])
    except Misuse as error:
        raise pytest.UsageError(str(error)) from error
    config.pluginmanager.register(bench, PLUGIN)


class CellItem(pytest.Item):
    """One cell as a pytest item: no fixtures, and nothing of the target in this process."""

    def __init__(self, *, cell: Cell, bench: Bench, function: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cell = cell
        self._bench = bench
        self._line = function.__code__.co_firstlineno - 1
        self.extra_keyword_matches.update((cell.requirement.id, cell.requirement.subject))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where pytest says that the spec is."""
        return self.path, self._line, self.name

    def runtest(self) -> None:
        """Get the cell's outcome, and tell pytest in its own terms."""
        row = self.cell.row(self._bench.outcome(self.cell))
        self.stash[_ROW] = row
        reason = "binds nobody" if self.cell.known is None else self.cell.known.reason
        if not row.as_expected and row.verdict is not Verdict.NOTRUN:
            pytest.fail(explain_cell(row), pytrace=False)
        elif row.verdict in (Verdict.UNSUPPORTED, Verdict.NOTRUN):
            pytest.skip(f"{row.verdict}: {row.outcome.message}")
        elif row.verdict is not Verdict.PASS:
            pytest.xfail(f"{row.verdict}: {reason}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What pytest tells of a failure: of an expected one no traceback, which takes it a twentieth of a second."""
        if isinstance(excinfo.value, pytest.xfail.Exception):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class Bench:
    """Where cells are run: one per process that runs them.

    Owns an isolation, made when the first cell needs it.
    among_others: whether other processes run cells of the same run.
    """

    def __init__(self, matrix: Matrix, rundir: Path, scale: float, *, among_others: bool = False) -> None:
        self.matrix = matrix
        self.rundir = rundir
        self.scale = scale
        self._among_others = among_others
        self._isolation: Isolation | None = None

    @classmethod
    def of_worker(cls, plain: dict[str, Any]) -> Bench:
        """The bench of an xdist worker, from what the controller handed over."""
        return cls(Matrix.from_dict(plain["matrix"]), Path(plain["rundir"]), plain["scale"], among_others=True)

    def outcome(self, cell: Cell) -> Outcome:
        """What becomes of `cell`: run, or not run for a reason known beforehand."""
        if cell.lacking:
            return Outcome(Verdict.UNSUPPORTED, 0.0, message=sentence(cell.candidate.target.name, cell.lacking))
        broken = cell.candidate.broken.get(cell.method)
        if broken is not None and cell.requirement.id != smoke.REQUIREMENT:
            return Outcome(Verdict.NOTRUN, 0.0, message=f"no child process runs: {broken.splitlines()[0]}")
        if self._isolation is None:
            self._isolation = Isolation(rundir=self.rundir, scale=self.scale)
        if self._among_others:
            await_room()
        started = time.monotonic()
        try:
            return self._isolation.run(cell.plan(fresh=self.matrix.fresh))
        except Exception as error:
            # Whatever goes wrong here is the suite's own fault and must not be told as the target's.
            text = f"{type(error).__name__}: {error}"
            return Outcome(Verdict.ERROR, time.monotonic() - started, message=text, traceback=traceback.format_exc())

    def pytest_pycollect_makeitem(self, collector: pytest.Collector, name: str, obj: object) -> list[CellItem] | None:
        """Make the cells of a spec its items."""
        declaration = getattr(obj, "requirement", None)
        if not (name.startswith("test_") and isinstance(declaration, Declaration)):
            return None
        if declaration.id not in catalogue.load():
            raise collector.CollectError(f"{name}: the catalogue has no requirement {declaration.id!r}")
        module = collector.getparent(pytest.Module)
        spec = Spec(module.obj.__name__ if module else "", name, declaration)
        several = len({candidate.python for candidate in self.matrix.candidates}) > 1
        items = []
        for cell in self.matrix.cells(spec):
            words = [cell.candidate.target.name, cell.method]
            if several:
                words.append(cell.candidate.label.replace(" ", ""))
            item_name = f"{name}[{'-'.join(words)}]"
            items.append(CellItem.from_parent(collector, name=item_name, cell=cell, bench=self, function=obj))
        return items

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out what is for others; put together what shares an interpreter, and first what may take long."""
        share = shard.parse(config.getoption("conformance_shard"))
        if share is not None:
            mine = {item: share.holds(f"{item.path.name}::{item.name}") for item in items}
            config.hook.pytest_deselected(items=[item for item in items if not mine[item]])
            items[:] = [item for item in items if mine[item]]
        places = {id(candidate): number for number, candidate in enumerate(self.matrix.candidates)}

        def order(item: pytest.Item) -> tuple[bool, int, float]:
            if not isinstance(item, CellItem):
                return (True, len(places), 0.0)
            cell = item.cell
            # Deviations often show only when patience is at its end.
            return (cell.known is None, places[id(cell.candidate)], -cell.spec.declaration.deadline)

        items.sort(key=order)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let the row travel with the report of its call, also out of an xdist worker."""
        report = yield
        if isinstance(item, CellItem):
            row = item.stash.get(_ROW, None) if report.when == "call" else None
            travelling: Any = report  # Any attribute of plain data does.
            travelling.conformance = {} if row is None else row.as_dict()
        return report

    def pytest_unconfigure(self) -> None:
        """End whatever serves this process's cells."""
        if self._isolation is not None:
            self._isolation.close()
            self._isolation = None


class Controller(Bench):
    """The main process's part: the candidates, the record, the exit status."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._total = 0
        self._troubles = 0
        self._ordinary: set[str] = set()
        self._record: Record | None = None
        shard.parse(config.getoption("conformance_shard"))
        path = config.getoption("conformance_record")
        record = None if path is None else Path(path)
        if record is not None:
            check_writable(record)
        self._recorder = Recorder(record)
        rundir = Path(tempfile.mkdtemp(prefix="conf-"))
        try:
            scale = calibrate()
            super().__init__(_recruit(config, rundir, scale), rundir, scale)
            self._recorder.begin(_header(self.matrix, scale, config))
        except BaseException:
            shutil.rmtree(rundir, ignore_errors=True)
            raise
        config.hook.pytest_conformance_begin(header=self._recorder.header)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Hand an xdist worker what it needs."""
        node.workerinput[_WORKER_KEY] = {
            "matrix": self.matrix.as_dict(),
            "rundir": str(self.rundir),
            "scale": self.scale,
        }

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Refuse a wrong -k before any worker starts: there it would be an internal error."""
        self._config.hook.pytest_collection_modifyitems(session=session, config=self._config, items=[])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Learn how many cells there are; every worker finds the same."""
        self._collected(len(ids))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many cells there are, when this process runs them itself."""
        if session.items:
            self._collected(len(session.items))

    def _collected(self, total: int) -> None:
        if total and not self._total:
            self._total = total
            self._config.hook.pytest_conformance_collected(total=total)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Tell of a spec file that cannot be read."""
        if report.failed:
            self._trouble(f"{report.nodeid}: {report.longreprtext}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Record the row that came with a report."""
        plain = getattr(report, "conformance", None)
        if plain:
            row = Row.from_dict(plain)
            self._recorder.add(row)
            self._config.hook.pytest_conformance_row(row=row)
        elif report.failed and (plain is not None or report.when == _CRASHED):
            self._trouble(f"{report.nodeid}: {report.longreprtext}")
        elif plain is None:
            self._ordinary.add(report.nodeid)

    def _trouble(self, text: str) -> None:
        self._troubles += 1
        self._config.hook.pytest_conformance_trouble(text=text)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Close the record, and let the exit status tell what pytest does not know of."""
        rows = self._recorder.rows
        self._record = self._recorder.end(self._why_partial(exitstatus))
        if self._troubles or any(row.verdict is Verdict.ERROR for row in rows):
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        elif exitstatus == pytest.ExitCode.OK and not all(row.as_expected for row in rows):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        self._config.hook.pytest_conformance_end(record=self._record)

    def _why_partial(self, exitstatus: int) -> str:
        missing = self._total - len(self._ordinary) - len(self._recorder.rows)
        reasons = []
        if self._troubles:
            reasons.append("the suite itself failed")
        elif exitstatus == pytest.ExitCode.INTERRUPTED:
            reasons.append("interrupted")
        if missing:
            reasons.append(f"{missing} of {self._total} cells are missing")
        return ", ".join(reasons)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the matrix below pytest's own account of the run."""
        if self._record is not None:
            print_summary(self._record, terminalreporter)

    def pytest_unconfigure(self) -> None:
        """Remove what the run kept for itself."""
        super().pytest_unconfigure()
        shutil.rmtree(self.rundir, ignore_errors=True)


def _recruit(config: pytest.Config, rundir: Path, scale: float) -> Matrix:
    request = Request(
        targets=tuple(config.getoption("conformance_targets")),
        pythons=tuple(config.getoption("conformance_pythons")),
        methods=tuple(config.getoption("conformance_methods")),
        subjects=tuple(config.getoption("conformance_subjects")),
        levels=tuple(config.getoption("conformance_levels")),
        fresh=config.getoption("conformance_fresh"),
        checkouts=tuple(config.getoption("conformance_paths")),
    )
    with Isolation(rundir=rundir, scale=scale) as isolation:
        return recruit(
            request,
            isolation,
            lending=rundir,
            news=lambda target, python: config.hook.pytest_conformance_probe(target=target, python=python),
        )


def _header(matrix: Matrix, scale: float, config: pytest.Config) -> dict[str, Any]:
    return {
        "suite": conformance.__version__,
        "digest": suite_digest(),
        "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "host": {
            "system": platform.platform(),
            "machine": platform.machine(),
            "cores": os.cpu_count(),
            "controller": platform.python_version(),
        },
        "arguments": sys.argv[1:],
        "shard": config.getoption("conformance_shard"),
        "choice": {
            "methods": list(matrix.methods),
            "subjects": list(matrix.subjects),
            "levels": list(matrix.levels),
            "expression": config.getoption("keyword") or None,
        },
        "scale": scale,
        "targets": [
            candidate.as_dict()
            | {
                "title": candidate.target.title,
                "digest": candidate_digest(candidate.target, candidate.facts),
            }
            for candidate in matrix.candidates
        ],
    }
