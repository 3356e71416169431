"""Whom `mp.NAME` means: the context, or the package where it writes a function or class of its own."""

from __future__ import annotations

import multiprocessing
import multiprocessing.process
import subprocess
import sys
import types
from pathlib import Path

import pytest

from conformance.inventory import by_requirement
from conformance.store import read
from conformance.subject import Absent, Subject
from conformance.tests.commands import command

METHODS = multiprocessing.get_all_start_methods()

CAREFUL = """
import importlib, multiprocessing, sys
from multiprocessing import *
from multiprocessing import SUBDEBUG, SUBWARNING, reducer, __all__
from multiprocessing.synchronize import Event as _Event

for name in "connection context process queues reduction spawn synchronize".split():
    sys.modules[__name__ + "." + name] = importlib.import_module("multiprocessing." + name)

class Process(multiprocessing.Process):
    def join(self, timeout=None):
        return super().join(timeout)

class Flag(_Event):
    def wait(self, timeout=None):
        return super().wait(timeout)

def Event():
    return Flag(ctx=multiprocessing.get_context())
"""
BUGS = {
    "event.wait.true": ("return super().wait(timeout)", "super().wait(timeout)"),
    "process.join.returns-none": ("return super().join(timeout)", "return super().join(timeout) or self"),
}
"""Mistakes in what the package writes itself: no context of it has them."""


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A package that passes on what the stdlib's `multiprocessing` offers, until a test gives it something else."""
    made = types.ModuleType("made")
    vars(made).update({name: getattr(multiprocessing, name) for name in multiprocessing.__all__})
    monkeypatch.setitem(sys.modules, "made", made)
    return made


def test_what_is_the_contexts_is_asked_of_the_context(package: types.ModuleType) -> None:
    for method in METHODS:
        subject, context = Subject("made", method), multiprocessing.get_context(method)
        for name in ("Event", "Process", "TimeoutError", "current_process", "get_start_method"):
            assert getattr(subject, name) == getattr(context, name)


def test_what_the_package_writes_itself_is_asked_of_it_under_its_default(package: types.ModuleType) -> None:
    class Process(multiprocessing.Process):  # type: ignore[name-defined,misc]  # typeshed has it as a variable
        """Nothing else: that of another module may do anything."""

    vars(package).update(Event=lambda: "an event", Process=Process, get_context=multiprocessing.get_context)
    first, *others = (Subject("made", method) for method in METHODS)
    assert (first.Event(), first.Process) == ("an event", Process)
    for subject in others:
        context = multiprocessing.get_context(subject.method)
        assert (subject.Event, subject.Process) == (context.Event, context.Process)


def test_a_class_beside_the_contexts_is_another_if_it_adds_what_is_public(package: types.ModuleType) -> None:
    context = multiprocessing.get_context(METHODS[0])
    names = {"__module__": context.Process.__module__}
    for added, other in (({}, False), ({"_Popen": None}, False), ({"join": None}, True), ({"__init__": None}, True)):
        package.Process = type("Process", (multiprocessing.process.BaseProcess,), names | added)
        assert (Subject("made", METHODS[0]).Process is package.Process) is other, added


def test_a_package_that_cannot_tell_its_methods_is_asked_by_its_contexts(package: types.ModuleType) -> None:
    package.Event = object
    del package.get_all_start_methods
    assert Subject("made", METHODS[0]).Event == multiprocessing.get_context(METHODS[0]).Event


def test_what_one_of_them_lacks_is_asked_of_the_other(package: types.ModuleType) -> None:
    subject = Subject("made", METHODS[0])
    package.extra = object()
    del package.Event
    assert (subject.extra, subject.offers("Event")) == (package.extra, True)
    with pytest.raises(Absent, match="made has no 'nothing'"):
        subject.nothing()


@pytest.mark.parametrize("bug", [None, *BUGS])
def test_a_bug_of_the_package_alone_is_found_and_shown_without_the_suite(tmp_path: Path, bug: str | None) -> None:
    right, wrong = BUGS[bug] if bug else ("", "")
    assert right in CAREFUL
    (tmp_path / "careful.py").write_text(CAREFUL.replace(right, wrong) if bug else CAREFUL)
    specs = {requirement: by_requirement()[requirement][0].spec.function for requirement in BUGS}
    words = ("careful", "--method", METHODS[0], "-k")
    done = command("run", *words, " or ".join(specs.values()), "--out", "record.jsonl", cwd=tmp_path)
    failed = {row.requirement for row in read(tmp_path / "record.jsonl").rows if row.outcome.verdict == "FAIL"}
    assert (done.returncode, failed) == (bool(bug), {bug} - {None}), done.stdout + done.stderr
    if bug:
        assert command("reproduce", *words, specs[bug], "--out", "see.py", cwd=tmp_path).returncode == 0
        alone = subprocess.run([sys.executable, "-E", "see.py"], cwd=tmp_path, capture_output=True, text=True, env={})
        assert (alone.returncode, alone.stdout.partition(":")[0]) == (1, "FAIL"), alone.stdout + alone.stderr
