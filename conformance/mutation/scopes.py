"""Which lines must be run for a changed line to matter: those of the statement, or of all that it defines.

A default value or a decorator takes effect when its function is called, a constant of a class in the methods of that
class: to have run the line itself, at import, says nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator


class Scopes:
    """The statements of one source."""

    def __init__(self, source: str) -> None:
        self._tree = ast.parse(source)
        self._places = list(_statements(self._tree, ()))

    def lines_that_matter(self, line: int) -> set[int]:
        """The lines of which at least one must be run for a change of `line` to matter."""
        found = [place for place in self._places if line in place.header]
        if not found:
            return {line}
        place = found[-1]
        if isinstance(place.statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return _bodies([place.statement])
        owner = place.owners[-1] if place.owners else self._tree
        if isinstance(owner, ast.FunctionDef | ast.AsyncFunctionDef):
            return set(place.header)
        return _bodies([owner])

    def lines_run_by_import(self) -> set[int]:
        """The lines that whoever imports the file runs."""
        return {
            line
            for place in self._places
            if not any(isinstance(owner, ast.FunctionDef | ast.AsyncFunctionDef) for owner in place.owners)
            for line in place.header
        }


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


def _bodies(nodes: list[ast.AST]) -> set[int]:
    """The lines in the bodies of all functions in `nodes`, which may be functions themselves."""
    found: set[int] = set()
    for node in nodes:
        for each in ast.walk(node):
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                found.update(range(each.body[0].lineno, (each.end_lineno or each.lineno) + 1))
    return found
