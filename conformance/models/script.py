"""Freeze a sequence that was found into a program which reproduces it, with nothing but the target installed."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Sequence

from conformance import presentation
from conformance.models import primitives
from conformance.target import Target, adapter

_PROGRAM = '''"""{title}

Run it with the interpreter under test: it fails as long as {target} deviates under {method}.
"""

import sys
import types

SOURCES = {sources}

for name, source in SOURCES.items():
    module = sys.modules[name] = types.ModuleType(name)
    if source:
        exec(compile(source, "<" + name + ">", "exec"), module.__dict__)
    else:
        module.__path__ = []

if __name__ == "__main__":
    from conformance.models.primitives import walk
    from conformance.subject import Subject

    walk(Subject({target!r}, {method!r}, {strict!r}), {name!r}, {kind!r}, {choices!r})
    print("as the model says")
'''


def freeze(title: str, target: Target, method: str, name: str, *, kind: int, choices: Sequence[int]) -> str:
    """The text of a program that plays the sequence; see `primitives.walk`."""
    sources = {"conformance": "", "conformance.models": ""}
    _carry(primitives.__name__, sources)
    if not target.is_package:
        _carry(presentation.__name__, sources)
        sources[target.importable] = adapter(target)
    listed = "{\n" + "".join(f"    {name!r}: {source!r},\n" for name, source in sources.items()) + "}"
    return _PROGRAM.format(
        title=title.replace('"""', "'''"),
        sources=listed,
        target=target.importable,
        method=method,
        strict=target.strict,
        name=name,
        kind=kind,
        choices=list(choices),
    )


def _carry(name: str, sources: dict[str, str]) -> None:
    """Add the source of module `name` of the suite, after those of the modules that it imports."""
    if name in sources:
        return
    source = inspect.getsource(importlib.import_module(name))
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("conformance."):
            _carry(statement.module or "", sources)
    sources[name] = source
