"""Run a program in which `multiprocessing` is this package: `python -m reference PROGRAM [ARGS]`.

PROGRAM is what the interpreter itself takes: a script, a directory or zip file with a `__main__.py`,
`-m module`, or `-c code`. The program's children see the same. Knows nothing of processes.
"""

from __future__ import annotations

import importlib.util
import io
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import CodeType, ModuleType
from typing import Any

from . import dropin

__all__ = ["USAGE", "Misuse", "run"]

USAGE = f"usage: python -m {__package__} (SCRIPT | DIRECTORY | ZIPFILE | -m MODULE | -c CODE) [ARGS...]"


class Misuse(Exception):
    """The command line names nothing that can be run; the text says why, in one line."""


def _code_of(spec: ModuleSpec, asked: str) -> CodeType:
    # Optional for loaders: those of scripts, packages and zip files have it.
    loader: Any = spec.loader
    code: CodeType | None = loader.get_code(spec.name) if hasattr(loader, "get_code") else None
    if code is None:
        raise Misuse(f"no code to run in {asked!r}")
    return code


def _from_module(name: str) -> tuple[CodeType, ModuleSpec]:
    """The code of module `name` (of a package: its `__main__`), and its spec."""
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            name += ".__main__"
            spec = importlib.util.find_spec(name)
    except (ImportError, ValueError) as error:
        raise Misuse(f"no module named {name!r}: {error}") from error
    if spec is None:
        raise Misuse(f"no module named {name!r}")
    return _code_of(spec, name), spec


def _from_container(path: str) -> tuple[CodeType, ModuleSpec]:
    """The code of `__main__` in the directory or zip file `path`, and its spec."""
    spec = PathFinder.find_spec("__main__", [path])
    if spec is None:
        raise Misuse(f"can't find '__main__' module in {path!r}")
    return _code_of(spec, path), spec


def _from_script(path: str) -> CodeType:
    try:
        with io.open_code(os.path.abspath(path)) as file:
            return compile(file.read(), path, "exec", dont_inherit=True)
    except OSError as error:
        raise Misuse(f"can't open file {path!r}: {error.strerror}") from error


def _prepare(arguments: list[str]) -> tuple[CodeType, ModuleType]:
    """Make sys.argv, sys.path[0] and a fresh `__main__` as the interpreter would for `arguments`."""
    main = ModuleType("__main__")
    main.__dict__["__builtins__"] = __builtins__
    kind, rest = arguments[0], arguments[1:]
    if kind in ("-m", "-c") and not rest:
        raise Misuse(f"argument expected for {kind}")
    if kind == "-m":
        code, main.__spec__ = _from_module(rest[0])
        sys.argv = [main.__spec__.origin or rest[0], *rest[1:]]
        main.__file__ = main.__spec__.origin
    elif kind == "-c":
        code = compile(rest[0], "<string>", "exec", dont_inherit=True)
        sys.argv = ["-c", *rest[1:]]
    elif kind.startswith("-"):
        raise Misuse(f"unknown option {kind!r}")
    elif os.path.isdir(kind) or kind.endswith((".zip", ".pyz")):
        sys.path[0] = kind
        code, main.__spec__ = _from_container(kind)
        sys.argv = arguments
        main.__file__ = main.__spec__.origin
    else:
        code = _from_script(kind)
        sys.path[0] = os.path.dirname(os.path.abspath(kind))
        sys.argv = arguments
        main.__file__ = kind
    if main.__spec__ is not None:
        main.__package__ = main.__spec__.parent
    return code, main


def run(arguments: list[str]) -> None:
    """Run the program that `arguments` name, as `__main__`, with this package as `multiprocessing`.

    Raises:
        Misuse: there is no such program.
    """
    dropin.install()
    code, main = _prepare(arguments)
    # For good: functions of the program are pickled by a look-up in `__main__`, also while the interpreter exits.
    sys.modules["__main__"] = main
    exec(code, main.__dict__)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(USAGE, file=sys.stdout if len(sys.argv) > 1 else sys.stderr)
        sys.exit(0 if len(sys.argv) > 1 else 2)
    try:
        run(sys.argv[1:])
    except Misuse as problem:
        print(f"python -m {__package__}: {problem}", file=sys.stderr)
        sys.exit(2)
