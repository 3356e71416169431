"""Recruiting: what is asked of isolation for a request, with an isolation that only pretends."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from conformance import recruit as room
from conformance.isolation import ProbeError
from conformance.misuse import Misuse
from conformance.outcome import Outcome, Verdict
from conformance.recruit import Request, caller_path, interpreter, lend, recruit
from conformance.specs.smoke import RAN

FACTS = {
    "module": "m",
    "version": "",
    "python": "3.13.0",
    "implementation": "cpython",
    "platform": "linux",
    "methods": ["spawn", "fork"],
}


class Pretender:
    """Answers probes from a table; runs every cell with the same outcome."""

    def __init__(self, outcome=None, **facts):
        self.asked: list[tuple[str, ...]] = []
        self._outcome = outcome or Outcome(Verdict.CRASH, 0.1, stdout=RAN)
        self._facts = facts

    def probe(self, python, target, path):
        self.asked.append(("probe", Path(python).name, target, *path))
        answer = self._facts.get(target, FACTS)
        if isinstance(answer, dict):
            return answer | {"python": {"pypy": "3.11.1"}.get(Path(python).name, "3.13.0")}
        if len(path) == answer:
            return FACTS
        raise ProbeError("import", f"no module {target}")

    def run(self, plan):
        self.asked.append(("run", plan.target, plan.method) + ("fresh",) * plan.fresh)
        return self._outcome


@pytest.fixture(autouse=True)
def _no_caller_path(monkeypatch):
    monkeypatch.setattr(room, "caller_path", lambda: ())


def matrix(tmp_path, pretender, *targets, **request):
    return recruit(Request(targets, **request), pretender, lending=tmp_path, news=lambda target, python: None)


def test_every_target_is_probed_and_smoked_under_every_method(tmp_path):
    pretender = Pretender()
    found = matrix(tmp_path, pretender, "stdlib", "multiprocessing", "json", levels=("MUST",))
    name = Path(sys.executable).name
    assert pretender.asked == [
        ("probe", name, "multiprocessing"),
        ("run", "multiprocessing", "fork"),
        ("run", "multiprocessing", "spawn"),
        ("probe", name, "json"),
        ("run", "json", "fork"),
        ("run", "json", "spawn"),
    ]
    assert [candidate.target.name for candidate in found.candidates] == ["stdlib", "json"]
    assert found.levels == ("MUST",)
    assert not any(candidate.broken for candidate in found.candidates)


def test_only_chosen_methods_are_smoked(tmp_path):
    pretender = Pretender()
    matrix(tmp_path, pretender, "stdlib", methods=("spawn",))
    assert pretender.asked[1:] == [("run", "multiprocessing", "spawn")]


@pytest.mark.parametrize(
    ("outcome", "broken"),
    [
        (Outcome(Verdict.FAIL, 0.1, got="OSError: no", stderr="1\n2"), "FAIL: OSError: no\n1\n2"),
        (Outcome(Verdict.HANG, 9.0, message="had not ended"), "HANG: had not ended"),
        (Outcome(Verdict.CRASH, 0.1, got="killed"), None),
        (Outcome(Verdict.HANG, 9.0, stdout=RAN), None),
    ],
)
def test_a_method_is_broken_when_no_child_runs(tmp_path, outcome, broken):
    (candidate,) = matrix(tmp_path, Pretender(outcome), "stdlib", methods=("fork",)).candidates
    assert candidate.broken == ({} if broken is None else {"fork": broken})


def test_the_reference_is_lent_to_who_lacks_it(tmp_path):
    (candidate,) = matrix(tmp_path, Pretender(reference=1), "reference").candidates
    (place,) = candidate.path
    assert os.listdir(place) == ["reference"]
    assert (Path(place) / "reference" / "context.py").is_file()


def test_a_package_is_copied_where_it_cannot_be_linked(tmp_path, monkeypatch):
    def refuse(self, target, target_is_directory=False):
        raise OSError("no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    place = lend("reference", tmp_path)
    assert not (place / "reference").is_symlink()
    assert (place / "reference" / "context.py").is_file()
    assert lend("reference", tmp_path) == place


def test_a_target_in_the_directory_of_the_call_is_found_when_nothing_else_has_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").touch()
    here, installed = matrix(tmp_path, Pretender(mine=1), "mine", "json").candidates
    assert here.path == (str(tmp_path),)
    assert installed.path == ()
    elsewhere = Pretender(another=1)
    with pytest.raises(Misuse, match="unknown target 'another'"):
        matrix(tmp_path, elsewhere, "another")
    assert len(elsewhere.asked) == 1, "it was not looked for again where it is not"


def test_a_checkout_comes_first(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "caller_path", lambda: ("/caller",))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (candidate,) = matrix(tmp_path, Pretender(), "json", checkouts=("src",)).candidates
    assert candidate.path == (str(tmp_path / "src"), "/caller")
    assert candidate.checkouts == (str(tmp_path / "src"),)
    with pytest.raises(Misuse, match="there is no directory 'no' to look for targets in"):
        matrix(tmp_path, Pretender(), "json", checkouts=("no",))


def test_what_is_no_package_is_imported_as_one(tmp_path):
    pretender = Pretender()
    (candidate,) = matrix(tmp_path, pretender, "json:decoder").candidates
    assert [words[2 if words[0] == "probe" else 1] for words in pretender.asked] == ["presented_json_decoder"] * 3
    assert os.listdir(candidate.path[-1]) == ["presented_json_decoder.py"]


def test_a_start_method_that_is_declared_to_be_lacking_is_not_tried(tmp_path):
    (tmp_path / "json.toml").write_text("module = 'json'\nlacks = ['spawn']\n")
    pretender = Pretender()
    matrix(tmp_path, pretender, str(tmp_path / "json.toml"))
    assert [words[2] for words in pretender.asked if words[0] == "run"] == ["fork"]


def test_no_cell_is_forked_where_the_user_or_the_target_forbids_it(tmp_path):
    (tmp_path / "json.toml").write_text("module = 'json'\nfresh = true\nlacks = ['fork']\n")
    for target, choice in ((str(tmp_path / "json.toml"), {}), ("stdlib", {"fresh": True, "methods": ("spawn",)})):
        pretender = Pretender()
        matrix(tmp_path, pretender, target, **choice)
        assert [words[2:] for words in pretender.asked if words[0] == "run"] == [("spawn", "fresh")]


def test_two_targets_of_one_name_cannot_be_told_apart(tmp_path):
    (tmp_path / "json.toml").write_text("module = 'json'\n")
    with pytest.raises(Misuse, match=r"json and .*json\.toml are both called 'json': run them one by one"):
        matrix(tmp_path, Pretender(), "json", str(tmp_path / "json.toml"))


@pytest.mark.parametrize(
    ("facts", "targets", "phrase"),
    [
        ({"json": None}, ["json"], "unknown target 'json': none of stdlib, .* not importable: no module json"),
        ({"billiard": None}, ["billiard"], "cannot run target 'billiard': import: no module billiard"),
        ({"reference": None}, ["reference"], "cannot run target 'reference'"),
        ({}, ["a-b"], "is no target"),
    ],
)
def test_what_cannot_be_run_is_refused(tmp_path, facts, targets, phrase):
    with pytest.raises(Misuse, match=phrase):
        matrix(tmp_path, Pretender(**facts), *targets)


@pytest.mark.usefixtures("pythons")
def test_a_target_is_run_only_under_a_python_that_it_is_for(tmp_path):
    (tmp_path / "json.toml").write_text("module = 'json'\nrequires_python = '>=3.12'\n")
    json = str(tmp_path / "json.toml")
    assert matrix(tmp_path, Pretender(), json, pythons=("one",)).candidates
    with pytest.raises(Misuse, match=r"cannot run target 'json': .*pypy is 3\.11\.1, and it needs >=3\.12"):
        matrix(tmp_path, Pretender(), json, pythons=("pypy",))


@pytest.mark.parametrize(
    ("choice", "phrase"),
    [
        ({"methods": ("other",)}, "unknown start method 'other'; offered are: fork, spawn"),
        ({"subjects": ("other",)}, "unknown subject 'other'"),
        ({"levels": ("other",)}, "unknown level 'other'"),
        ({"pythons": ("no-such-python",)}, "'no-such-python' is no interpreter"),
    ],
)
def test_an_impossible_choice_is_refused(tmp_path, choice, phrase):
    with pytest.raises(Misuse, match=phrase):
        matrix(tmp_path, Pretender(), "stdlib", **choice)


@pytest.fixture
def pythons(tmp_path, monkeypatch):
    """Names of programs that the shell would find."""
    for name in ("one", "two", "pypy"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("pythons")
def test_two_interpreters_of_one_version_cannot_be_told_apart(tmp_path):
    with pytest.raises(Misuse, match=r"one and .*two are both Python 3\.13\.0: run them one by one"):
        matrix(tmp_path, Pretender(), "stdlib", pythons=("one", "two"))
    found = matrix(tmp_path, Pretender(), "stdlib", pythons=("one", str(tmp_path / "one"), "pypy"))
    assert [candidate.label for candidate in found.candidates] == ["3.13.0", "3.11.1"]


@pytest.mark.usefixtures("pythons")
def test_an_interpreter_is_found_as_a_shell_would(tmp_path, monkeypatch):
    assert interpreter("one") == str(tmp_path / "one")
    monkeypatch.chdir(tmp_path)
    assert interpreter("./two") == str(tmp_path / "two")
    (tmp_path / "two").chmod(0o644)
    with pytest.raises(Misuse):
        interpreter("./two")


@pytest.mark.parametrize(
    ("folder", "text", "meant"),
    [
        ("shims", "echo {real}", "real"),
        ("shims", "echo {real}; exit 127", "stand-in"),
        ("shims", "echo no such version", "stand-in"),
        ("shims", "", "stand-in"),
        ("bin", "echo {real}", "stand-in"),
    ],
)
def test_an_interpreter_is_what_a_stand_in_stands_for(tmp_path, folder, text, meant):
    (tmp_path / folder).mkdir()
    paths = {"real": tmp_path / "real", "stand-in": tmp_path / folder / "python3"}
    for path in paths.values():
        path.write_text("#!/bin/sh\n" + text.format(real=paths["real"]))
        path.chmod(0o755)
    assert interpreter(str(paths["stand-in"])) == str(paths[meant])


def test_the_callers_directory_counts_if_the_caller_could_import_from_it(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["/elsewhere"])
    assert caller_path() == ()
    monkeypatch.setattr(sys, "path", ["/elsewhere", str(tmp_path)])
    assert caller_path() == (str(tmp_path),)
    monkeypatch.setattr(sys, "path", [""])
    assert caller_path() == (str(tmp_path),)
