"""The exit of a forked cell: everything that an exit owes to a program, without the teardown of its modules."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nurseries fork")

_CELL = """
import atexit, os, sys, threading, time
from conformance.nursery import _Exit

class Held:
    def __del__(self):
        os.write(1, b"torn down\\n")

leave = _Exit()
held = Held()
atexit.register(os.write, 1, b"exit handler\\n")
"""
"""A program up to where a cell would be forked."""


def _run(rest: str) -> tuple[int, list[str]]:
    environment = dict(os.environ, PYTHONUNBUFFERED="")  # So that what is printed waits for a flush.
    done = subprocess.run(
        [sys.executable, "-c", _CELL + rest], capture_output=True, text=True, timeout=60, env=environment
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.split("\n")[:-1]


def test_cell_ends_after_threads_handlers_and_what_it_printed() -> None:
    rest = """
def work():
    time.sleep(0.1)
    os.write(1, b"thread\\n")
threading.Thread(target=work).start()
print("printed")
leave.is_due()
"""
    assert _run(rest) == (0, ["thread", "exit handler", "printed"])


def test_child_of_a_cell_ends_in_full_and_with_its_own_status() -> None:
    rest = """
leave.is_due()
pid = os.fork()
if pid == 0:
    sys.exit(3)
os.write(1, b"status %d\\n" % os.WEXITSTATUS(os.waitpid(pid, 0)[1]))
"""
    assert _run(rest) == (0, ["exit handler", "torn down", "status 3", "exit handler"])


def test_cell_that_did_not_come_to_its_end_keeps_its_status() -> None:
    assert _run("sys.exit(5)") == (5, ["exit handler", "torn down"])


def test_cell_of_which_lines_are_counted_ends_in_full() -> None:
    rest = """
sys.modules["coverage"] = os
leave.is_due()
"""
    assert _run(rest) == (0, ["exit handler", "torn down"])


def test_cell_leaves_it_to_the_interpreter_to_tell_of_a_broken_stream() -> None:
    rest = """
sys.stdout.close()
leave.is_due()
"""
    assert _run(rest) == (0, ["exit handler", "torn down"])
