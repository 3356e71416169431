"""The part of a module that one function of it needs: source to source, knowing nothing of what it means.

A reader is shown the spec that failed, not the forty beside it. Above: `reproduction`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator


def excerpt(source: str, name: str) -> str:
    """Those statements of the module `source` that the function `name` uses, directly or not, in their order.

    What binds no name stays, but for the module's docstring.
    """
    body = ast.parse(source).body
    if body and _is_text(body[0]):
        body = body[1:]
    needed, reached = {name}, set[int]()
    while True:
        more = {
            number
            for number, statement in enumerate(body)
            if number not in reached and needed.intersection(_bound(statement))
        }
        if not more:
            break
        reached |= more
        for number in more:
            needed.update(_used(body[number]))
    lines = source.splitlines()
    parts: list[str] = []
    kept = False
    for number, statement in enumerate(body):
        # A text below a constant is its comment.
        kept = kept if _is_text(statement) else number in reached or not _bound(statement)
        if kept:
            parts.append(_text(statement, lines, needed))
    return _joined(parts)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement of a module binds."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _used(statement: ast.stmt) -> Iterator[str]:
    return (node.id for node in ast.walk(statement) if isinstance(node, ast.Name))


def _text(statement: ast.stmt, lines: list[str], needed: set[str]) -> str:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        names = [alias for alias in statement.names if (alias.asname or alias.name).partition(".")[0] in needed]
        statement.names = names
        return ast.unparse(statement)
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(node.lineno for node in decorators)]) - 1
    while first and lines[first - 1].startswith("#"):
        first -= 1
    return "\n".join(lines[first : statement.end_lineno])


def _joined(parts: list[str]) -> str:
    """The parts, parted by blank lines where definitions begin or end."""
    text = ""
    for before, part in zip(["", *parts], parts, strict=False):
        text += ("\n\n" if before and (_is_definition(before) or _is_definition(part)) else "") + part + "\n"
    return text


def _is_definition(part: str) -> bool:
    lines = (line for line in part.splitlines() if not line.startswith("#"))
    return next(lines, "").startswith(("def ", "class ", "@", "async "))
