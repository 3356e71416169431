"""Several records as one: shares of one run, or runs of several targets and interpreters.

Refuses what does not go together: a cell that is there twice, verdicts of two suites, a target that changed in
between. Below: `store`. Above: `report`, `campaign`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from conformance.misuse import Misuse
from conformance.store import Record, Recorder, RecordError, check_writable, identity, read, refuse_duplicates

Header = Mapping[str, Any]

_SAME = ("version", "platform", "methods", "default_method")
"""Facts that cannot differ between two records on one target under one interpreter."""


def load(files: Iterable[Path]) -> Record:
    """The records in `files`, as one.

    Raises:
        Misuse: one cannot be read, or they do not go together.
    """
    try:
        return merge(read(file) for file in files)
    except (OSError, UnicodeDecodeError, RecordError) as error:
        raise Misuse(str(error)) from error


def merge(records: Iterable[Record]) -> Record:
    """All of `records` as one.

    Raises:
        RecordError: a cell occurs twice, or the headers contradict each other.
    """
    parts = list(records)
    rows = tuple(row for part in parts for row in part.rows)
    headers = tuple(header for part in parts for header in part.headers)
    _refuse_contradictions(headers)
    refuse_duplicates(rows, "merged records")
    reasons = [reason for part in parts for reason in part.reasons]
    return Record(headers, rows, tuple(dict.fromkeys([*reasons, *_missing_shares(headers)])))


def write(records: Iterable[Record], path: Path) -> Record:
    """Write all of `records` as one to the file at `path`, and return it.

    Raises:
        RecordError: they do not go together.
        Misuse: the file cannot be written.
    """
    parts = list(records)
    whole = merge(parts)
    check_writable(path)
    recorder = Recorder(path)
    recorder.begin(_common_header(whole))
    for row in whole.rows:
        recorder.add(row)
    # That shares are missing is found out anew by whoever merges it with them.
    recorder.end("; ".join(dict.fromkeys(reason for part in parts for reason in part.reasons)))
    return whole


def _common_header(record: Record) -> Header:
    """One header that says what those of `record` say."""
    if len(record.headers) == 1:
        return record.headers[0]
    first = min(record.headers, key=lambda header: str(header.get("started", "")))
    told = {key: first[key] for key in ("suite", "digest", "started") if key in first}
    return {**told, "targets": record.candidates, "runs": [run for header in record.headers for run in _runs(header)]}


def _runs(header: Header) -> list[dict[str, Any]]:
    """The runs that a header tells of, each with no more of its candidates than who they are."""
    if "runs" in header:
        return list(header["runs"])
    who = [dict(zip(("target", "implementation", "python"), identity(one), strict=True)) for one in header["targets"]]
    return [{key: value for key, value in header.items() if key not in ("kind", "format")} | {"targets": who}]


def _refuse_contradictions(headers: Iterable[Header]) -> None:
    seen: dict[object, object] = {}
    for header in headers:
        # A hand-made or older header may not tell; then it contradicts nobody.
        claims: list[tuple[str, object, object]] = [
            (f"the suite's {name}", name, header[name]) for name in ("suite", "digest") if name in header
        ]
        for candidate in header["targets"]:
            facts = candidate["facts"]
            who = identity(candidate)
            words = f"{who[0]} on {who[1]} {who[2]}"
            claims += [(f"the {name} of {words}", (*who, name), facts[name]) for name in _SAME if name in facts]
            claims += [(f"the files of {words}", who, candidate["digest"])] if "digest" in candidate else []
        for words, key, value in claims:
            if seen.setdefault(key, value) != value:
                raise RecordError(
                    f"the records contradict each other: {words} is {seen[key]!r} in one, {value!r} in another"
                )


def _missing_shares(headers: Iterable[Header]) -> list[str]:
    """For runs that were spread: which shares are not there."""
    there: dict[tuple[int, str], set[int]] = {}
    for run in (run for header in headers for run in _runs(header)):
        found = re.fullmatch(r"(\d+)/(\d+)", run.get("shard") or "")
        if found:
            who = ", ".join(" ".join(one.values()) for one in run["targets"])
            there.setdefault((int(found[2]), who), set()).add(int(found[1]))
    reasons = []
    for (count, who), numbers in there.items():
        missing = [str(number) for number in range(1, count + 1) if number not in numbers]
        if missing:
            reasons.append(f"share {', '.join(missing)} of {count} of {who} is not there")
    return reasons
