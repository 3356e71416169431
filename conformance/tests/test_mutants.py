"""Mutants: which changes are made and which are passed over, what must be run for one to matter, what is set aside."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("cosmic_ray", reason="the extra `mutation` is not installed")

from conformance.misuse import Misuse
from conformance.mutation import equivalents
from conformance.mutation.journal import Journal
from conformance.mutation.judging import words
from conformance.mutation.mutants import apply, find_files, mutants, sample
from conformance.mutation.operators import changed, changes
from conformance.mutation.scopes import Scopes
from conformance.mutation.score import score, wrongly_set_aside


def made(source):
    """Every change of `source`: the operator and the line that comes of it."""
    found = []
    for change in changes(source):
        text = changed(source, change)
        if text is not None:
            found.append((change.operator, text.splitlines()[change.position[0][0] - 1].strip()))
    return found


@pytest.mark.parametrize(
    ("source", "operator", "line"),
    [
        ("x = a < b", "ReplaceComparisonOperator_Lt_LtE", "x = a <= b"),
        ("x = a is b", "ReplaceComparisonOperator_Is_IsNot", "x = a is not b"),
        ("x = a + b", "ReplaceBinaryOperator_Add_Sub", "x = a - b"),
        ("x = a and b", "ReplaceAndWithOr", "x = a or b"),
        ("if a and b:\n    c()", "AddNot", "if not a and b:"),
        ("x = not a", "ReplaceUnaryOperator_Delete_Not", "x =  a"),
        ("x = True", "ReplaceTrueWithFalse", "x = False"),
        ("x = -1", "ReplaceUnaryOperator_Delete_USub", "x = 1"),
        ("x = 1", "NumberReplacer", "x = 2"),
        ("for a in b:\n    c()", "ZeroIterationForLoop", "for a in []:"),
        ("def f():\n    g(1)", "DropStatement", "pass"),
        ("def f():\n    self.x = 1", "DropStatement", "pass"),
        ("def f():\n    return 1", "DropStatement", "pass"),
        ("def f():\n    raise E", "DropStatement", "pass"),
        ("def f():\n    x += 1", "DropStatement", "pass"),
    ],
)
def test_a_change_is_made(source, operator, line):
    assert (operator, line) in made(source + "\n")


@pytest.mark.parametrize(
    ("source", "operator"),
    [
        ("x = a is b", "ReplaceComparisonOperator_Is_Eq"),
        ("if a == b:\n    c()", "AddNot"),
        ("while True:\n    c()", "AddNot"),
        ("if not a:\n    c()", "AddNot"),
        ("def f(a, *, b):\n    pass", "ReplaceBinaryOperator_Mul_Div"),
        ("f(*a)", "ReplaceBinaryOperator_Mul_Div"),
        ("def f():\n    x = 1", "DropStatement"),
        ("def f():\n    import a", "DropStatement"),
        ("g(1)", "DropStatement"),
        ('def f():\n    """Text."""', "DropStatement"),
    ],
)
def test_a_change_is_not_made(source, operator):
    assert operator not in [name for name, _ in made(source + "\n")]


SOURCE = """\
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from x import y
    LIMIT = 5

__all__ = ["a", *("b" for _ in range(3))]

if sys.platform == "win32":
    def wait():
        return 1 + 1


class Queue:
    size: int | None = 3

    def get(self, count: int | None = 1) -> int | None:
        if count:
            return (
                count - 1
            )
        return None
"""


@pytest.fixture
def package(tmp_path):
    path = tmp_path / "multiprocessing"
    (path / "dummy").mkdir(parents=True)
    for name in ("queues.py", "pool.py", "heap.py", "dummy/queues.py"):
        (path / name).write_text(SOURCE)
    return path


def test_only_the_core_is_mutated(package):
    assert ["queues.py"] == find_files(package, "stdlib")
    assert ["queues.py"] == find_files(package, "stdlib", ["queues"])
    with pytest.raises(Misuse, match="the core of stdlib has no module 'pool'"):
        find_files(package, "stdlib", ["pool"])


def test_what_is_no_part_of_samples_is_mutated_by_name(package):
    assert ["heap.py", "queues.py"] == find_files(package, "stdlib", ["queues", "heap"])


def test_annotations_and_what_is_not_run_here_are_passed_over(package):
    found = [(each.lines[0], each.inside, each.change.operator) for each in mutants(package, ["queues.py"])]
    assert [
        (10, "", "ReplaceComparisonOperator_Eq_NotEq"),
        (16, "Queue", "NumberReplacer"),
        (16, "Queue", "NumberReplacer"),
        (18, "Queue.get", "NumberReplacer"),
        (18, "Queue.get", "NumberReplacer"),
        (19, "Queue.get", "AddNot"),
        (20, "Queue.get", "DropStatement"),
        (21, "Queue.get", "NumberReplacer"),
        (21, "Queue.get", "NumberReplacer"),
        (21, "Queue.get", "ReplaceBinaryOperator_Sub_Add"),
        (23, "Queue.get", "DropStatement"),
    ] == sorted(found)


def test_a_mutant_is_applied(package):
    (dropped,) = [each for each in mutants(package, ["queues.py"]) if each.lines == (20, 22)]
    text, after = apply(package, dropped)
    assert "pass" == after
    assert SOURCE.replace("return (\n                count - 1\n            )", "pass") == text


def test_a_sample_depends_on_the_seed_alone(package):
    every = list(mutants(package, ["queues.py"]))
    assert sample(every, 3, 1) == sample(every, 3, 1) != sample(every, 3, 2)
    assert 3 == len({each.key for each in sample(every, 3, 1)})
    assert every == sample(every, None, 1) == sample(every, 100, 1)


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        (19, {19}),
        (21, {20, 21, 22}),
        (18, {19, 20, 21, 22, 23}),
        (16, {19, 20, 21, 22, 23}),
        (2, {19, 20, 21, 22, 23}),
    ],
)
def test_what_must_be_run_for_a_line_to_matter(line, lines):
    assert lines == Scopes(SOURCE).lines_that_matter(line)


CONSTANTS = """\
import os

LIMIT = 3
names = {}
for key in "ab":
    names[key] = LIMIT


class Queue:
    size = 1

    def get(self):
        first = self.size
        return first

    def put(self):
        return names


def far():
    return os.getpid()
"""


@pytest.mark.parametrize(
    ("line", "lines"), [(6, {17}), (10, {13}), (1, {21}), (3, {13, 14, 17, 21}), (5, {17}), (13, {13})]
)
def test_a_constant_matters_where_it_is_used(line, lines):
    assert lines == Scopes(CONSTANTS).lines_that_matter(line)


@pytest.mark.parametrize(
    ("name", "found"),
    [("is_alive", {"is", "alive"}), ("BoundedSemaphore", {"bounded", "semaphore"}), ("__init__", {"init"})],
)
def test_names_are_compared_by_their_words(name, found):
    assert found == words(name)


def test_a_file_without_functions_matters_to_those_that_import_it():
    source = (
        "import os, sys\nTYPE_CHECKING = False\nif TYPE_CHECKING:\n    def unlink(name: str) -> None: ...\n"
        "if sys.platform == 'win32':\n    def unlink(name):\n        pass\nelse:\n    from os import unlink\n"
    )
    scopes = Scopes(source)
    assert [{5}, {9}] == [scopes.lines_that_matter(line) for line in (5, 9)]


def test_what_an_import_runs():
    assert {1, 2, 4, 8, 10, 11, 15, 16, 18} <= Scopes(SOURCE).lines_run_by_import()
    assert not {12, 19, 20, 23} & Scopes(SOURCE).lines_run_by_import()


def row(verdict, **more):
    plain = {
        "key": f"util.py:x:{verdict}",
        "file": "util.py",
        "line": 3,
        "inside": "debug",
        "operator": "DropStatement",
    }
    return plain | {"before": "log(1)", "after": "pass", "verdict": verdict, "spec": "", "shown": 0, "of": 0} | more


def test_a_journal_goes_on_after_half_a_line(tmp_path):
    path = tmp_path / "journal.jsonl"
    with Journal(path, {"base": "stdlib"}) as journal:
        journal.add(row("FAIL"))
        journal.add(row("survived"))
    path.write_text(path.read_text() + '{"key": "half')
    with Journal(path, {"base": "stdlib"}) as journal:
        assert ["FAIL", "survived"] == [each["verdict"] for each in journal.rows]
        journal.add(row("survived") | {"verdict": "HANG"})
    with Journal(path, {"base": "stdlib"}) as journal:
        assert "HANG" == journal.get("util.py:x:survived")["verdict"]
    assert 4 == len([json.loads(line) for line in path.read_text().splitlines()])


def test_a_journal_of_something_else_is_refused(tmp_path):
    with Journal(tmp_path / "j", {"base": "stdlib"}):
        pass
    with pytest.raises(Misuse, match="written for another base"), Journal(tmp_path / "j", {"base": "reference"}):
        pass
    (tmp_path / "text").write_text("text\n")
    with pytest.raises(Misuse, match="no journal"), Journal(tmp_path / "text", {"base": "reference"}):
        pass


def entries(tmp_path, text):
    (tmp_path / "equivalents.toml").write_text(text)
    return equivalents.read(tmp_path)


ENTRY = '[[equivalent]]\nbase = "stdlib"\nfile = "ut*.py"\ninside = "deb*"\nbefore = "^log"\nreason = "why"\n'


def test_what_is_set_aside_is_counted_apart(tmp_path):
    known = entries(tmp_path, ENTRY)
    rows = [row("survived"), row("untouched", before="x"), row("FAIL"), row("HANG", inside="f"), row("no program")]
    counted = score("stdlib", rows, known)
    assert (1, 1, 1, 1) == (counted.failed, counted.otherwise, counted.missed, counted.set_aside)
    assert 3 == counted.total
    assert 200 / 3 == pytest.approx(counted.percent)
    assert [row("FAIL")] == wrongly_set_aside("stdlib", rows, known)
    assert 0 == score("reference", rows, known).set_aside


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("reason", "because", "entry 1: because is unknown"),
        ('"stdlib"', '"billiard"', "entry 1: base"),
        ('"^log"', '"("', "entry 1: "),
        ("[[equivalent]]", "[[equivalent", "equivalents.toml: "),
    ],
)
def test_a_wrong_entry_is_told(tmp_path, old, new, words):
    with pytest.raises(Misuse, match=r"equivalents\.toml: ") as told:
        entries(tmp_path, ENTRY.replace(old, new))
    assert words in str(told.value)


def test_the_list_that_comes_with_the_suite_can_be_read():
    assert equivalents.read()
