"""A failing cell as a program of its own: what it carries, what it says, and that it needs nothing of the suite."""

from __future__ import annotations

import builtins
import dis
import subprocess
import sys

import pytest

from conformance.excerpt import excerpt
from conformance.inventory import entries
from conformance.misuse import Misuse
from conformance.replay import replay
from conformance.reproduction import compose, find, program, quoted, spec_text, subjected, support
from conformance.target import resolve
from conformance.tests.commands import HOME, command

WHOLE = '''"""A module."""

import os
import sys, json

SIZE = 1
"""Its comment."""
OTHER = 2
"""Another's."""

# About `helper`.
def helper():
    return json, SIZE

@helper
class Unused:
    pass

def test_one(mp):
    helper()

def test_two(mp):
    return OTHER
'''
PART = '''import json
SIZE = 1
"""Its comment."""


# About `helper`.
def helper():
    return json, SIZE


def test_one(mp):
    helper()
'''
UNSET = """
from multiprocessing import *
from multiprocessing import synchronize

synchronize.Event.is_set = lambda self: None
"""
SPEC = "test_event_is_unset_when_made"


def test_an_excerpt_is_what_a_function_uses():
    assert excerpt(WHOLE, "test_one") == PART


def _globals(function):
    code = [function.__code__]
    while code:
        one = code.pop()
        code += [constant for constant in one.co_consts if hasattr(constant, "co_code")]
        yield from (step.argval for step in dis.get_instructions(one) if step.opname == "LOAD_GLOBAL")


def test_every_spec_stands_with_its_excerpt_alone():
    for entry in entries():
        names = {"__name__": entry.spec.module, "__file__": str(entry.file)}
        exec(compile(spec_text(entry), str(entry.file), "exec"), names)
        missing = {name for name in _globals(names[entry.spec.function]) if name not in names}
        assert not missing - set(dir(builtins)), entry.spec.name
        assert names[entry.spec.function].requirement.id == entry.spec.declaration.id


@pytest.mark.parametrize("text", ["plain\n", "a \\n b\n", "ends in \\", "has ''' in it", "'"])
def test_a_text_is_quoted_so_that_it_comes_back(text):
    assert eval(quoted(text)) == text
    assert quoted("plain\n") == "r'''plain\n'''"


def test_a_spec_brings_along_what_it_uses_of_the_suite():
    files = support("conformance.specs.test_sequences")
    assert {"conformance/models/primitives.py", "conformance/models/__init__.py", "conformance/replay.py"} <= set(files)
    assert not {"conformance/catalogue.py", "conformance/cell.py", "conformance/target.py"} & set(files)


def test_who_has_no_package_is_presented():
    text = compose(program(find(SPEC)), subjected(resolve("dummy")), "threads")
    assert "FILES['presented_multiprocessing_dummy.py'] = " in text
    assert '"target":"presented_multiprocessing_dummy","strict":false' in text


def test_the_program_shows_the_bug_where_the_suite_is_not_installed(tmp_path):
    """A maintainer's path: one command finds the bug; the words that it prints lead to a program for the report."""
    (tmp_path / "mypackage.py").write_text(UNSET)
    done = command("run", "mypackage", "--subject", "event", "--method", "spawn", "-k", "made", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "say `reproduce` in the place of `run`" in done.stdout
    (shown,) = [line for line in done.stdout.splitlines() if SPEC in line and "see again" in line]
    words = shown.split("conformance run ")[1].split()
    written = command("reproduce", *words, "--out", "see.py", cwd=tmp_path)
    assert (written.returncode, written.stdout) == (0, "wrote see.py\n"), written.stderr
    for name, status, phrases in (
        ("mypackage", 1, ["FAIL: ", "expected exactly False", "got      None"]),
        ("multiprocessing", 0, ["PASS: as required"]),
    ):
        text = (tmp_path / "see.py").read_text().replace('"target":"mypackage"', f'"target":"{name}"')
        (tmp_path / "see.py").write_text(text)
        # Isolated: neither the environment nor the working directory lead to the suite.
        seen = subprocess.run([sys.executable, "-E", "see.py"], cwd=tmp_path, capture_output=True, text=True, env={})
        assert seen.returncode == status, seen.stdout + seen.stderr
        for phrase in phrases:
            assert phrase in seen.stdout


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("pass", 0, "PASS: as required"),
        ("raise ValueError('odd')", 1, "FAIL: ValueError: odd"),
        ("assert 1 == 2, 'numbers'", 1, "FAIL: numbers\n  expected 1\n  got      2"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 1, "CRASH: it was ended by signal 9"),
        ("import time; time.sleep(60)", 1, "HANG: it did not end in time"),
        ("open(__import__('os').environ['TMPDIR'] + '/x', 'w').close()", 1, "left behind: temporary files: x"),
        ("import subprocess; subprocess.Popen(['sleep', '60'])", 1, "left behind: running processes, now ended"),
    ],
)
def test_how_a_spec_ends_is_told(tmp_path, capfd, body, status, said):
    (tmp_path / "sample.py").write_text(f"def spec(mp):\n    {body}\n")
    case = {"target": "multiprocessing", "method": "spawn", "strict": True, "deadline": 1.0, "paths": [str(HOME)]}
    assert replay(str(tmp_path), case | {"module": "sample", "function": "spec"}) == status
    assert said in capfd.readouterr().out


@pytest.mark.parametrize("name", ["test_nothing", "test_event.py"])
def test_an_unknown_spec_is_refused(name):
    with pytest.raises(Misuse, match="no spec is called"):
        find(name)


@pytest.mark.parametrize(
    ("words", "phrase"),
    [
        (["stdlib", "--method", "wish", "-k", SPEC], "unknown start method 'wish'; offered are: fork, spawn"),
        (["stdlib", "--method", "fork", "-k", SPEC, "--path", "no"], "there is no directory 'no'"),
        (["stdlib", "--method", "fork", "-k", SPEC, "--out", "no/x"], "cannot write no"),
        (["a-b", "--method", "fork", "-k", SPEC], "'a-b' is no target"),
    ],
)
def test_misuse_is_refused_in_one_line(tmp_path, words, phrase):
    done = command("reproduce", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert phrase in line
