"""`conformance deviations`: bring a target's file into line with what records show.

Reads the records and the file, and decides entry by entry: one that says what was seen stays as it is, to the
letter; one that speaks of what no record tells stays too; what else was seen becomes a new entry, with the
reason of the one that it replaces. A new deviation has no reason yet: the file is refused until it gets one.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from conformance import catalogue
from conformance.deviations import DeviationError, Known, parse
from conformance.misuse import Misuse
from conformance.observation import SAYS_NOTHING, Observation, observe
from conformance.outcome import Verdict
from conformance.status import AS_EXPECTED, DEVIATES
from conformance.store import Record, RecordError, Row, read
from conformance.target import FOLDER, resolve

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_BREAK = re.compile(r"^(?=\[\[deviation\]\])", re.MULTILINE)
_UNREASONED = re.compile(r'^reason = ""$', re.MULTILINE)
_NONE_YET = "?"
_LONG = 120


@dataclass(frozen=True)
class Entry:
    """One `[[deviation]]` of the file: its letters, and what they mean. It may have no reason yet."""

    text: str
    known: Known


@dataclass(frozen=True)
class Change:
    """The new text of a file, and what was done to the old one: numbers of entries."""

    text: str
    kept: int
    new: int
    gone: int


def rewrite(text: str, rows: Sequence[Row], facts: Sequence[Mapping[str, Any]], ids: Sequence[str]) -> Change:
    """The file `text` as `rows` want it. facts: what the records' headers tell of each interpreter.

    ids: of all requirements, in the order of the catalogue.
    Raises:
        DeviationError: an entry of the file is wrong.
    """
    head, *blocks = _BREAK.split(text)
    common = {key: value for key, value in tomllib.loads(head).items() if key == "review"}
    entries = [_entry(block, common, ids) for block in blocks]
    by_requirement: dict[str, list[Row]] = {}
    for row in rows:
        if row.verdict not in SAYS_NOTHING:
            by_requirement.setdefault(row.requirement, []).append(row)
    kept: dict[str, list[str]] = {}
    made: dict[str, list[str]] = {}
    gone = 0
    for requirement in dict.fromkeys([*by_requirement, *(entry.known.requirement for entry in entries)]):
        mine = [entry for entry in entries if entry.known.requirement == requirement]
        seen = by_requirement.get(requirement, [])
        if _is_told(mine, seen, facts):
            kept[requirement] = [entry.text for entry in mine]
            continue
        kept[requirement] = [entry.text for entry in mine if not _speaks(entry, seen, facts)]
        made[requirement] = [_write(observation, mine) for observation in observe(seen)]
        gone += len(mine) - len(kept[requirement])
    order = sorted({**kept, **made}, key=list(ids).index)
    parts = [part.strip() for id_ in order for part in kept.get(id_, []) + made.get(id_, [])]
    return Change(
        text="\n\n".join(filter(None, [head.strip(), *parts])) + "\n",
        kept=sum(map(len, kept.values())),
        new=sum(map(len, made.values())),
        gone=gone,
    )


def _entry(block: str, common: Mapping[str, Any], ids: Iterable[str]) -> Entry:
    (table,) = tomllib.loads(block)["deviation"]
    known = parse(dict(common) | table | {"reason": table.get("reason") or _NONE_YET}, ids)
    return Entry(block, known)


def _is_told(entries: Sequence[Entry], rows: Sequence[Row], facts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether `entries` say of every cell what it got, and each of them of at least one that deviates, or of none."""
    useful = set()
    for row in rows:
        number = next((number for number, entry in enumerate(entries) if _applies(entry, row, facts)), None)
        if not (row.verdict is Verdict.PASS if number is None else entries[number].known.excuses(row.verdict)):
            return False
        if row.verdict is not Verdict.PASS:
            useful.add(number)
    return all(
        number in useful or Verdict.PASS in entry.known.verdicts or not _speaks(entry, rows, facts)
        for number, entry in enumerate(entries)
    )


def _speaks(entry: Entry, rows: Iterable[Row], facts: Sequence[Mapping[str, Any]]) -> bool:
    return any(_applies(entry, row, facts) for row in rows)


def _applies(entry: Entry, row: Row, facts: Sequence[Mapping[str, Any]]) -> bool:
    mine = next(item for item in facts if (item["implementation"], item["python"]) == (row.implementation, row.python))
    return entry.known.applies(mine, row.method, row.spec.rpartition("::")[2])


def _write(seen: Observation, former: Sequence[Entry]) -> str:
    """The letters of a new entry, which has the reason of the one among `former` that is most like it."""
    known = [entry.known for entry in former if entry.known.reason != _NONE_YET]
    known.sort(key=lambda entry: (entry.spec != seen.spec, not entry.verdicts & seen.verdicts))
    reason, issue = (known[0].reason, known[0].issue) if known else ("", "")
    lines = ["[[deviation]]", f"requirement = {json.dumps(seen.requirement)}"]
    for key, value in (("spec", seen.spec), ("python", seen.python)):
        lines += [f"{key} = {json.dumps(value)}"] if value else []
    for key, values in (("methods", seen.methods), ("implementations", seen.implementations)):
        lines += [f"{key} = {json.dumps(list(values))}"] if values else []
    lines.append(f"verdict = {json.dumps(sorted(map(str, seen.verdicts)))}")
    if reason:
        lines.append(f"reason = {json.dumps(reason, ensure_ascii=False)}")
    else:
        lines += [f"# got {seen.got[:_LONG]}" if seen.got else "# got nothing that can be told", 'reason = ""']
    lines += [f"issue = {json.dumps(issue)}"] if issue else []
    return "\n".join(lines)


def _rows(records: Iterable[Record], target: str) -> tuple[list[Row], list[Mapping[str, Any]]]:
    """The rows on `target`, and the facts on its interpreters. The same cell may be there several times."""
    binding = {row.id for row in catalogue.load().values() if row.binding}
    rows, facts = [], []
    for record in records:
        rows += [row for row in record.rows if row.target == target and row.requirement in binding]
        facts += [candidate["facts"] for candidate in record.candidates if candidate["target"] == target]
    return rows, facts


@click.command("deviations")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RECORD...")
@click.option("--target", "name", required=True, metavar="NAME", help="The target whose file is meant, or that file.")
@click.option("--write", is_flag=True, help="Write the file, instead of printing what it would be.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=FOLDER,
    metavar="DIR",
    help="Where the targets' files are; default: those that come with the suite.",
)
def command(files: tuple[Path, ...], name: str, write: bool, folder: Path) -> int:
    """Rewrite what a target is known to do otherwise, so that it says what RECORDs show.

    Records of several runs may be given; a cell that once passed and once did not gets an entry that allows both.
    What is new there needs a reason, by hand: status 1 says that there are such entries.
    """
    path = folder / f"{name}.toml"
    if name.endswith(".toml"):
        path, name = Path(name), Path(name).stem
    ids = tuple(catalogue.load())
    try:
        rows, facts = _rows(map(read, files), name)
        if not rows:
            raise Misuse(f"the records have no cell of {name!r}")
        text = path.read_text(encoding="utf-8") if path.exists() else f"module = {json.dumps(resolve(name).module)}\n"
        change = rewrite(text, rows, facts, ids)
    except (OSError, UnicodeDecodeError, RecordError, DeviationError, tomllib.TOMLDecodeError) as error:
        raise Misuse(str(error)) from error
    if write:
        path.write_text(change.text, encoding="utf-8")
    else:
        click.echo(change.text, nl=False)
    missing = len(_UNREASONED.findall(change.text))
    click.echo(
        f"{path.name}: {change.kept} kept, {change.new} new, {change.gone} gone; {missing} without a reason", err=True
    )
    return DEVIATES if missing else AS_EXPECTED
