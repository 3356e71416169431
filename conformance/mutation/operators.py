"""What a mutant changes: cosmic-ray's operators, as far as they make faults that differ, and the dropped statement.

Works on text. cosmic-ray is asked for positions and for the changed source; its files, sessions and test runs are
not used. Imported lazily, by the commands that mutate.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import parso
from cosmic_ray.ast import ast_nodes
from cosmic_ray.operators.operator import Operator
from cosmic_ray.operators.provider import OperatorProvider

Position = tuple[tuple[int, int], tuple[int, int]]
"""First (line, column), and the one after the last; lines count from 1, columns from 0."""

_CHOSEN = (
    # Of the seven replacements of each comparison, those that negate it or shift its border: the others are
    # noticed by the same specs, or, as == for `is`, by none.
    *(f"ReplaceComparisonOperator_{pair}" for pair in ("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")),
    *(f"ReplaceComparisonOperator_{pair}" for pair in ("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt")),
    *(f"ReplaceComparisonOperator_{pair}" for pair in ("Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt")),
    # Of the eleven replacements of each binary operator, one.
    *(f"ReplaceBinaryOperator_{pair}" for pair in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul")),
    *(f"ReplaceBinaryOperator_{pair}" for pair in ("Mod_Mul", "Pow_Mul", "LShift_RShift", "RShift_LShift")),
    *(f"ReplaceBinaryOperator_{pair}" for pair in ("BitOr_BitAnd", "BitAnd_BitOr", "BitXor_BitOr")),
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceUnaryOperator_Delete_USub",
    "AddNot",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ExceptionReplacer",
    "NumberReplacer",
    "RemoveDecorator",
    "ZeroIterationForLoop",
)


class DropStatement(Operator):  # type: ignore[misc]  # the base comes from a package without types
    """An operator that leaves out a statement: a call, an assignment to what outlives the function, return, raise.

    The commonest slip of all, which cosmic-ray's own operators do not make.
    """

    _SMALL = frozenset({"return_stmt", "raise_stmt", "del_stmt", "assert_stmt"})

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        """As `Operator.mutation_positions`."""
        if node.type == "simple_stmt" and self._matters(node.children[0]) and _in_function(node):
            yield node.children[0].start_pos, node.children[0].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """As `Operator.mutate`."""
        first = node.children[0]
        node.children[0] = parso.python.tree.Keyword("pass", first.start_pos, prefix=first.get_first_leaf().prefix)
        return node

    def _matters(self, statement: Any) -> bool:
        if statement.type in self._SMALL:
            return True
        if statement.type == "expr_stmt":
            # To drop the assignment to a local name is a NameError, and nothing to be proud of noticing.
            target, operator = statement.children[:2]
            plain = getattr(operator, "value", "") == "="
            return not plain or target.type not in ("name", "testlist_star_expr", "annassign")
        return statement.type in ("atom_expr", "power", "await")

    @classmethod
    def examples(cls) -> tuple[()]:
        """As `Operator.examples`."""
        return ()


def _in_function(node: Any) -> bool:
    return node.search_ancestor("funcdef") is not None


def _operators() -> dict[str, Any]:
    provider = OperatorProvider()
    return {name: provider[name]() for name in _CHOSEN} | {"DropStatement": DropStatement()}


OPERATORS = _operators()


@dataclass(frozen=True)
class Change:
    """One application of an operator: the occurrence is its number among all in the file."""

    operator: str
    occurrence: int
    position: Position


def changes(source: str) -> Iterator[Change]:
    """Every change that the operators can make to `source`, by operator and place."""
    parse: Any = parso.parse
    nodes = list(ast_nodes(parse(source)))
    for name, operator in OPERATORS.items():
        occurrence = 0
        for node in nodes:
            for position in operator.mutation_positions(node):
                if _is_meant(name, node):
                    yield Change(name, occurrence, position)
                occurrence += 1


_ARITHMETIC = frozenset({"arith_expr", "term", "expr", "xor_expr", "and_expr", "shift_expr", "power"})


def _is_meant(operator: str, node: Any) -> bool:
    """Whether the change of `node` is one of its own, and no slip of `operator`."""
    if operator == "AddNot":
        return not _is_negated_otherwise(node.children[2 if node.type == "test" else 1])
    if operator.startswith("ReplaceBinaryOperator"):
        # A star among parameters looks like one.
        return node.parent.type in _ARITHMETIC
    return True


def _is_negated_otherwise(condition: Any) -> bool:
    """Whether another operator negates `condition`."""
    if condition.type == "not_test" or getattr(condition, "value", "") in ("True", "False"):
        return True
    if condition.type != "comparison":
        return False
    operators = [child.get_code().strip() for child in condition.children[1::2]]
    return len(operators) == 1 and operators[0] in ("==", "!=", "<", "<=", ">", ">=", "is", "is not")


def changed(source: str, change: Change) -> str | None:
    """`source` with `change` made; None when what comes out is no Python, or the same program."""
    from cosmic_ray.mutating import mutate_code

    text: str | None = mutate_code(source, OPERATORS[change.operator], change.occurrence)
    if text is None:
        return None
    try:
        return None if ast.dump(ast.parse(text)) == ast.dump(ast.parse(source)) else text
    except SyntaxError:
        return None
