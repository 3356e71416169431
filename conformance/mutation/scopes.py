"""Which lines must be run for a changed line to matter: those of the statement, or of all that it defines.

A default value or a decorator takes effect when its function is called, a constant of a class in the methods of that
class: to have run the line itself, at import, says nothing.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

from conformance.broken.posix import lines_for_windows


class Scopes:
    """The statements of one source."""

    def __init__(self, source: str) -> None:
        self._tree = _without_types(ast.parse(source))
        self._windows = lines_for_windows(self._tree)
        self._places = list(_statements(self._tree, ()))

    def lines_that_matter(self, line: int) -> set[int]:
        """The lines of which at least one must be run for a change of `line` to matter."""
        found = [place for place in self._places if line in place.header]
        if not found:
            return {line}
        place = found[-1]
        if isinstance(place.statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return _bodies([place.statement])
        if place.is_in_function:
            return set(place.header)
        names = _names_of(self._tree, place)
        users = [other for other in self._places if other.is_in_function and names & other.mentioned]
        if users:
            return {line for other in users for line in other.header}
        # What a file without functions says matters to those that import it.
        return _bodies([place.owners[-1] if place.owners else self._tree]) - self._windows or set(place.header)

    def lines_of_change(self, lines: tuple[int, int]) -> set[int]:
        """The same for a change that spans `lines`, the first and the last."""
        first, last = lines
        return self.lines_that_matter(first) | (self.lines_that_matter(last) if last != first else set())

    def lines_run_by_import(self) -> set[int]:
        """The lines that whoever imports the file runs."""
        return {line for place in self._places if not place.is_in_function for line in place.header}


class _Place:
    """A statement.

    header: its lines without those of its body. owners: the definitions around it, the innermost last.
    """

    def __init__(self, statement: ast.stmt, owners: tuple[ast.AST, ...]) -> None:
        self.statement = statement
        self.owners = owners
        first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])
        inner = [each.lineno for each in _children(statement)]
        last = min(inner) - 1 if inner else statement.end_lineno or statement.lineno
        self.header = range(first, max(last, first) + 1)
        self.is_in_function = any(isinstance(owner, ast.FunctionDef | ast.AsyncFunctionDef) for owner in owners)

    @functools.cached_property
    def mentioned(self) -> set[str]:
        """The names and attributes in its header."""
        return {
            name
            for node in ast.walk(self.statement)
            if isinstance(node, ast.expr)
            and (name := getattr(node, "attr", "") or getattr(node, "id", ""))
            and node.lineno in self.header
        }


def _names_of(tree: ast.Module, place: _Place) -> set[str]:
    """What the statement at module or class level gives names to, or puts things into; those around it included."""
    line = place.header[0]
    outer = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt)
        and not isinstance(node, ast.ClassDef)
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    found = set()
    for node in (inner for statement in outer for inner in ast.walk(statement)):
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            while isinstance(node, ast.Attribute | ast.Subscript):
                node = node.value
            found.add(getattr(node, "id", ""))
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
    return found - {""}


def _children(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements directly below `node`, also those of its handlers and cases."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from _children(child)


def _statements(node: ast.AST, owners: tuple[ast.AST, ...]) -> Iterator[_Place]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        owners = (*owners, node)
    for child in _children(node):
        yield _Place(child, owners)
        yield from _statements(child, owners)


def _without_types(tree: ast.Module) -> ast.Module:
    """`tree` without what is there for type checkers alone, which no program runs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            first = node.body[0]
            node.body = [ast.copy_location(ast.Pass(), first)]
    return tree


def _bodies(nodes: list[ast.AST]) -> set[int]:
    """The lines in the bodies of all functions in `nodes`, which may be functions themselves."""
    found: set[int] = set()
    for node in nodes:
        for each in ast.walk(node):
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                found.update(range(each.body[0].lineno, (each.end_lineno or each.lineno) + 1))
    return found
