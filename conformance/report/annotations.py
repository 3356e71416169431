"""What hosted CI pins to a run: GitHub's workflow commands, printed to the output of a step.

GitHub shows ten errors and ten warnings of a step and drops the rest unsaid; here the last one says how many there
were. Below: `failures`, which tells what several cells say alike once.
"""

from __future__ import annotations

from collections.abc import Mapping

from conformance.catalogue import Catalogue
from conformance.inventory import FOLDER, by_requirement
from conformance.outcome import Verdict
from conformance.report.failures import Story, stories, where
from conformance.store import Record

_MOST = 10
"""Annotations of each kind that GitHub shows for a step."""
_LONGEST = 1500
"""Characters of one message: what a person reads in passing."""
_FOLDER = "/".join(FOLDER.parts[-2:])
"""Where specs are, from the root of the suite."""


def workflow_commands(record: Record, catalogue: Catalogue) -> str:
    """One command a line: an error for what deviates unrecorded, a warning for what is on record and shows no more.

    Empty when there is nothing to say.
    """
    surprises = [story for story in stories(record, catalogue) if story.surprising]
    stale = [story for story in surprises if story.first.verdict is Verdict.PASS]
    notrun = {(row.target, row.outcome.message) for row in record.rows if row.verdict is Verdict.NOTRUN}
    bad = [story for story in surprises if story.first.verdict not in (Verdict.PASS, Verdict.NOTRUN)]
    lines = {entry.spec.name: entry.line for entries in by_requirement().values() for entry in entries}
    errors = [_bare("error", f"{Verdict.NOTRUN}: {target}", why) for target, why in sorted(notrun)]
    errors += [_placed("error", story, lines, _unrecorded(story)) for story in bad]
    warnings = [_bare("warning", "The record is partial", why) for why in record.reasons]
    warnings += [_placed("warning", story, lines, _stale(story)) for story in stale]
    return "".join(f"{line}\n" for line in (*_bounded("error", errors), *_bounded("warning", warnings)))


def _unrecorded(story: Story) -> str:
    outcome, known = story.first.outcome, story.first.deviation
    facts = [f"expected {outcome.expected or 'it to pass'}, got {outcome.got or story.first.verdict}", outcome.message]
    facts += [f"on record as {' or '.join(known['verdicts'])}: {known['reason']}"] if known else []
    return "\n".join(filter(None, (*facts, *_found(story))))


def _stale(story: Story) -> str:
    known = story.first.deviation or {"reason": ""}
    return "\n".join((f"met, though it is on record: {known['reason']}", *_found(story)))


def _found(story: Story) -> tuple[str, str]:
    return f"seen on {story.places}", f"see again: {story.first.command}"


def _placed(kind: str, story: Story, lines: Mapping[str, int], message: str) -> str:
    row = story.first
    file, _, line = where(row).partition(":")
    place = {"file": f"{_FOLDER}/{file}", "line": line if line.isdigit() else str(lines.get(row.spec, 1))}
    return _compose(kind, {**place, "title": f"{row.verdict} {row.requirement}: {row.target}"}, message)


def _bare(kind: str, title: str, message: str) -> str:
    return _compose(kind, {"title": title}, message)


def _compose(kind: str, properties: Mapping[str, str], message: str) -> str:
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {told}::{_data(message[:_LONGEST])}"


def _data(text: str) -> str:
    """`text` as the runner reads a message back."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """`text` as the runner reads a property back, which a colon or comma would end."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _bounded(kind: str, commands: list[str]) -> list[str]:
    if len(commands) <= _MOST:
        return commands
    left = len(commands) - _MOST + 1
    return [*commands[: _MOST - 1], _bare(kind, f"and {left} more", f"{left} more are in the report of this run.")]
