"""The matrix: which cells exist, what is known of them, and that workers enumerate the same ones."""

from __future__ import annotations

import dataclasses
import re
import sys

import pytest

from conformance import catalogue
from conformance.deviations import parse
from conformance.matrix import Candidate, Matrix, Spec
from conformance.outcome import Outcome, Verdict
from conformance.requirement import Declaration
from conformance.target import Target, read, resolve

FACTS = {
    "module": "m",
    "version": "1.0",
    "python": "3.13.0",
    "implementation": "cpython",
    "platform": "linux",
    "methods": ["forkserver", "fork", "spawn", "odd"],
}


def spec(requirement="event.set", *, needs=(), methods=None, platforms=None, fresh=False):
    declaration = Declaration(requirement, needs, methods, platforms, fresh, 20.0)
    return Spec("conformance.specs.test_event", "test_x", declaration)


def candidate(target=None, **facts):
    return Candidate(target or Target("m", "m", "m"), sys.executable, FACTS | facts)


def test_every_start_method_makes_a_cell():
    cells = Matrix((candidate(),)).cells(spec())
    assert [cell.method for cell in cells] == ["fork", "spawn", "forkserver", "odd"]


@pytest.mark.parametrize(
    ("choice", "count"),
    [
        ({"methods": ("spawn", "odd")}, 2),
        ({"subjects": ("event",)}, 4),
        ({"subjects": ("queue",)}, 0),
        ({"levels": ("MUST",)}, 4),
        ({"levels": ("DEFACTO",)}, 0),
    ],
)
def test_a_choice_leaves_cells_out(choice, count):
    assert count == len(Matrix((candidate(),), **choice).cells(spec()))


def test_a_spec_may_limit_its_start_methods():
    assert [cell.method for cell in Matrix((candidate(),)).cells(spec(methods=("spawn",)))] == ["spawn"]


def test_a_spec_may_limit_its_platforms():
    matrix = Matrix((candidate(), candidate(platform="win32", python="3.13.1", methods=["spawn"])))
    for platforms, methods in ((("posix",), 4), (("windows",), 1), (("linux", "windows"), 5)):
        assert methods == len(matrix.cells(spec(platforms=platforms)))


def test_requirements_of_newer_pythons_bind_who_behaves_so():
    new = spec(next(row.id for row in catalogue.load().values() if row.since == (3, 14) and not row.methods))
    assert not Matrix((candidate(),)).cells(new)
    assert Matrix((candidate(resolve("reference")),)).cells(new)


def test_an_id_without_a_requirement_is_an_error():
    with pytest.raises(KeyError):
        Matrix((candidate(),)).cells(spec("event.nonsense"))


def test_what_is_declared_to_be_lacking_is_known():
    (cell,) = Matrix((candidate(Target("m", "m", "m", lacks=frozenset({"Pool"})), methods=["fork"]),)).cells(
        spec(needs=("Pool", "Lock"))
    )
    assert cell.lacking == ("Pool",)
    (cell,) = Matrix((candidate(Target("m", "m", "m", lacks=frozenset({"fork"})), methods=["fork"]),)).cells(spec())
    assert cell.lacking == ("fork",)


def test_workers_enumerate_the_same_cells():
    matrix = Matrix(
        (
            dataclasses.replace(candidate(resolve("stdlib")), path=("/here",), broken={"odd": "why"}),
            candidate(resolve("json")),
        ),
        methods=("fork", "odd"),
        levels=("MUST",),
        fresh=True,
    )
    assert Matrix.from_dict(matrix.as_dict()) == matrix


@pytest.mark.parametrize(
    ("verdict", "plain", "recorded", "sometimes"),
    [
        (Verdict.PASS, True, False, True),
        (Verdict.UNSUPPORTED, True, True, True),
        (Verdict.FAIL, False, True, True),
        (Verdict.HANG, False, False, False),
        (Verdict.NOTRUN, False, False, False),
        (Verdict.ERROR, False, False, False),
    ],
)
def test_what_is_on_record_is_strict_both_ways(tmp_path, verdict, plain, recorded, sometimes):
    entry = "module = 'm'\n[[deviation]]\nrequirement = 'event.set'\nreason = 'r'\nverdict = {}\n"
    found = []
    for text in ("module = 'm'", entry.format("'FAIL'"), entry.format("['PASS', 'FAIL']")):
        (tmp_path / "m.toml").write_text(text)
        (cell,) = Matrix((candidate(read(tmp_path / "m.toml"), methods=["fork"]),)).cells(spec())
        found.append(cell.expects(verdict))
        assert cell.row(Outcome(verdict, 0.1)).as_expected is found[-1]
    assert found == [plain, recorded, sometimes]


@pytest.mark.parametrize("verdict", Verdict)
def test_what_binds_nobody_is_never_a_deviation(verdict):
    (cell,) = Matrix((candidate(methods=["fork"]),)).cells(spec())
    beyond = dataclasses.replace(cell, requirement=dataclasses.replace(cell.requirement, level="BEYOND"))
    row = beyond.row(Outcome(verdict, 0.1))
    # That nothing could be run, and that the suite failed, are nothing that the requirement speaks of.
    assert row.as_expected is (verdict not in (Verdict.NOTRUN, Verdict.ERROR))
    assert row.beyond is (verdict in (Verdict.FAIL, Verdict.HANG, Verdict.CRASH, Verdict.LEAK))
    assert not cell.row(Outcome(verdict, 0.1)).beyond


def test_the_plan_is_what_isolation_needs():
    (cell,) = Matrix((candidate(resolve("billiard"), methods=["spawn"]),)).cells(spec(fresh=True))
    plan = cell.plan(fresh=False)
    assert (plan.module, plan.function, plan.target) == ("conformance.specs.test_event", "test_x", "billiard")
    assert (plan.method, plan.fresh, plan.strict, plan.deadline) == ("spawn", True, False, 20.0)


def test_cells_of_a_target_that_must_not_be_forked_are_fresh():
    for forbids in (False, True):
        target = dataclasses.replace(resolve("billiard"), fresh=forbids)
        (cell,) = Matrix((candidate(target, methods=["spawn"]),)).cells(spec())
        assert cell.plan(fresh=False).fresh is forbids


def test_the_command_names_the_interpreter_if_it_is_another():
    here = candidate(methods=["fork"])
    (cell,) = Matrix((here,)).cells(spec())
    assert cell.command == "python -m conformance run m --method fork -k test_x"
    (cell,) = Matrix((dataclasses.replace(here, python="/o d/python"),)).cells(spec())
    assert cell.command == "python -m conformance run m --python '/o d/python' --method fork -k test_x"
    (cell,) = Matrix((dataclasses.replace(here, checkouts=("/a", "/b")),)).cells(spec())
    assert cell.command == "python -m conformance run m --path /a --path /b --method fork -k test_x"


def test_a_spec_that_misses_what_is_declared_to_be_lacking_is_unsupported():
    (cell,) = Matrix((candidate(Target("m", "m", "m", lacks=frozenset({"Pool"})), methods=["fork"]),)).cells(spec())
    missed = Outcome(Verdict.FAIL, 0.1, got="Absent: m has no 'Pool'", absent="Pool")
    row = cell.row(missed)
    assert (row.verdict, row.outcome.message, row.as_expected) == (
        Verdict.UNSUPPORTED,
        "m declares to lack Pool",
        True,
    )
    other = cell.row(Outcome(Verdict.FAIL, 0.1, absent="Lock"))
    assert (other.verdict, other.as_expected) == (Verdict.FAIL, False)


def test_what_a_target_leaves_on_purpose_is_no_leak():
    (cell,) = Matrix((candidate(Target("m", "m", "m", leaves=(re.compile("^file: m-"),)), methods=["fork"]),)).cells(
        spec()
    )
    row = cell.row(Outcome(Verdict.LEAK, 0.1, expected="nothing", got="file: m-1", leaks=("file: m-1",)))
    assert (row.verdict, row.as_expected, row.outcome.got, row.outcome.leaks) == (Verdict.PASS, True, "", ())
    both = Outcome(Verdict.LEAK, 0.1, leaks=("file: m-1", "file: n"))
    assert cell.row(both).outcome == both


def test_what_is_on_record_is_not_waited_for_as_long():
    deviating = parse({"requirement": "event.set", "verdict": ["FAIL"], "reason": "it is so"}, catalogue.load())
    for known, patience in (((), None), ((deviating,), 4.0)):
        (cell,) = Matrix((candidate(Target("m", "m", "m", deviations=known), methods=["fork"]),)).cells(spec())
        assert cell.plan(fresh=False).patience == patience
