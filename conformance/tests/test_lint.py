"""Rules for specs: a good and a bad example each, and the command; drafts of specs."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import catalogue
from conformance.inventory import FOLDER
from conformance.lint import RULES, lint
from conformance.scaffold import add, draft, function_name, home
from conformance.tests.commands import command

HEAD = '"""Event: what it does."""\n\nfrom conformance.requirement import requirement\n\n\n'


def spec(*body, declared='"event.initial"', head="", name="test_event", arguments="mp", doc='"""It is unset."""'):
    lines = [doc, *body] if doc else list(body)
    text = f"@requirement({declared})\ndef {name}({arguments}):\n" + "".join(f"    {line}\n" for line in lines)
    return HEAD + head + text


CHILD = "def child():\n    pass\n\n\n"
PAIRS = {
    "no-sleep": (spec("mp.Event().wait(0.1)"), spec("time.sleep(0.1)", head="import time\n\n\n")),
    "docstring": (spec("pass"), spec("pass", doc="")),
    "one-requirement": (
        spec("pass"),
        spec("pass").replace("@requirement", '@requirement("event.set")\n@requirement'),
    ),
    "known-id": (spec("pass"), spec("pass", declared='"event.frobnicates"')),
    "imports": (
        spec("pass", head="import queue\nfrom conformance.specs.aids import running\n\n\n"),
        spec("import multiprocessing.queues"),
    ),
    "old-syntax": (spec("if (n := 1): pass"), spec("match mp:\n        case 1: pass")),
    "subject-only": (spec("pass", arguments="mp, limit=3"), spec("pass", arguments="mp, tmp_path")),
    "module-level-children": (
        spec("mp.Process(target=child)", head=CHILD),
        spec("def child(): pass", "mp.Process(target=child)"),
    ),
    "explained": (spec('assert 1 == mp.x, "x"'), spec("assert 1 == mp.x")),
    "half-a-screen": (spec(*["pass"] * 23), spec(*["pass"] * 24)),
}
"""For each rule a file that keeps it and one that breaks it, and no other."""

MORE_BAD = [
    ("no-sleep", spec("sleep(1)", head="from time import sleep\n\n\n")),
    ("docstring", spec("pass", doc='"""a title"""')),
    ("docstring", spec("pass").replace('"""Event: what it does."""', "")),
    ("one-requirement", spec("pass", name="event_is_unset")),
    ("one-requirement", spec("pass").replace('@requirement("event.initial")\n', "")),
    ("imports", spec("import pytest")),
    ("imports", spec("from conformance import catalogue")),
    ("imports", spec("from . import aids")),
    ("imports", spec("import reference")),
    ("module-level-children", spec("mp.Process(target=lambda: None)")),
    ("module-level-children", spec("with running(mp, lambda: None): pass")),
    ("explained", spec('assert mp.x == 1, "x"')),
]


def broken_by(tmp_path, text):
    path = tmp_path / "test_it.py"
    path.write_text(text)
    return {violation.rule for violation in lint(path)}


def test_every_rule_has_a_good_and_a_bad_example():
    assert set(RULES) == set(PAIRS)


@pytest.mark.parametrize("rule", PAIRS)
def test_a_rule_passes_the_good_and_finds_the_bad(tmp_path, rule):
    good, bad = PAIRS[rule]
    assert set() == broken_by(tmp_path, good)
    assert {rule} == broken_by(tmp_path, bad)


@pytest.mark.parametrize(("rule", "text"), MORE_BAD)
def test_a_rule_finds_its_other_forms(tmp_path, rule, text):
    assert {rule} == broken_by(tmp_path, text)


def test_what_only_fork_can_do_may_be_local(tmp_path):
    text = spec("mp.Process(target=lambda: None)", declared='"event.initial", methods=("fork",)')
    assert set() == broken_by(tmp_path, text)


def test_a_file_that_is_no_python_is_told(tmp_path):
    assert {"syntax"} == broken_by(tmp_path, "def (:\n")


def test_the_command_tells_place_and_rule(tmp_path):
    (tmp_path / "test_it.py").write_text(PAIRS["no-sleep"][1])
    done = command("lint", "test_it.py", cwd=tmp_path)
    assert 1 == done.returncode
    assert "test_it.py:12: no-sleep: a call of sleep" in done.stdout
    assert "1 files, 10 rules: 1 violation." in done.stdout
    (tmp_path / "test_it.py").write_text(PAIRS["no-sleep"][0])
    assert 0 == command("lint", "test_it.py", cwd=tmp_path).returncode


def test_the_command_lists_the_rules(tmp_path):
    done = command("lint", "--rules", cwd=tmp_path)
    assert all(name in done.stdout for name in RULES)


def test_the_specs_keep_the_rules():
    assert [] == [str(violation) for path in sorted(FOLDER.glob("test_*.py")) for violation in lint(path)]


ROW = catalogue.load()["event.initial"]


def test_a_draft_keeps_the_rules_and_fails(tmp_path):
    path = tmp_path / "test_event.py"
    name, line = add(ROW, path)
    assert "test_event_initial" == name
    assert f"def {name}(mp):" == path.read_text().splitlines()[line - 1]
    assert [] == lint(path)
    assert "raise AssertionError" in path.read_text()
    add(ROW, path)
    assert 2 == path.read_text().count("@requirement(")
    assert 1 == path.read_text().count("import requirement")


def test_every_requirement_can_be_drafted(tmp_path):
    path = tmp_path / "test_it.py"
    for row in catalogue.load().values():
        path.write_text(HEAD.rstrip("\n") + "\n" + draft(row, "test_it"))
        assert not [violation for violation in lint(path) if violation.rule not in ("docstring", "explained")], row.id


def test_a_draft_gets_a_name_and_a_file_of_its_kind():
    assert "test_lock_acquire_blocking" == function_name("lock.acquire.blocking")
    assert "test_event.py" == home(ROW, FOLDER).name
    assert "test_queue_get.py" == home(catalogue.load()["queue.get.blocks"], FOLDER).name
    assert "test_pool.py" == home(catalogue.load()[_first("pool")], Path("elsewhere")).name


def _first(subject):
    return next(row.id for row in catalogue.load().values() if row.subject == subject)


def test_the_command_begins_a_spec(tmp_path):
    done = command("new", "event.initial", "--file", "test_mine.py", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert "test_mine.py:7: test_event_initial" in done.stdout
    assert "also checked by test_event.py::test_event_is_unset_when_made" in done.stdout
    assert "conformance admit test_event_initial" in done.stdout
    refused = command("new", "event.initialised", cwd=tmp_path)
    assert 2 == refused.returncode
    assert "did you mean event.initial" in refused.stderr
