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
from collections.abc import Mapping
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

_HEAD = '''\
"""{requirement}: {statement}

{level}, {source}.
Run it with the interpreter under test, where {target} can be imported; nothing else needs to be installed.
It exits with 0 when the requirement is met. Else it prints what was expected and what came instead, and exits with 1.
"""

import json
import os
import sys
import tempfile

CASE = json.loads(r\'\'\'{case}\'\'\')

FILES = {{}}
FILES[{file!r}] = {spec}
# What the spec uses of the conformance suite, version for version as it was run.
'''
_TAIL = """
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


def reproduction(entry: Entry, target: Target, method: str, paths: tuple[str, ...] = ()) -> str:
    """The text of a program that plays the spec of `entry` on `target` under `method`.

    paths: directories that come first on the path of its processes.
    """
    case = {
        "target": target.importable,
        "method": method,
        "strict": target.strict,
        "module": entry.spec.module,
        "function": entry.spec.function,
        "deadline": entry.spec.declaration.deadline,
        "paths": list(paths),
    }
    row = catalogue.load()[entry.spec.declaration.id]
    head = _HEAD.format(
        requirement=row.id,
        statement=row.statement.replace('"""', "'''").replace("\\", "\\\\"),
        level=row.level,
        source=row.source.replace("\\", "\\\\"),
        target=target.module,
        case=json.dumps(case),
        file=_file(entry.spec.module),
        spec=quoted("\n" + spec_text(entry)),
    )
    files = dict(support(entry.spec.module))
    if not target.is_package:
        _carry(presentation.__name__, files)
        files[f"{target.importable}.py"] = adapter(target)
    return head + "".join(f"FILES[{name!r}] = {quoted(text)}\n" for name, text in files.items()) + _TAIL


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
    text = reproduction(find(options["name"]), target, method, paths)
    if out is None:
        click.echo(text, nl=False)
        return AS_EXPECTED
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Misuse(f"cannot write {out}: {error.strerror}") from error
    click.echo(f"wrote {out}")
    return AS_EXPECTED
