"""Shares of a run: together they are the whole, and each cell is in one of them."""

from __future__ import annotations

import pytest

from conformance.merging import merge
from conformance.misuse import Misuse
from conformance.shard import Shard, parse
from conformance.store import read
from conformance.tests.commands import command

CHOICE = ("run", "reference", "--subject", "boundedsemaphore", "--method", "fork")


def test_every_name_is_in_one_share():
    names = [f"test_x.py::test_{number}[stdlib-fork]" for number in range(300)]
    shares = [[name for name in names if Shard(number, 3).holds(name)] for number in (1, 2, 3)]
    assert sorted(shares[0] + shares[1] + shares[2]) == sorted(names)
    assert all(60 < len(share) < 140 for share in shares)


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3", ""])
def test_what_is_no_share_is_refused(text):
    with pytest.raises(Misuse, match="is no share"):
        parse(text)


def test_a_share_is_read():
    assert parse("2/3") == Shard(2, 3)
    assert parse(None) is None


def test_shares_of_a_run_make_the_whole(tmp_path):
    for number in ("1", "2"):
        done = command(*CHOICE, "--shard", f"{number}/2", "--jobs", number, "--out", f"{number}.jsonl", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    whole = command(*CHOICE, "--out", "whole.jsonl", cwd=tmp_path)
    assert whole.returncode == 0, whole.stderr
    parts = merge(read(tmp_path / f"{number}.jsonl") for number in ("1", "2"))
    assert parts.complete
    assert {row.key for row in parts.rows} == {row.key for row in read(tmp_path / "whole.jsonl").rows}
    assert command(*CHOICE, "--shard", "3/2", cwd=tmp_path).returncode == 2
