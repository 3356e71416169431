"""The parent's main module, run again in a child under the name `__mp_main__`.

So that what the parent pickled by reference to `__main__` is found, while code under the guard is not run again.
Loaded only by children that have such a module. `runpy` could do it, at several times the price.
Below: nothing. Above: `spawn`.
"""

from __future__ import annotations

import builtins
import io
import os
import sys
from _frozen_importlib_external import SourcelessFileLoader
from types import CodeType, ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

__all__ = ["NAME", "from_name", "from_path"]

NAME = "__mp_main__"


def from_path(path: str) -> None:
    """Be the main module that the script at `path` makes."""
    # IPython's own script once had no guard (ipython#4698).
    if os.path.splitext(os.path.basename(path))[0] == "ipython":
        return
    # A forked process may have it already.
    if getattr(sys.modules["__main__"], "__file__", None) == path:
        return
    module = ModuleType(NAME)
    module.__dict__.update(
        __file__=path, __cached__=None, __loader__=None, __package__="", __spec__=None, __builtins__=builtins
    )
    _run(_code_of(path), module, path)


def _code_of(path: str) -> CodeType:
    if path.endswith(".pyc"):
        code: CodeType | None = SourcelessFileLoader(NAME, path).get_code(NAME)
        if code is None:
            raise ImportError(f"no code in {path!r}", name=NAME, path=path)
        return code
    with io.open_code(path) as file:
        source = file.read()
    compiled: CodeType = compile(source, path, "exec", dont_inherit=True)
    return compiled


def from_name(name: str) -> None:
    """Be the main module that running the module `name` with -m makes."""
    # The __main__ of packages, directories and archives does its work without a guard.
    if name == "__main__" or name.endswith(".__main__"):
        return
    # A forked process may have it already.
    if getattr(getattr(sys.modules["__main__"], "__spec__", None), "name", None) == name:
        return
    spec = _find(name)
    loader = spec.loader
    code = loader.get_code(name) if loader is not None and hasattr(loader, "get_code") else None
    if code is None:
        raise ImportError(f"the main module {name!r} has no code that could be run again", name=name)
    module = ModuleType(NAME)
    module.__dict__.update(
        __file__=spec.origin,
        __cached__=spec.cached,
        __loader__=loader,
        __package__=spec.parent,
        __spec__=spec,
        __builtins__=builtins,
    )
    _run(code, module, spec.origin)


def _find(name: str) -> ModuleSpec:
    package = name.rpartition(".")[0]
    path = None
    if package:
        __import__(package)
        path = sys.modules[package].__path__
    for finder in sys.meta_path:
        spec = finder.find_spec(name, path)
        if spec is not None:
            return spec
    raise ImportError(f"the main module {name!r} cannot be found", name=name)


def _run(code: CodeType, module: ModuleType, file: str | None) -> None:
    sys.modules["__main__"] = sys.modules[NAME] = module
    if file is None or not sys.argv:
        exec(code, module.__dict__)
        return
    # The module finds its file where a program finds it; what the child does then sees what the parent had.
    argv = sys.argv
    program, argv[0] = argv[0], file
    try:
        exec(code, module.__dict__)
    finally:
        argv[0] = program
