"""CPython's own tests as judges: what their output says, and which of them are asked."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from conformance.tests.commands import command

pytest.importorskip("cosmic_ray", reason="the extra `mutation` is not installed")

from conformance.mutation.incumbent import Answer, Incumbent, Judge, _answer
from conformance.mutation.judging import SURVIVED, Found

PROCESSES = "test.test_multiprocessing_fork.test_processes"
FAILED = f"""\
test_put ({PROCESSES}.WithProcessesTestQueue.test_put) ... ok
test_get ({PROCESSES}.WithProcessesTestQueue.test_get) ... FAIL

======================================================================
FAIL: test_get ({PROCESSES}.WithProcessesTestQueue.test_get)
----------------------------------------------------------------------
AssertionError: 1 != 2
"""
BROKEN = f"""\
setUpClass ({PROCESSES}.WithProcessesTestLock) ... ERROR

======================================================================
ERROR: setUpClass ({PROCESSES}.WithProcessesTestLock)
----------------------------------------------------------------------
OSError: no
"""
SILENT = f"""\
test_put ({PROCESSES}.WithProcessesTestQueue.test_put) ... ok
test_lock ({PROCESSES}.WithProcessesTestLock.test_lock) ... """


@pytest.mark.parametrize(
    ("status", "told", "verdict", "guilty"),
    [
        (0, "", "PASS", ""),
        (1, FAILED, "FAIL", "WithProcessesTestQueue"),
        (1, BROKEN, "FAIL", "WithProcessesTestLock"),
        (None, SILENT, "HANG", "WithProcessesTestLock"),
        (-11, SILENT, "CRASH", "WithProcessesTestLock"),
        (1, "ImportError: no", "CRASH", ""),
    ],
)
def test_the_output_of_unittest_tells_which_class_is_to_blame(status, told, verdict, guilty):
    answer = _answer(status, told)
    assert verdict == answer.verdict
    assert (f"{PROCESSES}.{guilty}" if guilty else "") == answer.guilty


class Told(Incumbent):
    """An incumbent whose runs are told beforehand: by place and classes."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []

    def _run(self, place, names):
        self.asked.append((place, tuple(names)))
        return self.answers[place, tuple(names)]


PASSED, FAILS = Answer("PASS"), Answer("FAIL", "b", "FAIL: b")


def test_what_fails_without_the_fault_too_is_not_believed():
    told = Told({("m", ("a", "b", "c")): FAILS, ("", ("b",)): FAILS, ("m", ("a", "c")): PASSED})
    assert "PASS" == told._show("m", ["a", "b", "c"]).verdict
    assert 3 == len(told.asked)


def test_what_passes_without_the_fault_is_believed():
    told = Told({("m", ("a", "b")): FAILS, ("", ("b",)): PASSED})
    assert FAILS == told._show("m", ["a", "b"])


def asked_of(answers):
    told = Told(answers)
    told._bench = SimpleNamespace(candidate=SimpleNamespace(methods=["fork", "spawn"]))
    classes = [Judge("fork", "b", 1.0, frozenset()), Judge("spawn", "c", 1.0, frozenset())]
    return told._ask(None, None, classes, "m")


def test_the_classes_of_each_start_method_are_asked_until_one_notices():
    fork = {("m", ("b",)): FAILS, ("", ("b",)): PASSED}
    assert Found("FAIL", "b", "fork", "FAIL: b") == asked_of(fork)
    spawn = {("m", ("b",)): PASSED, ("m", ("c",)): Answer("HANG", "c"), ("", ("c",)): PASSED}
    assert Found("HANG", "c", "spawn") == asked_of(spawn)
    assert Found(SURVIVED, shown=2) == asked_of({("m", ("b",)): PASSED, ("m", ("c",)): PASSED})


def test_the_short_name_is_the_same_under_every_start_method():
    assert "WithProcessesTestQueue" == Judge("fork", f"{PROCESSES}.WithProcessesTestQueue", 1.0, frozenset()).short


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this interpreter brings its tests in the new layout")
def test_an_interpreter_without_tests_of_its_own_is_refused(tmp_path):
    done = command("mutate", "--base", "stdlib", "--sample", "1", "--incumbent", cwd=tmp_path)
    assert done.returncode == 2
    assert "brings no tests" in done.stderr
