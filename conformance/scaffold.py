"""A first draft of a spec: what the catalogue says of its requirement, in the form that a spec has.

It fails until it is written, so that it cannot be forgotten.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from conformance.catalogue import Requirement
from conformance.inventory import entries

_WIDTH = 116
_HEAD = '''"""{title}: {what}."""

from conformance.requirement import requirement
'''
_SPEC = """

@requirement("{id}")
def {name}(mp):
{docstring}
    raise AssertionError("not written yet; to be looked at: " {observable!r})
"""


def function_name(id_: str) -> str:
    """A name for a spec of the requirement `id_` that no spec has yet."""
    taken = {entry.spec.function for entry in entries()}
    stem = "test_" + re.sub(r"\W+", "_", id_)
    names = [stem, *(f"{stem}_{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def home(row: Requirement, folder: Path) -> Path:
    """The file for a spec of `row`: the one with most specs on the same part of its subject, or else a new one."""
    part = row.id.rpartition(".")[0] or row.subject
    counts: dict[Path, tuple[int, int]] = {}
    for entry in entries():
        other = entry.spec.declaration.id
        if entry.file.parent == folder and other.split(".")[0] == row.id.split(".")[0]:
            near, all_ = counts.get(entry.file, (0, 0))
            counts[entry.file] = (near + other.startswith(part), all_ + 1)
    if counts:
        return max(counts, key=lambda path: counts[path])
    return folder / f"test_{row.subject.replace('-', '_')}.py"


def draft(row: Requirement, name: str) -> str:
    """The text of the spec, as it stands below others."""
    text = textwrap.wrap(row.statement, _WIDTH)
    lines = [f'    """{text[0]}', *(f"    {line}" for line in text[1:])]
    docstring = "\n".join(lines) + ('"""' if len(lines) == 1 else '\n    """')
    return _SPEC.format(id=row.id, name=name, docstring=docstring, observable=row.observable)


def add(row: Requirement, path: Path) -> tuple[str, int]:
    """Write the draft for `row` at the end of the file at `path`; its name, and the line where it begins."""
    name = function_name(row.id)
    if path.exists():
        text = path.read_text(encoding="utf-8").rstrip("\n") + "\n"
    else:
        text = _HEAD.format(
            title=row.subject.capitalize(), what=row.id.rpartition(".")[0].partition(".")[2] or "what it does"
        )
    whole = text + draft(row, name)
    path.write_text(whole, encoding="utf-8")
    return name, whole[: whole.index(f"def {name}(")].count("\n") + 1
