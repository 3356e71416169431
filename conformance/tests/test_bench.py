"""Ratios, noise and verdicts of benchmarks, and one real measurement from the command line."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.bench import measure
from conformance.bench.catalogue import CASES, Case
from conformance.bench.command import bench
from conformance.bench.comparison import AGAIN, BASE, LIMIT, Series
from conformance.misuse import Misuse


def series(base: list[float], own: list[float], again: list[float] | None = None, **goals: object) -> Series:
    case = Case("some", "some case", None, 1, **({"floor": 1.5, "aim": 2.0} | goals))  # type: ignore[arg-type]  # goals are what they are called
    return Series(case, {BASE: base, "own": own, AGAIN: again or base})


def test_a_ratio_is_the_median_of_those_of_the_rounds():
    # The machine became slower from round to round: that touches both alike.
    found = series([2.0, 4.0, 8.0], [1.0, 2.0, 4.0])
    assert found.ratio("own") == 2.0
    assert found.spread("own") == 0.0
    assert found.noise == 0.0


@pytest.mark.parametrize(
    ("own", "verdict"), [(0.5, "aim"), (0.65, "floor"), (0.72, "floor"), (0.8, "below"), (2.0, "below")]
)
def test_verdicts_on_a_quiet_machine(own: float, verdict: str):
    assert series([1.0] * 3, [own] * 3).verdict("own") == verdict


def test_a_miss_within_the_noise_is_told_as_noise():
    found = series([1.0] * 3, [0.8] * 3, again=[1.3, 1.0, 0.7])
    assert found.noise > 0.2
    assert found.verdict("own") == "noisy"
    assert series([1.0] * 3, [3.0] * 3, again=[1.3, 1.0, 0.7]).verdict("own") == "below"


def test_figures_that_are_bounded_themselves():
    assert series([3.0], [1.02], most=(1.3, 1.04)).verdict("own") == "aim"
    assert series([3.0], [1.2], most=(1.3, 1.04)).verdict("own") == "floor"
    assert series([3.0], [1.4], most=(1.3, 1.04)).verdict("own") == "below"


def test_goals_from_3_14_on():
    case = Case("some", "some case", None, 1, floor=2.0, aim=3.0)
    assert case.under((3, 13)) == case
    late = case.under((3, 14))
    assert (late.floor, late.aim) == (1.9, 2.8)
    burst = Case("some", "some case", None, 1, floor=0.8, aim=1.0).under((3, 15))
    assert (burst.floor, burst.aim) == (0.8, 1.0), "what need not be faster need not be slower either"
    server = next(case for case in CASES if case.name == "forkserver").under((3, 14))
    assert (server.floor, server.aim) == (1.1, 1.3)


def test_what_seems_to_miss_its_floor_is_looked_at_again(monkeypatch: pytest.MonkeyPatch):
    figures = {BASE: 1.0, "slow": 9.0, "slow at first": 9.0}
    measured = []

    def measure(case: Case, target: str, python: str, env: object) -> dict[str, float]:
        measured.append(target)
        late = measured.count(target) > 4  # a round to warm up, and three
        return {case.gauge: 0.1 if late and target == "slow at first" else figures[target]}

    monkeypatch.setattr("conformance.bench.comparison.measure", measure)
    for target, status in (("slow", 1), ("slow at first", 0)):
        arguments = [target, "--case", "lock", "--rounds", "3", "--check"]
        done = CliRunner().invoke(bench, arguments, standalone_mode=False, catch_exceptions=False)
        assert status == done.return_value, done.output
        assert measured.count(target) == 4 + 10, "the floor was missed: more rounds"


def test_names_are_unique_and_goals_are_in_order():
    assert len({case.name for case in CASES}) == len(CASES)
    for case in CASES:
        assert (case.run is None) == bool(case.program), case.name
        assert case.aim >= case.floor > 0 or case.most[0] >= case.most[1] > 0, case.name


def test_an_unknown_benchmark_is_refused():
    with pytest.raises(Misuse, match="unknown benchmark 'no-such'; there are: fork, "):
        CliRunner().invoke(bench, ["--case", "no-such"], standalone_mode=False, catch_exceptions=False)


def test_an_interpreter_that_is_none_is_refused():
    with pytest.raises(Misuse, match="/bin/false is no Python interpreter"):
        CliRunner().invoke(bench, ["--python", "/bin/false"], standalone_mode=False, catch_exceptions=False)


def test_a_target_that_cannot_be_measured_is_refused():
    arguments = ["no_such_package", "--case", "lock", "--rounds", "1"]
    with pytest.raises(Misuse, match="lock cannot be run on no_such_package: ModuleNotFoundError"):
        CliRunner().invoke(bench, arguments, standalone_mode=False, catch_exceptions=False)


def test_a_real_measurement_is_printed_and_written(tmp_path: Path):
    out = tmp_path / "figures.json"
    arguments = ["reference", "--case", "lock", "--case", "import", "--rounds", "2", "--out", str(out)]
    done = CliRunner().invoke(bench, arguments, standalone_mode=False, catch_exceptions=False)
    assert "`with Lock` alone" in done.output
    record = json.loads(out.read_text())
    assert record["python"] == sys.executable
    assert [len(record["figures"]["lock"][name]) for name in (BASE, "reference", AGAIN)] == [2, 2, 2]
    assert all(value > 0 for value in record["figures"]["import"]["reference"])


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system holds no process on a processor")
@pytest.mark.parametrize(
    ("name", "options", "held"), [("lock", [], True), ("lock", ["--all-processors"], False), ("forkserver", [], False)]
)
def test_where_processor_time_decides_one_processor_is_shared(
    name: str, options: list[str], held: bool, monkeypatch: pytest.MonkeyPatch
):
    before, seen = os.sched_getaffinity(0), set()

    def cost(case: Case, *_: object) -> dict[str, float]:
        seen.add(frozenset(os.sched_getaffinity(0)))
        return {case.gauge: 1.0}

    monkeypatch.setattr(measure, "_cost", cost)
    CliRunner().invoke(bench, ["--case", name, "--rounds=1", *options], standalone_mode=False, catch_exceptions=False)
    (processors,) = seen
    assert (1 if held else len(before)) == len(processors)
    assert before == os.sched_getaffinity(0)


def test_how_far_one_could_get(tmp_path: Path):
    out = tmp_path / "figures.json"
    chosen = [f"--case={name}" for name in ("fork", "queue-2-2", "get-empty", "wait-10", "event")]
    arguments = ["reference", *chosen, "--limit", "--rounds=1", "--out", str(out)]
    done = CliRunner().invoke(bench, arguments, standalone_mode=False, catch_exceptions=False)
    assert "limit" in done.output
    figures = json.loads(out.read_text())["figures"]
    limited = {name for name, found in figures.items() if LIMIT in found}
    assert limited == {"fork", "queue-2-2", "get-empty", "wait-10"}


def test_the_goals_are_listed():
    done = CliRunner().invoke(bench, ["--list"], standalone_mode=False, catch_exceptions=False)
    assert len(done.output.splitlines()) == len(CASES)
    assert "1.05 / 1.2" in done.output
