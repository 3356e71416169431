"""From cells to entries: as few as say what was seen, each under the conditions under which it was seen."""

from __future__ import annotations

import pytest

from conformance.observation import observe
from conformance.outcome import Outcome, Verdict
from conformance.store import Row

P, F, H = Verdict.PASS, Verdict.FAIL, Verdict.HANG


def row(verdict, python="3.11.7", method="fork", *, spec="test_a", requirement="lock.one", implementation="cpython"):
    return Row(
        target="it",
        python=python,
        implementation=implementation,
        method=method,
        requirement=requirement,
        subject="lock",
        level="MUST",
        spec=f"test_lock.py::{spec}",
        outcome=Outcome(verdict, 0.1, got=f"got {verdict}"),
        as_expected=verdict is P,
        deviation=None,
        command="",
    )


def by_version(**verdicts):
    """Rows named by interpreter: c310 is CPython 3.10, p311 PyPy 3.11."""
    kinds = {"c": "cpython", "p": "pypy"}
    return [
        row(verdict, f"{name[1]}.{name[2:]}.2", implementation=kinds[name[0]]) for name, verdict in verdicts.items()
    ]


def told(rows):
    """The conditions of each entry."""
    return [(entry.methods, entry.implementations, entry.python) for entry in observe(rows)]


@pytest.mark.parametrize(
    ("verdicts", "conditions"),
    [
        ({"c310": P, "c311": P}, []),
        ({"c310": F, "c311": F, "c312": F}, [((), (), "")]),
        ({"c310": P, "c311": F, "c312": F}, [((), (), ">=3.11")]),
        ({"c310": F, "c311": F, "c312": P}, [((), (), "<3.12")]),
        ({"c310": P, "c311": F, "c312": P}, [((), (), ">=3.11,<3.12")]),
        ({"c310": F, "c311": P, "c312": F}, [((), (), "<3.11"), ((), (), ">=3.12")]),
        ({"c38": P, "c310": F}, [((), (), ">=3.10")]),
        ({"c311": P, "p311": F}, [((), ("pypy",), "")]),
        ({"c311": F, "p311": F}, [((), (), "")]),
        ({"c311": F, "c312": P, "p311": F}, [((), ("cpython",), "<3.12"), ((), ("pypy",), "")]),
    ],
)
def test_versions_become_conditions(verdicts, conditions):
    assert told(by_version(**verdicts)) == conditions


def test_methods_that_deviate_alike_share_an_entry():
    rows = [row(P), row(F, method="spawn"), row(H, method="forkserver")]
    (entry,) = observe(rows)
    assert (entry.methods, entry.verdicts, entry.got) == (("spawn", "forkserver"), {F, H}, "got FAIL")
    rows += [row(F, "3.12.1", method="spawn"), row(P, "3.12.1", method="forkserver")]
    assert told(rows) == [(("spawn",), (), ""), (("forkserver",), (), "<3.12")]


def test_methods_under_which_the_spec_never_runs_need_no_condition():
    assert told([row(F, method="spawn")]) == [((), (), "")]


def test_specs_of_a_requirement_are_told_apart_where_they_differ():
    rows = [row(F), row(F, spec="test_b")]
    assert [entry.spec for entry in observe(rows)] == [""]
    rows = [row(F), row(P, spec="test_b")]
    assert [entry.spec for entry in observe(rows)] == ["test_a"]


def test_a_cell_that_was_seen_to_do_both_allows_both():
    (entry,) = observe([row(F), row(P), row(P, method="spawn")])
    assert (entry.verdicts, entry.methods) == ({P, F}, ("fork",))


def test_cells_that_judged_nothing_say_nothing():
    assert observe([row(verdict) for verdict in (Verdict.NOTRUN, Verdict.UNSUPPORTED, Verdict.ERROR)]) == []
