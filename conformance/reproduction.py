"""`conformance reproduce`: one cell as a program that needs nothing of the suite.

The program begins with the requirement and the spec, for a person to read; what the spec uses of the suite follows,
and is laid out in a temporary directory when the program is run. Composed of texts alone: nothing is run here.
The page composes the same program in the browser. Below: `excerpt`, `inventory`. Above: `cli`, `report`.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from conformance import catalogue, presentation, replay
from conformance.catalogue import METHODS
from conformance.excerpt import excerpt
from conformance.inventory import Entry, entries
from conformance.misuse import Misuse
from conformance.status import AS_EXPECTED
from conformance.target import Target, adapter, resolve

TARGET = "@TARGET@"
"""Stands in an opening for the name of the module under test."""
_OPENING = '''\
"""{requirement}: {statement}

{level}, {source}.
Run it with the interpreter under test, where {target} can be imported; nothing else needs to be installed.
It exits with 0 when the requirement is met. Else it prints what was expected and what came instead, and exits with 1.
"""

import json
import os
import sys
import tempfile

'''
_FILES = "FILES = {}\n"
_REMARK = "# What the spec uses of the conformance suite, version for version as it was run.\n"
TAIL = """
if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for name, text in FILES.items():
            path = os.path.join(folder, *name.split("/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
        sys.path.insert(0, folder)
        from conformance.replay import replay

        sys.exit(replay(folder, CASE))
"""


@dataclass(frozen=True)
class Program:
    """What a program that plays a spec consists of, whoever the target is.

    opening: what stands first, with `TARGET` in it. case: what `replay` is to be told of the spec.
    pieces: the statements that name the files to lay out, the spec's own first.
    """

    opening: str
    case: Mapping[str, Any]
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class Subjected:
    """What such a program says of its target. pieces: as those of `Program`."""

    module: str
    case: Mapping[str, Any]
    pieces: tuple[str, ...]


def program(entry: Entry) -> Program:
    """The program that plays the spec of `entry`."""
    row = catalogue.load()[entry.spec.declaration.id]
    opening = _OPENING.format(
        requirement=row.id,
        statement=row.statement.replace('"""', "'''").replace("\\", "\\\\"),
        level=row.level,
        source=row.source.replace("\\", "\\\\"),
        target=TARGET,
    )
    case = {
        "module": entry.spec.module,
        "function": entry.spec.function,
        "deadline": math.ceil(entry.spec.declaration.deadline),
    }
    own = _piece(_file(entry.spec.module), "\n" + spec_text(entry))
    others = (_piece(name, text) for name, text in support(entry.spec.module).items())
    return Program(opening, case, (_FILES, own, _REMARK, *others))


def subjected(target: Target, paths: tuple[str, ...] = ()) -> Subjected:
    """What a program says of `target`. paths: directories that come first on the path of its processes."""
    case = {"target": target.importable, "strict": target.strict, "paths": list(paths)}
    files: dict[str, str] = {}
    if not target.is_package:
        _carry(presentation.__name__, files)
        files[f"{target.importable}.py"] = adapter(target)
    return Subjected(target.module, case, tuple(_piece(name, text) for name, text in files.items()))


def compose(what: Program, whom: Subjected, method: str) -> str:
    """The text of the program. The page does the same."""
    case = json.dumps({**what.case, **whom.case, "method": method}, separators=(",", ":"))
    opening = what.opening.replace(TARGET, whom.module)
    return "".join([opening, f"CASE = json.loads(r'''{case}''')\n", *what.pieces, *whom.pieces, TAIL])


def _piece(name: str, text: str) -> str:
    return f"FILES[{name!r}] = {quoted(text)}\n"


def spec_text(entry: Entry) -> str:
    """The source of the spec of `entry` with what it uses of its own module."""
    return excerpt(entry.file.read_text(encoding="utf-8"), entry.spec.function)


def quoted(text: str) -> str:
    """A literal of `text` that a person can read, if there can be one."""
    raw = f"r'''{text}'''"
    return raw if _is_literal(raw, text) else repr(text)


def _is_literal(raw: str, text: str) -> bool:
    try:
        return bool(ast.literal_eval(raw) == text)
    except (SyntaxError, ValueError):
        return False


@functools.cache
def support(module: str) -> Mapping[str, str]:
    """By path: the sources of what the spec module uses of the suite, and what plays it."""
    files: dict[str, str] = {}
    for name in _imports(inspect.getsource(importlib.import_module(module))):
        _carry(name, files)
    _carry(replay.__name__, files)
    # What `subject` loads late.
    _carry("conformance.programs", files)
    for name in list(files):
        for package in Path(name).parents:
            files.setdefault(f"{package}/__init__.py", "") if package.name else None
    return files


def _carry(name: str, files: dict[str, str]) -> None:
    """Add the source of module `name` of the suite, and of those that it imports."""
    path = _file(name)
    if path not in files:
        files[path] = inspect.getsource(importlib.import_module(name))
        for other in _imports(files[path]):
            _carry(other, files)


def _imports(source: str) -> list[str]:
    """The modules of the suite that a module imports."""
    found = []
    for statement in ast.walk(ast.parse(source)):
        module = statement.module or "" if isinstance(statement, ast.ImportFrom) else ""
        if isinstance(statement, ast.ImportFrom) and module.partition(".")[0] == "conformance":
            # From a package come its modules.
            is_package = hasattr(importlib.import_module(module), "__path__")
            found += [f"{module}.{alias.name}" for alias in statement.names] if is_package else [module]
    return found


def _file(module: str) -> str:
    return module.replace(".", "/") + ".py"


def find(name: str) -> Entry:
    """The spec of that name: of the function, or as "test_file.py::function".

    Raises:
        Misuse: there is none, or more than one.
    """
    found = [entry for entry in entries() if name in (entry.spec.function, entry.spec.name)]
    if len(found) != 1:
        what = "no spec is" if not found else " and ".join(entry.spec.name for entry in found) + " are"
        raise Misuse(f"{what} called {name!r}: give the name of one spec's function, as `conformance explain` shows it")
    return found[0]


@click.command("reproduce")
@click.argument("target")
@click.option("-k", "name", required=True, metavar="SPEC", help="The spec: the name of its function.")
@click.option("--method", required=True, metavar="M", help="The start method.")
@click.option("--path", "paths", multiple=True, metavar="DIR", help="Look for the target in this directory first.")
@click.option("--python", metavar="PATH", help="Taken as `run` takes it; the program is run by whom you choose.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it there.")
def command(**options: Any) -> int:
    """Print a program that does what one cell does, and needs nothing of the suite: for a bug report.

    Takes the words that a report's "see again" gives for `run`.

    \b
    conformance reproduce mypackage --method spawn -k test_lock_acquire_waits_for_another_process > see.py
    python3.14 see.py
    """
    target, method, out = resolve(options["target"]), options["method"], options["out"]
    offered = target.methods or (METHODS if not target.attribute else (method,))
    if method not in offered:
        raise Misuse(f"unknown start method {method!r}; offered are: {', '.join(offered)}")
    for path in options["paths"]:
        if not Path(path).is_dir():
            raise Misuse(f"there is no directory {path!r} to look for targets in")
    paths = tuple(str(Path(path).absolute()) for path in options["paths"])
    text = compose(program(find(options["name"])), subjected(target, paths), method)
    if out is None:
        click.echo(text, nl=False)
        return AS_EXPECTED
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Misuse(f"cannot write {out}: {error.strerror}") from error
    click.echo(f"wrote {out}")
    return AS_EXPECTED
