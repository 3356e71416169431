"""Make `import multiprocessing` mean this package, in this process and (by the preparation data) in its children.

What this package does not offer yet (pools, managers, shared memory blocks) is the stdlib's own source, loaded
under its usual name: its relative imports then find our rooms below it, and so does the `Pool` or the manager that a
context makes.
Called by `__main__` (the drop-in runner), by `spawn` in a child of such a program, and by users.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import ModuleType
    from typing import Any

__all__ = ["install", "installed", "thread_pool"]

STANDARD = "multiprocessing"
_OURS = __name__.rpartition(".")[0]


class _SameModule(Loader):
    """Loads a module that another name stands for: leaves its own name and spec as they are, and adds an entry."""

    def __init__(self, other_name: str) -> None:
        self._other_name = other_name

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        sys.modules[module.__name__] = import_module(self._other_name)


class _Alias(MetaPathFinder):
    """Finds `multiprocessing` and its submodules: ours where we have one, else the stdlib's."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if not _is_within(name, STANDARD):
            return None
        our_name = _renamed(name, STANDARD, _OURS)
        if name == STANDARD or _is_a_room(our_name):
            return ModuleSpec(name, _SameModule(our_name), is_package=name == STANDARD)
        return _spec_in_standard(name)


class _Rest(MetaPathFinder):
    """Finds as rooms of ours those that only the stdlib has: `from multiprocessing import pool` asks for these.

    The last of all finders: it is asked for what we do not have.
    """

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        standard_name = _renamed(name, _OURS, STANDARD)
        if not _is_within(name, _OURS) or _spec_in_standard(standard_name) is None:
            return None
        return ModuleSpec(name, _SameModule(standard_name))


def _is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def _renamed(name: str, package: str, other: str) -> str:
    return other + name[len(package) :]


def _is_a_room(name: str) -> bool:
    # Not by whatever finders there are: `_Rest` would say yes to everything.
    package = sys.modules[name.rpartition(".")[0]]
    return PathFinder.find_spec(name, package.__path__) is not None


def _spec_in_standard(name: str) -> ModuleSpec | None:
    source = os.path.join(os.path.dirname(os.__file__), *name.split("."))
    for location in (source + ".py", os.path.join(source, "__init__.py")):
        if os.path.exists(location):
            return importlib.util.spec_from_file_location(name, location)
    return None


def installed() -> bool:
    """Whether `import multiprocessing` gives this package in this process."""
    return _Alias in sys.meta_path


def install() -> None:
    """From now on `import multiprocessing` gives this package, here and in children that this package starts.

    Modules of the stdlib's package that are loaded already are forgotten, so call this before anything
    imports them; names that others took from them stay the stdlib's. Calling it again changes nothing.
    """
    if installed():
        return
    for name in [name for name in sys.modules if _is_within(name, STANDARD)]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Alias)
    sys.meta_path.append(_Rest)
    package: Any = import_module(_OURS)
    package.context.BaseContext.Pool = _pool
    package.context.BaseContext.Manager = _manager
    package.Pool = package._default.Pool
    package.Manager = package._default.Manager


def _pool(
    self: Any,
    processes: int | None = None,
    initializer: Callable[..., object] | None = None,
    initargs: Iterable[Any] = (),
    maxtasksperchild: int | None = None,
) -> Any:
    """A pool of worker processes that this context starts."""
    pools: Any = import_module(STANDARD + ".pool")
    return pools.Pool(processes, initializer, initargs, maxtasksperchild, context=self.get_context())


def thread_pool(processes: int | None, initializer: Callable[..., object] | None, initargs: Iterable[Any]) -> Any:
    """A pool of threads of this process."""
    pools: Any = import_module(STANDARD + ".pool")
    return pools.ThreadPool(processes, initializer, initargs)


def _manager(self: Any) -> Any:
    """A running manager, in a process that this context starts."""
    managers: Any = import_module(STANDARD + ".managers")
    manager = managers.SyncManager(ctx=self.get_context())
    manager.start()
    return manager
