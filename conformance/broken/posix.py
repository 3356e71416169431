"""Which lines of a Python file are not for this kind of system: branches that only Windows takes.

An edit there could be noticed nowhere else, and what looks for a place to edit passes over it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable


def lines_for_windows(tree: ast.AST) -> set[int]:
    """The numbers of the lines that only Windows runs."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If):
            holds = _on_posix(node.test)
            if holds is not None:
                found |= _lines(node.orelse if holds else node.body)
    return found


def _lines(nodes: Iterable[ast.stmt]) -> set[int]:
    return {line for node in nodes for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def _on_posix(test: ast.expr) -> bool | None:
    """Whether `test` holds on POSIX; None when that does not depend on the system alone."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _on_posix(operand)
            return None if inner is None else not inner
        case ast.BoolOp(op=ast.And(), values=values):
            return False if any(_on_posix(value) is False for value in values) else None
        case ast.Name(id="_winapi"):
            return False
        case ast.Compare(
            left=ast.Attribute() as left, ops=[ast.Eq() | ast.NotEq() as op], comparators=[ast.Constant() as right]
        ):
            return _compare(ast.unparse(left), right.value, isinstance(op, ast.Eq))
    return None


_WINDOWS = {("sys.platform", "win32"), ("os.name", "nt")}


def _compare(name: str, value: object, equal: bool) -> bool | None:
    if (name, value) in _WINDOWS:
        return not equal
    if (name, value) == ("os.name", "posix"):
        return equal
    return None
