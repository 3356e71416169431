"""Where an implementation may be changed, and the mutants that come of it.

Passed over: what only Windows runs, annotations and other lines that no program runs.
"""

from __future__ import annotations

import ast
import fnmatch
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.broken.posix import lines_for_windows
from conformance.misuse import Misuse
from conformance.mutation.operators import Change, Position, changed, changes

_STDLIB = (
    *("queues", "synchronize", "connection", "process", "context", "util", "reduction", "resource_tracker"),
    *("popen_fork", "popen_spawn_posix", "popen_forkserver", "spawn", "forkserver"),
)
MODULES = {"stdlib": tuple(f"{name}.py" for name in _STDLIB), "reference": ("*.py", "_platform/*.py")}
"""The files of each base that belong to the core, as patterns."""
_OTHERS = {
    "stdlib": (),
    "reference": (
        *("*win32*", "*arenas.py", "*_pages.py", "heap.py", "sharedctypes.py", "shared_memory.py", "managers.py"),
        *("pool.py", "resource_sharer.py", "__main__.py", "dropin.py", "_platform/__init__.py"),
    ),
}
"""Those of them that do not belong to it after all: for other systems, or for what comes later."""
_BY_NAME = frozenset({"heap.py", "resource_sharer.py", "sharedctypes.py"})
"""Those that are mutated when they are asked for by name only, so that samples of the core stay what they were."""


@dataclass(frozen=True)
class Mutant:
    """One change to one file.

    file: below the package. inside: the qualified name of the innermost function or class; empty: the module.
    lines: first and last of the lines that are changed. before, after: the first of them.
    """

    file: str
    change: Change
    inside: str
    lines: tuple[int, int]
    before: str

    @property
    def key(self) -> str:
        """What tells it from all others of the same source."""
        return f"{self.file}:{self.change.operator}:{self.change.occurrence}"


def find_files(package: Path, base: str, modules: Sequence[str] = ()) -> list[str]:
    """The files of the core of `base` in the directory `package`; only `modules`, if some are given.

    Raises:
        Misuse: there is no such module.
    """
    everything = sorted(str(path.relative_to(package)) for path in package.rglob("*.py"))
    found = [
        file
        for file in everything
        if any(fnmatch.fnmatch(file, pattern) and file.count("/") == pattern.count("/") for pattern in MODULES[base])
        and not any(fnmatch.fnmatch(file, pattern) for pattern in _OTHERS[base])
    ]
    if not modules:
        return found
    wanted = {f"{name.replace('.', '/')}.py": name for name in modules}
    allowed = {*found, *_BY_NAME.intersection(everything)}
    for file, name in wanted.items():
        if file not in allowed:
            raise Misuse(f"the core of {base} has no module {name!r}")
    return [file for file in everything if file in wanted]


def mutants(package: Path, files: Iterable[str]) -> Iterator[Mutant]:
    """Every mutant of `files`, which lie in `package`.

    Raises:
        Misuse: a file cannot be read by the Python that runs the suite.
    """
    for file in files:
        source = (package / file).read_text(encoding="utf-8")
        try:
            tree = ast.parse(source)
        except SyntaxError as error:
            raise Misuse(f"{file} is written in a newer Python than the one that runs the suite") from error
        idle = lines_for_windows(tree) | _idle_lines(tree)
        notes = list(_annotations(tree))
        names = _names(tree)
        text = source.splitlines()
        for change in changes(source):
            (first, _), (last, column) = change.position
            if first in idle or any(_within(change.position, note) for note in notes):
                continue
            lines = (first, last if column else last - 1)
            yield Mutant(file, change, names.get(first, ""), lines, text[first - 1].strip())


def apply(package: Path, mutant: Mutant) -> tuple[str, str] | None:
    """The changed source, and its changed line; None when the change makes no other program."""
    source = (package / mutant.file).read_text(encoding="utf-8")
    text = changed(source, mutant.change)
    if text is None:
        return None
    after = text.splitlines()[mutant.lines[0] - 1].strip()
    return text, after


def sample(every: Sequence[Mutant], count: int | None, seed: int) -> list[Mutant]:
    """`count` of them, chosen by `seed` alone; all: None."""
    if count is None or count >= len(every):
        return list(every)
    chosen = set(random.Random(seed).sample(range(len(every)), count))
    return [mutant for number, mutant in enumerate(every) if number in chosen]


def _within(inner: Position, outer: Position) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _annotations(tree: ast.AST) -> Iterator[Position]:
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            note = getattr(node, name, None)
            if isinstance(note, ast.expr):
                yield (note.lineno, note.col_offset), (note.end_lineno or note.lineno, note.end_col_offset or 0)


def _idle_lines(tree: ast.AST) -> set[int]:
    """Lines that are there for type checkers alone, or that state what a file exports."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            found.update(range(node.lineno, node.body[-1].end_lineno or node.lineno))
            found.add(node.body[-1].end_lineno or node.lineno)
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Protocol") for base in node.bases):
            found.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == "__all__" for target in node.targets):
            found.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return found


def _names(tree: ast.AST) -> dict[int, str]:
    """The qualified name of the innermost definition of each line that lies in one."""
    found: dict[int, str] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = prefix
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = f"{prefix}.{child.name}" if prefix else child.name
                first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
                found.update(dict.fromkeys(range(first, (child.end_lineno or first) + 1), name))
            visit(child, name)

    visit(tree, "")
    return found
