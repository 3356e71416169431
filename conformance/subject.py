"""What a spec sees of the target: the public API under one start method, and nothing else.

Used inside the interpreter under test: stdlib only, syntax of Python 3.8.
"""

from __future__ import annotations

import contextlib
import importlib

# `typing` itself is not imported: every spawned child would pay for it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Mapping, Optional, Sequence, Tuple, Type

    from conformance.programs import Finished


class Deviation(AssertionError):
    """The target does not do what the requirement says: what was expected, what came instead."""

    def __init__(self, expected: str, got: str, message: str = "") -> None:
        super().__init__(message or "expected {}, got {}".format(expected, got))
        self.expected = expected
        self.got = got
        self.message = message


class Absent(AttributeError):
    """The target lacks the public `name` that a spec uses."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


class Caught:
    """The exception that a `raises` block caught, once the block has ended."""

    error: Any = None


CHOICE = frozenset(("get_context", "get_start_method", "set_start_method", "get_all_start_methods"))
"""What is asked of a package by another meaning than of a context: which method is the default."""


def same_code(one: Any, other: Any) -> bool:
    """Whether two functions or classes do the same thing, each for its own context.

    Methods do that are bound to two contexts; classes, if they are of one module and each adds nothing public to a base
    that they share.
    """
    if not (isinstance(one, type) and isinstance(other, type)):
        return bool(getattr(one, "__func__", one) is getattr(other, "__func__", other))
    apart = set(one.__mro__).symmetric_difference(other.__mro__)
    added = {name for base in apart for name in vars(base)}
    private = "__init__" not in added and all(name.startswith("_") for name in added)
    return one is other or (private and one.__module__ == other.__module__)


class Subject:
    """The target under one start method. `mp.NAME` is the context's NAME, or else the package's.

    Most packages offer the functions of a context as their own. One that writes its own instead is judged by them
    too: where the method under test is its default, `mp.NAME` is the package's if that is other code.

    name: the importable module name of the target.
    method: the start method under test.
    strict: whether exception classes that only the stdlib fixes must match (see `misuse`).

    Picklable by name, so that it can be an argument of a child.
    """

    def __init__(self, name: str, method: str, strict: bool = True) -> None:
        self.name = name
        self.method = method
        self.strict = strict

    def __reduce__(self) -> Tuple[Any, ...]:
        return Subject, (self.name, self.method, self.strict)

    @property
    def package(self) -> Any:
        """The target's package itself, as a user imports it."""
        return importlib.import_module(self.name)

    @property
    def context(self) -> Any:
        """The target's context for the start method under test."""
        return self.package.get_context(self.method)

    def module(self, name: str) -> Any:
        """The public submodule `name` of the target: "connection", "synchronize", ..."""
        full = self.name + "." + name
        try:
            return importlib.import_module(full)
        except ModuleNotFoundError as error:
            if error.name != full:
                raise
            raise Absent("{} has no module {!r}".format(self.name, name), name) from error

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        missing = object()
        of_context, of_package = (getattr(owner, name, missing) for owner in (self.context, self.package))
        if of_context is missing:
            if of_package is missing:
                raise Absent("{} has no {!r}".format(self.name, name), name)
            return of_package
        if of_package is missing or name in CHOICE or same_code(of_package, of_context):
            return of_context
        return of_package if self._is_default() else of_context

    def _is_default(self) -> bool:
        """Whether the package's own functions are of the start method under test, as long as none is set."""
        try:
            return bool(self.package.get_all_start_methods()[0] == self.method)
        except Exception:
            return False  # A package that cannot tell its methods is judged for that by the specs of start methods.

    def offers(self, dotted: str) -> bool:
        """Whether the target has the public name `dotted`, as "Process.kill" or "parent_process"."""
        owner: Any = self
        for part in dotted.split("."):
            try:
                owner = getattr(owner, part)
            except AttributeError:
                return False
        return True

    @contextlib.contextmanager
    def raises(self, *classes: Type[BaseException]) -> Iterator[Caught]:
        """The block must raise one of `classes`; the error is `.error` of what `as` names."""
        wanted = " or ".join(cls.__name__ for cls in classes)
        caught = Caught()
        try:
            yield caught
        except classes as error:
            # Without its frames: what they hold is nobody's any more. (CPython 3.12.1 crashes when its collector meets
            # the buffers in the frames of a failed send.)
            caught.error = error.with_traceback(None)
        except Exception as error:
            raise Deviation(wanted, "{}: {}".format(type(error).__name__, error)) from error
        else:
            raise Deviation(wanted, "no exception")

    @contextlib.contextmanager
    def misuse(self, *classes: Type[BaseException]) -> Iterator[Caught]:
        """As `raises`, where the manual only says that this is refused: a target that does not claim
        the stdlib's exception classes may refuse by any exception."""
        with self.raises(*(classes if self.strict else (Exception,))) as caught:
            yield caught

    def script(
        self,
        source: str,
        *,
        form: str = "file",
        name: str = "program.py",
        flags: Sequence[str] = (),
        args: Sequence[str] = (),
        env: Optional[Mapping[str, str]] = None,
        stdin: str = "",
        family: bool = False,
    ) -> Finished:
        """Run a whole program in an interpreter of its own and wait for its end.

        source: the program; the words TARGET and METHOD stand for the target's module name and the
            start method (so: `import TARGET as mp`, `mp.get_context("METHOD")`).
        form: "file" (a script called `name`), "module" (by -m; `name` as dotted file name), "package"
            (by -m, its __main__.py), "directory" or "zip" (its __main__.py), "command" (by -c),
            "session" (typed into an interactive session).
        env: what differs from this process's environment.
        family: wait for the end of all who hold its standard error: its children and helpers too.
        The working directory is the cell's.
        Raises:
            AssertionError: it does not end in time.
        """
        # Loaded on first use: children import this file, and never run a program.
        programs = importlib.import_module("conformance.programs")
        text = source.replace("TARGET", self.name).replace("METHOD", self.method)
        command = [*flags, *programs.lay_out(text, form, name), *args]
        done: Finished = programs.run(command, env, text if form == "session" else stdin, family=family)
        return done
