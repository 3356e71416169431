"""The catalogue: what is refused when it is read, and which cells a requirement lets exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import catalogue
from conformance.catalogue import COLUMNS, CatalogueError, parse_version, read
from conformance.misuse import Misuse

GOOD = {
    "id": "lock.good",
    "subject": "lock",
    "level": "MUST",
    "statement": "It holds.",
    "since": "",
    "until": "",
    "platforms": "all",
    "start_methods": "all",
    "source": "doc",
    "observable": "a value",
    "untestable": "",
}


def write(path: Path, *rows: dict[str, str], header: str = ",".join(COLUMNS)) -> Path:
    file = path / "requirements.csv"
    file.write_text("\n".join([header, *(",".join(row.values()) for row in rows)]) + "\n")
    return file


def test_the_catalogue_of_the_suite_is_sound():
    ids = catalogue.load()
    assert len(ids) >= 830
    assert ids["process.exitcode.before-start"].subject == "process"
    assert ids.subjects[0] == "process"


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"level": "PERHAPS"}, "unknown level 'PERHAPS'"),
        ({"since": "three"}, "column since holds no Python version"),
        ({"platforms": "amiga"}, "unknown name 'amiga'"),
        ({"start_methods": "fork;wish"}, "unknown name 'wish'"),
        ({"statement": " "}, "column statement is empty"),
    ],
)
def test_a_wrong_row_is_named(tmp_path, change, phrase):
    with pytest.raises(CatalogueError, match=phrase) as caught:
        read(write(tmp_path, GOOD | change))
    assert "requirements.csv:2: lock.good" in str(caught.value)


def test_an_id_that_occurs_twice_is_refused(tmp_path):
    with pytest.raises(CatalogueError, match=r"lock\.good: the id occurs twice"):
        read(write(tmp_path, GOOD, GOOD))


def test_another_header_is_refused(tmp_path):
    with pytest.raises(CatalogueError, match="the columns must be id, subject"):
        read(write(tmp_path, GOOD, header="id,subject"))


@pytest.mark.parametrize(
    ("change", "version", "platform", "method", "applies"),
    [
        ({}, "3.8.1", "win32", "spawn", True),
        ({"since": "3.14"}, "3.13.9", "linux", "fork", False),
        ({"since": "3.14"}, "3.14.0rc1", "linux", "fork", True),
        ({"until": "3.13"}, "3.13.11", "linux", "fork", True),
        ({"until": "3.13"}, "3.14.0", "linux", "fork", False),
        ({"platforms": "posix"}, "3.12.0", "darwin", "fork", True),
        ({"platforms": "posix"}, "3.12.0", "win32", "spawn", False),
        ({"platforms": "linux;windows"}, "3.12.0", "win32", "spawn", True),
        ({"platforms": "linux"}, "3.12.0", "darwin", "spawn", False),
        ({"start_methods": "spawn;forkserver"}, "3.12.0", "linux", "fork", False),
        ({"start_methods": "spawn;forkserver"}, "3.12.0", "linux", "forkserver", True),
    ],
)
def test_a_requirement_applies_where_it_says(tmp_path, change, version, platform, method, applies):
    row = read(write(tmp_path, GOOD | change))["lock.good"]
    assert applies is row.applies(version=parse_version(version), platform=platform, method=method)


def test_conditions_are_told_in_words(tmp_path):
    change = {"since": "3.8", "until": "3.13", "platforms": "posix", "start_methods": "fork"}
    row = read(write(tmp_path, GOOD | change))["lock.good"]
    assert row.conditions == "Python 3.8 and newer; Python up to 3.13; on posix; under fork"


def test_an_unknown_choice_is_refused():
    ids = catalogue.load()
    ids.check_choice(["queue"], ["MUST"])
    with pytest.raises(Misuse, match="unknown subject 'quest'; there are: process, "):
        ids.check_choice(["quest"], [])
    with pytest.raises(Misuse, match="unknown level 'MAY'"):
        ids.check_choice([], ["MAY"])
