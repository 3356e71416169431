"""Present what is no package of multiprocessing's shape as if it were one: a module of its own that passes on.

A context, a module that is its own context, a package whose users take the rest from another: each becomes importable
under one name, with `get_context` and the submodules that it has. Whoever is judged so gains nothing: what it lacks
stays absent. Used inside the interpreter under test: stdlib only, syntax of Python 3.8.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import sys
import types

from conformance.subject import Absent

# `typing` itself is not imported: every spawned child would pay for it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Sequence

ONLY = "default"
"""The start method of who cannot name one."""


class Rooms:
    """Finds the submodules of the package `name` in `bases`, the first that has one: a finder and loader of imports.

    What is imported is the module itself, not a copy of it under another name.
    """

    def __init__(self, name: str, bases: Sequence[str]) -> None:
        self._prefix = name + "."
        self._bases = bases

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """As the import system asks."""
        if not name.startswith(self._prefix) or self._real(name) is None:
            return None
        return importlib.machinery.ModuleSpec(name, self)  # type: ignore[arg-type]  # all of a loader that is used

    def _real(self, name: str) -> Optional[str]:
        for base in self._bases:
            real = base + "." + name[len(self._prefix) :]
            try:
                if importlib.util.find_spec(real) is not None:
                    return real
            except ModuleNotFoundError:
                continue  # `base` is a module without submodules.
        return None

    def create_module(self, spec: Any) -> None:
        """As the import system asks: an ordinary module, which `exec_module` puts aside."""

    def exec_module(self, module: Any) -> None:
        """Let the real module stand in the place of `module`."""
        real = self._real(module.__name__)
        assert real is not None
        sys.modules[module.__name__] = importlib.import_module(real)


def present(name: str, module: str, attribute: str, borrows: str, methods: Sequence[str]) -> None:
    """Make of the module `name`, which is being imported, the package that the target is not.

    module, attribute: where the target is. borrows: a package whose submodules stand in for those that the target
    has not. methods: the start methods that it offers; empty: ask it.
    """
    home = importlib.import_module(module)
    target: Any = home
    for part in filter(None, attribute.split(".")):
        target = getattr(target, part)
    base = target.__name__ if isinstance(target, types.ModuleType) else module
    offered = list(methods) or _offered(target)
    chooses = hasattr(target, "get_context") and (bool(methods) or hasattr(target, "get_all_start_methods"))

    def get_all_start_methods() -> List[str]:
        return list(offered)

    def get_context(method: Optional[str] = None) -> Any:
        chosen = offered[0] if method is None else method
        if chosen not in offered:
            raise ValueError("cannot find context for {!r}".format(chosen))
        return target.get_context(chosen) if chooses else target

    def get_start_method(allow_none: bool = False) -> str:
        return offered[0]

    def passed_on(wanted: str) -> Any:
        try:
            return getattr(target, wanted)
        except AttributeError:
            raise Absent("{} has no {!r}".format(module, wanted), wanted) from None

    package = sys.modules[name]
    own: Dict[str, Any] = {
        "__getattr__": passed_on,
        "__path__": [],
        "__file__": getattr(target, "__file__", home.__file__),
    }
    if methods or not hasattr(target, "get_all_start_methods"):
        own["get_all_start_methods"] = get_all_start_methods
        own["get_context"] = get_context
    if not hasattr(target, "get_start_method"):
        own["get_start_method"] = get_start_method
    version = _version(target, home, importlib.import_module(module.partition(".")[0]))
    if version:
        own["__version__"] = version
    vars(package).update(own)
    sys.meta_path.append(Rooms(name, [base, *filter(None, [borrows])]))


def _offered(target: Any) -> List[str]:
    if hasattr(target, "get_all_start_methods"):
        return list(target.get_all_start_methods())
    if hasattr(target, "get_start_method"):
        return [str(target.get_start_method())]
    return [ONLY]


def _version(*places: Any) -> str:
    for place in places:
        version = getattr(place, "__version__", None)
        if isinstance(version, str) and os.path.basename(getattr(place, "__file__", "")):
            return version
    return ""
