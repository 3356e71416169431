"""Shelves: what is new there and unused, who may be alone, and what is never touched."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.common_shelf import CommonShelf
from conformance.shelf import SHELF, NoShelf, describe, is_alike, list_entries

if not SHELF.is_dir():
    pytest.skip("no shared memory in the file system", allow_module_level=True)


@pytest.fixture
def names() -> Iterator[list[str]]:
    """Names for entries of this test alone: a trade name, and one that tells nothing."""
    tail = f"mini-{uuid.uuid4().hex[:12]}"
    made = [f"sem.mp-{tail}", f"own-{tail}"]
    yield made
    for name in made:
        (SHELF / name).unlink(missing_ok=True)


def patient() -> None:
    """Wait for locks as long as it takes."""


def mine(entries: dict[str, int], names: list[str]) -> set[str]:
    """Without what other programs did meanwhile."""
    return entries.keys() & set(names)


def test_new_entries_are_found_until_somebody_uses_them(names: list[str]) -> None:
    shelf = CommonShelf(patient)
    before = shelf.entries()
    with (SHELF / names[0]).open("w"), (SHELF / names[1]).open("w"):
        assert mine(shelf.since(before), names) == set()
    assert mine(shelf.since(before), names) == set(names)
    assert mine(shelf.since(shelf.entries()), names) == set()


def test_name_that_was_used_again_is_another_entry(names: list[str]) -> None:
    shelf = CommonShelf(patient)
    path = SHELF / names[0]
    path.touch()
    before = shelf.entries()
    with path.open() as held:
        path.unlink()
        path.touch()
        held.read()
    assert mine(shelf.since(before), names) == {names[0]}
    assert mine(shelf.remaining(before), names) == set()


def test_only_trade_names_are_removed_on_suspicion(names: list[str]) -> None:
    shelf = CommonShelf(patient)
    for name in names:
        (SHELF / name).touch()
    shelf.condemn({name: os.stat(SHELF / name).st_ino for name in names})
    shelf.clear(60.0)
    assert not (SHELF / names[0]).exists()
    assert (SHELF / names[1]).exists()


def test_nothing_is_removed_while_a_cell_lives(names: list[str]) -> None:
    shelf, other = CommonShelf(patient), CommonShelf(patient)
    (SHELF / names[0]).touch()
    shelf.condemn({names[0]: os.stat(SHELF / names[0]).st_ino})
    with other.shared():
        shelf.clear(0.05)
        assert (SHELF / names[0]).exists()
    shelf.clear(60.0)
    assert not (SHELF / names[0]).exists()


def test_alone_waits_for_those_who_share_and_holds_off_others() -> None:
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


def test_waiting_for_a_lock_can_be_given_up() -> None:
    def give_up() -> None:
        raise InterruptedError

    with CommonShelf(patient).shared(), pytest.raises(InterruptedError), CommonShelf(give_up).alone():
        pass
    with CommonShelf(give_up).alone():
        pass


def test_place_without_a_shelf_has_nothing(names: list[str]) -> None:
    (SHELF / names[0]).touch()
    shelf = NoShelf()
    assert shelf.entries() == shelf.since({}) == {}


def test_entries_of_a_directory_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("conformance.shelf.SHELF", tmp_path / "none")
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
