"""`run --coverage` counts the target's own lines, in children too, and says which no spec reached."""

from __future__ import annotations

import os
from pathlib import Path

from coverage import CoverageData

from conformance.reached import by_file
from conformance.tests.commands import command

PACKAGE = '''\
"""The stdlib's API, and a line that only children run."""
from multiprocessing import *
from multiprocessing import context, get_context as real

class Process(context.SpawnProcess):
    def run(self):
        super().run()

class Context(context.SpawnContext):
    Process = Process

def get_context(method=None):
    return Context()

def get_all_start_methods():
    return ["spawn"]

def get_start_method():
    return "spawn"

def unreached():
    return "nobody asks for this"
'''


def test_lines_of_children_count_and_lines_of_nobody_are_told(tmp_path: Path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "__init__.py").write_text(PACKAGE)
    words = ("run", "mine", "--coverage", "-k", "test_process_start_runs_the_target_in_another_process")
    done = command(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    line = next(line for line in done.stdout.splitlines() if "__init__.py" in line)
    assert line.split()[-1] == "22", done.stdout
    assert (tmp_path / "coverage" / "index.html").exists()
    assert (tmp_path / "coverage.xml").exists()
    (kept,) = (tmp_path / "coverage").glob(".coverage.*")
    data = CoverageData(str(kept))
    data.read()
    (file,) = data.measured_files()
    behalf = data.contexts_by_lineno(file)[7]
    assert sorted(behalf) == ["smoke_child_runs", words[-1]], "on whose behalf a line is run that children alone run"
    specs = (tmp_path / "coverage" / "specs.txt").read_text().splitlines()
    assert [line.strip() for line in specs if "test_" in line] == [words[-1]]


def test_who_ran_a_line_only_while_it_was_imported_says_nothing(tmp_path: Path):
    data = CoverageData(str(tmp_path / "data"))
    for context, lines in (("", [1, 2]), ("test_one", [1, 2]), ("test_two", [2, 3]), ("other tests", [1, 2, 3])):
        data.set_context(context)
        data.add_lines({str(tmp_path / "package" / "room.py"): lines})
    data.write()
    assert by_file(tmp_path / "data") == {os.path.join("package", "room.py"): ["test_two"]}


def test_another_interpreter_is_refused(tmp_path: Path):
    done = command("run", "stdlib", "--coverage", "--python", "python3", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--coverage measures the interpreter that runs the suite" in done.stderr
