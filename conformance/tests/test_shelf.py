"""Shelves: what is new there and unused, who may be alone, and what is never touched."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from conformance import common_shelf, shelf
from conformance.common_shelf import CommonShelf
from conformance.shelf import NoShelf, describe, is_alike, list_entries

NAMES = ["sem.mp-mini", "own-mini"]
"""A trade name, and one that tells nothing."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that plays the shelf, for this test alone; so does another for the turnstile."""
    for name in ("shelf", "turnstile"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(shelf, "SHELF", tmp_path / "shelf")
    monkeypatch.setattr(common_shelf, "SHELF", tmp_path / "shelf")
    monkeypatch.setattr(common_shelf, "_TURNSTILE", tmp_path / "turnstile")
    return tmp_path / "shelf"


def patient() -> None:
    """Wait for locks as long as it takes."""


def test_new_entries_are_found_until_somebody_uses_them(place: Path) -> None:
    mine = CommonShelf(patient)
    before = mine.entries()
    with (place / NAMES[0]).open("w"), (place / NAMES[1]).open("w"):
        assert mine.since(before).keys() == set()
    assert mine.since(before).keys() == set(NAMES)
    assert mine.since(mine.entries()).keys() == set()


def test_name_that_was_used_again_is_another_entry(place: Path) -> None:
    mine = CommonShelf(patient)
    path = place / NAMES[0]
    path.touch()
    before = mine.entries()
    with path.open() as held:
        path.unlink()
        path.touch()
        held.read()
    assert mine.since(before).keys() == {NAMES[0]}
    assert mine.remaining(before).keys() == set()


def test_only_trade_names_are_removed_on_suspicion(place: Path) -> None:
    mine = CommonShelf(patient)
    for name in NAMES:
        (place / name).touch()
    mine.condemn({name: os.stat(place / name).st_ino for name in NAMES})
    mine.clear(60.0)
    assert not (place / NAMES[0]).exists()
    assert (place / NAMES[1]).exists()


def test_nothing_is_removed_while_a_cell_lives(place: Path) -> None:
    mine, other = CommonShelf(patient), CommonShelf(patient)
    (place / NAMES[0]).touch()
    mine.condemn({NAMES[0]: os.stat(place / NAMES[0]).st_ino})
    with other.shared():
        mine.clear(0.05)
        assert (place / NAMES[0]).exists()
    mine.clear(60.0)
    assert not (place / NAMES[0]).exists()


def test_alone_waits_for_those_who_share_and_holds_off_others(place: Path) -> None:
    steps: list[str] = []
    first, second, third = (CommonShelf(patient) for _ in range(3))
    waiting = threading.Event()
    second_waits = CommonShelf(waiting.set)

    def want_to_be_alone() -> None:
        with second_waits.alone():
            steps.append("alone")
            with second_waits.shared():
                steps.append("cell while alone")

    def come_later() -> None:
        with third.shared():
            steps.append("shared again")

    with first.shared(), second.shared():
        loner = threading.Thread(target=want_to_be_alone)
        loner.start()
        assert waiting.wait(60)
        latecomer = threading.Thread(target=come_later)
        latecomer.start()
        steps.append("shared")
    loner.join()
    latecomer.join()
    assert steps == ["shared", "alone", "cell while alone", "shared again"]


def test_waiting_for_a_lock_can_be_given_up(place: Path) -> None:
    def give_up() -> None:
        raise InterruptedError

    with CommonShelf(patient).shared(), pytest.raises(InterruptedError), CommonShelf(give_up).alone():
        pass
    with CommonShelf(give_up).alone():
        pass


def test_place_without_a_shelf_has_nothing(place: Path) -> None:
    (place / NAMES[0]).touch()
    assert NoShelf().entries() == NoShelf().since({}) == {}


def test_entries_of_a_directory_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shelf, "SHELF", tmp_path / "none")
    assert list_entries() == {}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("sem.mp-abcdef", "sem.mp-ghijkl", True),
        ("miniature.1234", "miniature.9876", True),
        ("sem.abcdef", "sem.ghijkl", True),
        ("abcdef", "ghijkl", False),
        ("mp-abc", "mp-abcdefghij", False),
    ],
)
def test_names_by_the_same_code_are_alike(one: str, other: str, alike: bool) -> None:
    assert is_alike(one, other) is alike


def test_entries_in_words() -> None:
    assert describe("sem.mp-x") == "named semaphore: mp-x"
    assert describe("psm_x") == "shared memory: psm_x"
