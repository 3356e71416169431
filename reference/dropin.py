"""Make `import multiprocessing` mean this package, in this process and (by the preparation data) in its children.

What this package does not offer yet (pools, managers, shared memory) is the stdlib's own source, loaded
under its usual name: its relative imports then find our rooms below it.
Called by `__main__` (the drop-in runner), by `spawn` in a child of such a program, and by users.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["STANDARD", "install", "installed"]

STANDARD = "multiprocessing"
_OURS = __name__.rpartition(".")[0]


class _Alias(MetaPathFinder, Loader):
    """Finds `multiprocessing` and its submodules: ours where we have one, else the stdlib's."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != STANDARD and not name.startswith(STANDARD + "."):
            return None
        ours = _OURS + name[len(STANDARD) :]
        if importlib.util.find_spec(ours) is not None:
            return ModuleSpec(name, self, is_package=name == STANDARD)
        source = os.path.join(os.path.dirname(os.__file__), *name.split("."))
        for location in (source + ".py", os.path.join(source, "__init__.py")):
            if os.path.exists(location):
                return importlib.util.spec_from_file_location(name, location)
        return None

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        # Leave our module's own name and spec as they are: only the entry under the standard name is added.
        sys.modules[module.__name__] = import_module(_OURS + module.__name__[len(STANDARD) :])


def installed() -> bool:
    """Whether `import multiprocessing` gives this package in this process."""
    return any(isinstance(finder, _Alias) for finder in sys.meta_path)


def install() -> None:
    """From now on `import multiprocessing` gives this package, here and in children that this package starts.

    Modules of the stdlib's package that are loaded already are forgotten, so call this before anything
    imports them; names that others took from them stay the stdlib's. Calling it again changes nothing.
    """
    if installed():
        return
    for name in [name for name in sys.modules if name == STANDARD or name.startswith(STANDARD + ".")]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Alias())
