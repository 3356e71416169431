"""Let a plain `assert` in a spec tell what was expected and what came instead.

`assert expected == got, message` in a spec module becomes a `Deviation` with both values; every
operand is still evaluated once. Stdlib only, syntax of Python 3.8: it runs in the interpreter under test.
"""

import ast
import importlib.util
import sys
from types import ModuleType
from typing import Any, List, Optional

from conformance.subject import Deviation

_CHECK = "__conformance_check__"

_WORDS = {
    ast.Eq: "",
    ast.NotEq: "something other than ",
    ast.Lt: "more than ",
    ast.LtE: "at least ",
    ast.Gt: "less than ",
    ast.GtE: "at most ",
    ast.Is: "exactly ",
    ast.IsNot: "another object than ",
}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 300 else text[:200] + "..." + text[-80:]


def check(holds: Any, words: Optional[str], expected: Any, got: Any, source: str, message: Any) -> None:
    """Raise a `Deviation` unless `holds`; called by rewritten asserts only."""
    if holds:
        return
    note = "" if message is None else str(message)
    if words is None:
        raise Deviation(source, _short(got), note)
    raise Deviation(words + _short(expected), _short(got), note)


class _Rewriter(ast.NodeTransformer):
    def visit_Assert(self, node: ast.Assert) -> Any:
        names = ["__expected__", "__got__"]
        before: List[ast.stmt] = []
        test: ast.expr = node.test
        words: Optional[str] = None
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in _WORDS:
            words = _WORDS[type(test.ops[0])]
            for name, value in zip(names, (test.left, test.comparators[0])):
                before.append(ast.Assign([ast.Name(name, ast.Store())], value))
            holds: ast.expr = ast.Compare(ast.Name(names[0], ast.Load()), test.ops, [ast.Name(names[1], ast.Load())])
        else:
            for name, constant in zip(names, (ast.Constant(None), test)):
                before.append(ast.Assign([ast.Name(name, ast.Store())], constant))
            holds = ast.Name(names[1], ast.Load())
        source = ast.unparse(test) if hasattr(ast, "unparse") else "a true condition"
        # The message is evaluated only on failure, as Python does.
        call = ast.Expr(
            ast.Call(
                ast.Name(_CHECK, ast.Load()),
                [
                    ast.Constant(False),
                    ast.Constant(words),
                    ast.Name(names[0], ast.Load()),
                    ast.Name(names[1], ast.Load()),
                    ast.Constant(source),
                    node.msg or ast.Constant(None),
                ],
                [],
            )
        )
        guard = ast.If(ast.UnaryOp(ast.Not(), holds), [call], [])
        out: List[ast.stmt] = before + [guard]
        for statement in out:
            ast.copy_location(statement, node)
            ast.fix_missing_locations(statement)
        return out


def load(name: str) -> ModuleType:
    """Import the spec module `name` with its asserts rewritten, and register it in sys.modules."""
    present = sys.modules.get(name)
    if present is not None and hasattr(present, _CHECK):
        return present
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("no spec module named {!r}".format(name), name=name)
    loader: Any = spec.loader
    source = loader.get_source(name)
    module = importlib.util.module_from_spec(spec)
    tree = _Rewriter().visit(ast.parse(source, spec.origin or name))
    setattr(module, _CHECK, check)
    sys.modules[name] = module
    exec(compile(tree, spec.origin or name, "exec", dont_inherit=True), module.__dict__)
    return module
