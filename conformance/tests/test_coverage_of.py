"""Coverage of the catalogue: what counts as what, and what the command says."""

from __future__ import annotations

import dataclasses
import io

import pytest
from rich.console import Console

from conformance import catalogue
from conformance.catalogue import Catalogue
from conformance.core import LATER, core_subjects
from conformance.coverage_of import Count, count, print_coverage, uncovered_musts
from conformance.tests.commands import command

MODEL = next(iter(catalogue.load().values()))


def rows(*wanted):
    return [
        dataclasses.replace(MODEL, id=name, subject=subject, level=level, untestable=why)
        for name, subject, level, why in wanted
    ]


IDS = Catalogue(
    rows(
        ("lock.a", "lock", "MUST", ""),
        ("lock.b", "lock", "MUST", "depends on the scheduler"),
        ("lock.c", "lock", "MUST", ""),
        ("lock.d", "lock", "DEFACTO", ""),
        ("event.a", "event", "SHOULD", ""),
        ("pool.a", "pool", "MUST", ""),
        ("pool.b", "pool", "MUST", ""),
    )
)


def test_a_requirement_is_covered_untestable_or_uncovered():
    assert Count(covered=1, untestable=1, uncovered=2) == count(rows(*ROWS), {"a"})
    assert Count(covered=2, uncovered=2) == count(rows(*ROWS), {"a", "b"}), "a spec refutes the reason"


ROWS = (("a", "s", "MUST", ""), ("b", "s", "MUST", "why"), ("c", "s", "MUST", ""), ("d", "s", "MUST", ""))


@pytest.mark.parametrize(
    ("counted", "percent"), [(Count(3, 5, 1), 75.0), (Count(), 100.0), (Count(0, 2, 0), 100.0), (Count(0, 0, 1), 0.0)]
)
def test_what_cannot_be_tested_does_not_count_for_the_percentage(counted, percent):
    assert percent == counted.percent


def test_only_the_core_must_be_covered():
    assert ["lock.c"] == uncovered_musts(IDS, {"lock.a"})
    assert [] == uncovered_musts(IDS, {"lock.a", "lock.c"})


def test_the_table_shows_subjects_levels_and_what_comes_later():
    file = io.StringIO()
    print_coverage(IDS, {"lock.a", "pool.a"}, Console(file=file, width=100))
    lines = [" ".join(line.split()) for line in file.getvalue().splitlines()]
    for line in (
        "subject MUST SHOULD DEFACTO",
        "lock 1 -1 ✗1 · 0 ✗1",
        "event · 0 ✗1 ·",
        "all 1 -1 ✗1 0 ✗1 0 ✗1",
        "MUST: 1 of 2 covered (50.0 %), 1 cannot be tested.",
        "Not yet of the core: pool 1 of 2.",
    ):
        assert line in [line.strip() for line in lines]


def test_the_core_is_everything_but_what_comes_later():
    ids = catalogue.load()
    assert set(LATER) <= set(ids.subjects)
    assert [*ids.subjects] == [name for name in ids.subjects if name in (*core_subjects(ids), *LATER)]
    assert not set(core_subjects(ids)) & set(LATER)


def test_the_command_fails_only_if_asked_to_check(tmp_path):
    shown = command("coverage", cwd=tmp_path)
    assert 0 == shown.returncode, shown.stderr
    checked = command("coverage", "--check", cwd=tmp_path)
    left = checked.stdout.count("uncovered MUST: ")
    assert (1 if left else 0) == checked.returncode
    assert "MUST: " in shown.stdout
