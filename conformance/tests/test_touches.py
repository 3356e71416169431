"""Touches: what the tracer tells of each process of a cell, and what the ledger keeps of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.broken.prove import Bench
from conformance.inventory import entries
from conformance.matrix import Candidate, Cell
from conformance.mutation.touches import Ledger, Touch, Touches, lay_tracer
from conformance.target import resolve

TRACED = """\
def call(number):
    if number:
        return 1
    return 0


AT_IMPORT = call(0)
"""
PROGRAM = """
import os, threading
import traced.inner

if os.fork() == 0:
    traced.inner.call(0)
    os._exit(0)
os.wait()
with open(os.path.join(os.environ["PLACE"], "touched"), "a") as file:
    file.write("forked\\n")
thread = threading.Thread(target=traced.inner.call, args=(1,))
thread.start()
thread.join()
"""


def interpreters():
    """The running interpreter, and those that have or have not the other means of tracing."""
    others = filter(None, map(shutil.which, ("python3.10", "python3.14", "pypy3")))
    # What stands on PATH may only say that it is not installed.
    return [
        sys.executable,
        *(path for path in others if not subprocess.run([path, "-c", ""], capture_output=True).returncode),
    ]


@pytest.mark.parametrize("python", interpreters())
def test_every_process_tells_each_line_once(tmp_path, python):
    package = tmp_path / "source" / "traced"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "inner.py").write_text(TRACED)
    lay_tracer(package, tmp_path)
    env = os.environ | {"PYTHONPATH": str(tmp_path), "PLACE": str(tmp_path)}
    subprocess.run([python, "-c", PROGRAM], env=env, cwd=tmp_path, check=True, timeout=100)
    told = (tmp_path / "touched").read_text().split()
    middle = told.index("forked")
    before = [line for line in told[:middle] if line.startswith("traced/inner.py")]
    numbers = [int(line.rpartition(":")[2]) for line in before]
    assert [1, 7] == sorted(number for number in numbers if number in (1, 7)), "the import"
    assert 2 == numbers.count(2) == numbers.count(4), "once for the import, once for the forked process"
    assert 3 not in numbers
    assert "traced/inner.py:3" in told[middle:], "the thread"


FACTS = {"python": "3.13.0", "implementation": "cpython", "platform": "linux", "methods": ["fork"]}


@pytest.fixture
def bench(tmp_path):
    package = tmp_path / "multiprocessing"
    package.mkdir()
    (package / "queues.py").write_text("x = 1\n")
    return Bench(Candidate(resolve("stdlib"), sys.executable, FACTS), package, tmp_path)


@pytest.fixture
def cell(bench):
    spec = next(entry.spec for entry in entries() if entry.spec.function == "test_event_is_unset_when_made")
    requirement = None
    return Cell(bench.candidate, "fork", spec, requirement, None)


LINES = frozenset({("queues.py", 1), ("queues.py", 7), ("util.py", 3)})


def test_a_ledger_keeps_what_was_found_out(tmp_path, bench, cell):
    path = tmp_path / "touches.jsonl"
    with Ledger(path, bench) as ledger:
        assert ledger.is_missing(cell)
        ledger.keep(cell, Touch(0.25, LINES))
        ledger.add_imports({("queues.py", 1)})
    path.write_text(path.read_text() + '{"half')
    with Ledger(path, bench) as ledger:
        assert not ledger.is_missing(cell)
        name = (cell.spec.name, "fork")
        found = ledger.touches([cell])
        assert Touches({name: Touch(0.25, LINES)}, frozenset({("queues.py", 1)})) == found
        assert {name} == found.by_line()["util.py", 3]
        assert {} == ledger.touches([]).cells


def test_a_cell_that_does_not_pass_judges_nothing_and_is_not_tried_again(tmp_path, bench, cell):
    with Ledger(tmp_path / "touches.jsonl", bench) as ledger:
        ledger.keep(cell, None)
    with Ledger(tmp_path / "touches.jsonl", bench) as ledger:
        assert not ledger.is_missing(cell)
        assert {} == ledger.touches([cell]).cells


def test_a_ledger_forgets_when_the_source_changes(tmp_path, bench, cell):
    with Ledger(tmp_path / "touches.jsonl", bench) as ledger:
        ledger.keep(cell, Touch(0.25, LINES))
    (bench.package / "queues.py").write_text("x = 2\n")
    with Ledger(tmp_path / "touches.jsonl", bench) as ledger:
        assert ledger.is_missing(cell)


def test_a_ledger_forgets_a_spec_that_changes(tmp_path, bench, cell):
    path = tmp_path / "touches.jsonl"
    with Ledger(path, bench) as ledger:
        ledger.keep(cell, Touch(0.25, LINES))
    path.write_text(path.read_text().replace('"digest": "', '"digest": "x'))
    with Ledger(path, bench) as ledger:
        assert ledger.is_missing(cell)


def test_a_ledger_may_keep_nothing(tmp_path, bench, cell):
    with Ledger(None, bench) as ledger:
        ledger.keep(cell, Touch(0.25, LINES))
        assert not ledger.is_missing(cell)
    assert ["multiprocessing"] == [path.name for path in Path(tmp_path).iterdir()]
