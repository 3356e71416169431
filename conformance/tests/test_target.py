"""Targets: what a name means, and that the files in targets/ say nothing that cannot be checked."""

from __future__ import annotations

import datetime

import pytest

from conformance import target
from conformance.inventory import by_requirement
from conformance.misuse import Misuse
from conformance.target import TargetFileError, known, read, resolve
from conformance.tests.commands import python


def test_the_known_targets_are_there():
    assert next(iter(known())) == "stdlib"
    assert set(known()) == {
        *("stdlib", "reference", "multiprocess", "billiard"),
        *("dummy", "loky", "torch", "multiprocessing_on_dill", "lithops"),
    }
    assert known()["reference"].bundled
    assert not known()["billiard"].strict


@pytest.mark.parametrize(("name", "found"), [("stdlib", "stdlib"), ("multiprocessing", "stdlib"), ("a.b_2", "a.b_2")])
def test_a_name_is_a_known_target_or_a_module(name, found):
    assert resolve(name).name == found


@pytest.mark.parametrize("name", ["", "a-b", "2x", "a..b", ".a", "a:", ":b", "a:b:c", "a:b-c", "a b"])
def test_what_can_be_no_module_is_refused(name):
    with pytest.raises(Misuse, match="is no target: give one of stdlib, "):
        resolve(name)


def test_an_attribute_of_a_module_is_presented_as_a_package():
    found = resolve("a.b:c.d")
    assert (found.name, found.origin, found.module, found.attribute) == ("a.b:c.d", "a.b:c.d", "a.b", "c.d")
    assert (found.is_package, found.importable) == (False, "presented_a_b_c_d")
    assert (resolve("a.b").is_package, resolve("a.b").importable) == (True, "a.b")


def test_a_file_of_ones_own_is_a_target(tmp_path, monkeypatch):
    (tmp_path / "mine.toml").write_text("module = 'x.y'\nlacks = ['Pool']\nmethods = ['green']\n")
    monkeypatch.chdir(tmp_path)
    found = resolve("mine.toml")
    assert (found.name, found.module, found.lacks, found.methods) == ("mine", "x.y", {"Pool"}, ("green",))
    monkeypatch.chdir("/")
    assert resolve(found.origin) == found
    with pytest.raises(Misuse, match=r"cannot read the target's file no\.toml: No such file"):
        resolve("no.toml")
    (tmp_path / "mine.toml").write_text("modul = 'x'\n")
    with pytest.raises(Misuse, match=r"mine\.toml: unknown key"):
        resolve(found.origin)


def test_the_requirements_of_the_newest_python_bind_the_reference_everywhere():
    assert resolve("reference").judged_as("3.10.1") == (3, 15)
    assert resolve("billiard").judged_as("3.10.1") == (3, 10, 1)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("module = 1", "another type: 'module'"),
        ("module = 'x'\nleaves = ['(']", "unterminated"),
        ("module = 'x'\nrequires_python = '3.12 up'", "3.12 up"),
        ("modul = 'x'", "unknown key"),
        ("module = 'x", "odd.toml: "),
        ("title = 'no module'", "module"),
        ("module = 'x'\n[[deviation]]\nrequirement = 'event.set'\nverdict = 'FAIL'", "'reason' is missing"),
    ],
)
def test_a_wrong_file_is_named(tmp_path, text, phrase):
    file = tmp_path / "odd.toml"
    file.write_text(text)
    with pytest.raises(TargetFileError, match=phrase):
        read(file)


@pytest.mark.parametrize("name", list(known()))
def test_every_deviation_on_record_can_be_seen(name):
    specs = by_requirement()
    for entry in known()[name].deviations:
        functions = [found.spec.function for found in specs.get(entry.requirement, [])]
        assert functions, f"{entry.requirement}: no spec checks it"
        assert entry.spec in ("", *functions), f"{entry.requirement}: no spec of it is called {entry.spec}"
        assert entry.review is None or isinstance(entry.review, datetime.date)


OFFERED = """
import importlib, sys
from conformance.subject import Subject

name, *lacks = sys.argv[1:]
try:
    subject = Subject(name, importlib.import_module(name).get_all_start_methods()[0])
except (ImportError, AttributeError):
    lacks = []
for lack in lacks:
    try:
        importlib.import_module(name + "." + lack)
    except ImportError:
        if not subject.offers(lack):
            continue
    print(lack)
"""


@pytest.mark.parametrize("name", list(known()))
def test_what_a_target_declares_to_lack_it_has_not(name, tmp_path):
    """As far as it can be seen by a name, and where the target is installed."""
    found = known()[name]
    lacks = [lack for lack in found.lacks if lack.isidentifier() or lack.startswith("Process.")]
    done = python("-c", OFFERED, found.module, *lacks, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_a_file_may_state_once_when_to_look_again(tmp_path):
    file = tmp_path / "odd.toml"
    entry = "[[deviation]]\nrequirement = 'event.set'\nverdict = 'FAIL'\nreason = 'r'\n"
    file.write_text(f"module = 'x'\nreview = 2030-01-02\n{entry}{entry}review = 2031-01-02\n")
    assert [entry.review.year for entry in read(file).deviations] == [2030, 2031]


def test_the_first_entry_that_applies_counts(tmp_path):
    file = tmp_path / "odd.toml"
    entry = "[[deviation]]\nrequirement = 'event.set'\nverdict = '{}'\nreason = '{}'\n"
    file.write_text(
        "module = 'x'\n" + entry.format("HANG", "first") + "python = '<3.0'\n" + entry.format("FAIL", "second")
    )
    facts = {"python": "3.12.1", "implementation": "cpython", "platform": "linux", "version": ""}
    found = target.read(file).known("event.set", "test_x", facts=facts, method="fork")
    assert found is not None
    assert found.reason == "second"
    assert target.read(file).known("event.initial", "test_x", facts=facts, method="fork") is None
