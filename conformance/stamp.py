"""Digests of what a verdict depends on: the suite, a target, an interpreter. Equal digests, equal records.

Read from files alone; what is out of reach, as an interpreter of another system, counts by its name and version.
Above: `session` writes them into the headers of records, `campaign` compares them.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from conformance.target import FOLDER, Target

_SUITE = Path(__file__).parent
_IDLE = ("tests", "report", "bench", "mutation", "broken", "admission", "campaign", "targets", "__pycache__")
"""Rooms of the suite that no verdict depends on; a target's own file counts for that target."""
_SOURCES = (".py", ".csv", ".ini")
_LENGTH = 16


@functools.cache
def suite_digest() -> str:
    """The digest of what judges."""
    files = [path for path in _SUITE.rglob("*") if path.suffix in _SOURCES]
    return _digest(_SUITE, (path for path in files if not set(path.relative_to(_SUITE).parts) & set(_IDLE)))


def candidate_digest(target: Target, facts: Mapping[str, Any]) -> str:
    """The digest of who is judged: the target's files, what is known of it beforehand, and the interpreter."""
    told = {name: facts.get(name) for name in ("version", "python", "implementation", "platform", "methods")}
    parts = [json.dumps(told, sort_keys=True), _package(facts["path"]), _interpreter(facts["executable"])]
    profiles = (FOLDER / f"{target.name}.toml", Path(target.origin))
    parts += [_digest(file.parent, [file]) for file in profiles if file.suffix == ".toml" and file.is_file()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_LENGTH]


@functools.cache
def _package(path: str) -> str:
    """The digest of the package whose __init__ is at `path`, or of that one module."""
    file = Path(path)
    files = file.parent.rglob("*.py") if file.stem == "__init__" else [file]
    return _digest(file.parent, (one for one in files if one.is_file()))


@functools.cache
def _interpreter(executable: str) -> str:
    path = Path(os.path.realpath(executable))
    return _digest(path.parent, [path]) if path.is_file() else executable


def _digest(root: Path, files: Iterable[Path]) -> str:
    # By names as one system writes them, so that the same files have one digest on all.
    named = {path.relative_to(root).as_posix(): path for path in files}
    total = hashlib.sha256()
    for name in sorted(named):
        total.update(name.encode())
        total.update(hashlib.sha256(named[name].read_bytes()).digest())
    return total.hexdigest()[:_LENGTH]
