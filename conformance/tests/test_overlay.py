"""Faults and overlays: where an edit may be made, how each mistake in a table is told, what a copy consists of."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import py_compile
import subprocess
import sys
from pathlib import Path

import pytest

import reference
from conformance import catalogue
from conformance.broken.fault import FOLDER, Edit, FaultFileError, choose, gather, subject_of
from conformance.broken.overlay import DoesNotApply, EditError, edited, first_fitting, lay, replace, stock
from conformance.misuse import Misuse
from conformance.outcome import Verdict

SOURCE = """\
import sys

LIMIT = 1

if sys.platform == "win32":
    def wait(seconds):
        return seconds + 1
else:
    def wait(seconds):
        return seconds + 1


class Queue:
    @property
    def size(self):
        return LIMIT + 1

    def get(self):
        if sys.platform != "win32":
            return 1
        else:
            return 1


class Other:
    def get(self):
        return 1
"""

TABLE = """
[get-gives-two]
fault = "get() gives two"
caught_by = ["queue.get.blocks"]
green = ["queue.put.timeout.full"]
methods = ["fork"]
[get-gives-two.stdlib]
file = "queues.py"
inside = "Queue.get"
find = 'return 1'
replace = 'return 2'
[[get-gives-two.reference]]
file = "queues.py"
find = 'one'
replace = 'two'
[[get-gives-two.reference]]
file = "rooms.py"
find = 'one'
replace = 'two'
"""


def edit(find, new, inside="", file="queues.py"):
    return Edit(file=file, find=find, replace=new, inside=inside)


def changed(text):
    """Numbers and contents of the lines in which `text` differs from the source."""
    pairs = zip(SOURCE.splitlines(), text.splitlines(), strict=True)
    return [(number, new.strip()) for number, (old, new) in enumerate(pairs, 1) if old != new]


def test_an_edit_is_made_within_the_named_method_and_not_in_lines_for_windows():
    assert [(20, "return 2")] == changed(edited(SOURCE, edit("return 1", "return 2", "Queue.get")))


def test_an_edit_within_a_function_passes_over_its_twin_for_windows():
    assert [(10, "return seconds")] == changed(edited(SOURCE, edit(r" \+ 1", "", "wait")))


def test_an_edit_without_a_place_may_be_anywhere_and_may_use_groups():
    assert [(3, "LIMIT = 11")] == changed(edited(SOURCE, edit(r"^(LIMIT) = (\d)$", r"\1 = \g<2>1")))


def test_a_decorator_belongs_to_its_function():
    assert [(14, "@staticmethod")] == changed(edited(SOURCE, edit("@property", "@staticmethod", "Queue.size")))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (edit("return 1", "return 2", "Queue.put"), "has no Queue.put"),
        (edit("return 3", "return 2", "Queue.get"), "nothing in queues.py, Queue.get matches 'return 3'"),
    ],
)
def test_what_another_version_has_not_does_not_apply(wrong, words):
    with pytest.raises(DoesNotApply, match=words):
        edited(SOURCE, wrong)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (edit("return 1", "return 2"), "2 places in queues.py match"),
        (edit("LIMIT = 1", "LIMIT = ="), "no Python after the edit"),
        (edit("LIMIT = 1", "LIMIT = 1"), "changes nothing"),
    ],
)
def test_a_wrong_edit_is_told(wrong, words):
    with pytest.raises(EditError, match=words):
        edited(SOURCE, wrong)


def test_source_that_this_python_cannot_read_does_not_apply():
    with pytest.raises(DoesNotApply, match="newer Python"):
        edited("match = = 1\n", edit("1", "2"))


@pytest.fixture
def package(tmp_path):
    """A package with a module that has been compiled, and tests that nobody needs."""
    path = tmp_path / "package"
    (path / "tests").mkdir(parents=True)
    (path / "tests" / "__init__.py").touch()
    (path / "__init__.py").write_text("from package.queues import LIMIT\n")
    (path / "queues.py").write_text(SOURCE)
    for source in path.glob("*.py"):
        py_compile.compile(str(source), doraise=True)
    return path


def test_a_copy_differs_in_the_edit_only_and_keeps_what_is_compiled(package, tmp_path):
    place = lay(package, tmp_path / "copy", [edit("^LIMIT = 1", "LIMIT = 2")])
    copied = sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())
    cached = importlib.util.cache_from_source("package/__init__.py")
    assert sorted(["package/__init__.py", cached, "package/queues.py"]) == copied
    said = subprocess.run(
        [sys.executable, "-c", "import package; print(package.LIMIT)"], cwd=place, capture_output=True, text=True
    )
    assert "2\n" == said.stdout
    assert SOURCE == (package / "queues.py").read_text()


def test_a_stock_is_compiled_by_the_interpreter_that_uses_it(package, tmp_path):
    (package / "broken.py").write_text("= no Python\n")
    copy = stock(package, tmp_path / "stock", sys.executable)
    assert os.path.exists(importlib.util.cache_from_source(str(copy / "queues.py")))
    assert "= no Python\n" == (copy / "broken.py").read_text()
    assert not (copy / "tests").exists()


def test_the_first_edit_that_fits_is_made(package, tmp_path):
    edits = [edit("x", "y", file="absent.py"), edit("LIMIT = 3", "LIMIT = 4"), edit("^LIMIT = 1", "LIMIT = 2")]
    lay(package, tmp_path / "copy", edits)
    assert "LIMIT = 2" in (tmp_path / "copy" / "package" / "queues.py").read_text()
    with pytest.raises(DoesNotApply, match=r"there is no absent\.py; nothing in queues\.py matches"):
        lay(package, tmp_path / "other", edits[:2])
    assert not (tmp_path / "other").exists()


def test_a_copy_of_an_installed_package_may_be_read_only(package, tmp_path):
    (package / "queues.py").chmod(0o444)
    replace(package, tmp_path / "copy", "queues.py", "LIMIT = 5\n")
    assert "LIMIT = 5\n" == (tmp_path / "copy" / "package" / "queues.py").read_text()


def read(tmp_path, text, name="queue.toml"):
    (tmp_path / name).write_text(text)
    return gather(tmp_path, catalogue.load())


def test_a_table_is_read(tmp_path):
    (fault,) = read(tmp_path, TABLE).values()
    assert ("get-gives-two", "queue", "get() gives two") == (fault.name, fault.subject, fault.sentence)
    assert (("queue.get.blocks",), ("queue.put.timeout.full",), ("fork",)) == (
        fault.caught_by,
        fault.green,
        fault.methods,
    )
    assert Verdict.FAIL is fault.verdict
    assert (edit("return 1", "return 2", "Queue.get"),) == fault.edits["stdlib"]
    assert ["queues.py", "rooms.py"] == [each.file for each in fault.edits["reference"]]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"queue.get.blocks"', '"queue.get.block"', "no requirement 'queue.get.block'"),
        ('"queue.put.timeout.full"', '"queue.put"', "no requirement 'queue.put'"),
        ('["fork"]', '["clone"]', "unknown start method 'clone'"),
        ('["fork"]', '"fork"', "unknown key, or value of another type: 'methods'"),
        ("caught_by", "caught", "unknown key, or value of another type: 'caught'"),
        ('fault = "get() gives two"', "", "fault is missing"),
        ('["queue.get.blocks"]', "[]", "caught_by is missing"),
        ('methods = ["fork"]', 'verdict = "HANG"', "verdict must be one of FAIL, LEAK"),
        ("inside", "within", "unknown key in an edit: 'within'"),
        ("replace = 'return 2'", "", "an edit lacks 'replace'"),
        ("replace = 'return 2'", "replace = 2", "an edit is a table of strings"),
        ("'return 1'", "'return ('", "find is no regular expression"),
        ("[get-gives-two]", "[get-gives-two", "queue.toml: "),
    ],
)
def test_a_wrong_table_is_told_with_file_and_fault(tmp_path, old, new, words):
    with pytest.raises(FaultFileError, match=r"queue\.toml: ") as told:
        read(tmp_path, TABLE.replace(old, new, 1))
    assert words in str(told.value)


def test_a_fault_without_edits_is_told(tmp_path):
    with pytest.raises(FaultFileError, match="there is no edit, neither for reference nor for stdlib"):
        read(tmp_path, TABLE.partition("[get-gives-two.stdlib]")[0])


def test_a_value_outside_of_any_table_is_told(tmp_path):
    with pytest.raises(FaultFileError, match="stands outside of any table"):
        read(tmp_path, "stray = 1\n" + TABLE)


def test_two_faults_of_one_name_are_told(tmp_path):
    read(tmp_path, TABLE)
    with pytest.raises(FaultFileError, match=r"lock\.toml: get-gives-two: queue\.toml has one of that name"):
        read(tmp_path, TABLE, "lock.toml")


def test_faults_are_chosen_by_name_and_subject(tmp_path):
    read(tmp_path, TABLE)
    faults = read(tmp_path, TABLE.replace("get-gives-two", "lock-gives-two"), "lock.toml")
    assert ["get-gives-two", "lock-gives-two"] == [fault.name for fault in choose(faults, (), ())]
    assert ["lock-gives-two"] == [fault.name for fault in choose(faults, (), ("lock",))]
    assert ["get-gives-two"] == [fault.name for fault in choose(faults, ("get-gives-two",), ())]
    with pytest.raises(Misuse, match="no fault 'get'"):
        choose(faults, ("get",), ())
    with pytest.raises(Misuse, match="no fault is selected"):
        choose(faults, ("get-gives-two",), ("lock",))


@pytest.mark.parametrize(("base", "package"), [("reference", reference), ("stdlib", multiprocessing)])
def test_every_fault_that_comes_with_the_suite_still_fits(tmp_path, base, package):
    source = Path(package.__file__).parent
    misfits = []
    for fault in gather(FOLDER, catalogue.load()).values():
        try:
            if base in fault.edits:
                first_fitting(source, fault.edits[base])
        except DoesNotApply as error:
            misfits.append(f"{fault.name}: {error}")
    # Of the stdlib this Python has one version, which not all edits are for.
    assert not misfits or base == "stdlib"


@pytest.mark.parametrize(
    ("stem", "subject"),
    [("queue", "queue"), ("queue_feeder", "queue"), ("start-methods", "start-methods"), ("queues", "queues")],
)
def test_several_files_may_be_of_one_subject(stem, subject):
    assert subject == subject_of(stem, catalogue.load())
