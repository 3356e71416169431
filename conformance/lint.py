"""The rules for specs, as far as their text tells; each is proven by a good and a bad example.

A rule looks at the syntax tree of one file and imports nothing of it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance import catalogue

_ROOMS = ("requirement", "subject", "gates", "clocks", "asserts", "programs", "load", "specs", "models")
"""Rooms of the suite that are made for the interpreter under test."""
_TARGETS = ("multiprocessing", "billiard", "multiprocess", "reference")
_LONGEST = 25
"""Lines of a spec, docstring included: half a screen."""
_SYNTAX = (3, 8)

Finding = tuple[int, str]
Check = Callable[["File"], Iterator[Finding]]


@dataclass(frozen=True)
class File:
    """One file of specs. old: why Python 3.8 cannot read it, with the line; None: it can."""

    path: Path
    tree: ast.Module
    old: Finding | None

    @property
    def functions(self) -> list[ast.FunctionDef]:
        """The functions at module level."""
        return [node for node in self.tree.body if isinstance(node, ast.FunctionDef)]

    @property
    def specs(self) -> list[ast.FunctionDef]:
        """Those that are specs, by name or by declaration."""
        return [node for node in self.functions if node.name.startswith("test_") or requirements_of(node)]


@dataclass(frozen=True)
class Rule:
    """A rule. name: how reports call it. sentence: what it demands."""

    name: str
    sentence: str
    check: Check


@dataclass(frozen=True)
class Violation:
    """A place where a rule is broken."""

    path: Path
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


RULES: dict[str, Rule] = {}


def _rule(name: str, sentence: str) -> Callable[[Check], Check]:
    def keep(check: Check) -> Check:
        RULES[name] = Rule(name, sentence, check)
        return check

    return keep


def read(path: Path) -> File:
    """The file at `path`.

    Raises:
        SyntaxError: it is no Python at all.
    """
    source = path.read_text(encoding="utf-8")
    try:
        ast.parse(source, feature_version=_SYNTAX)
        old = None
    except SyntaxError as error:
        old = (error.lineno or 1, f"Python 3.8 cannot read this: {error.msg}")
    return File(path, ast.parse(source), old)


def lint(path: Path) -> list[Violation]:
    """Where the file at `path` breaks a rule, by line."""
    try:
        file = read(path)
    except SyntaxError as error:
        return [Violation(path, error.lineno or 1, "syntax", str(error.msg))]
    found = [Violation(path, line, rule.name, text) for rule in RULES.values() for line, text in rule.check(file)]
    return sorted(found, key=lambda violation: (violation.line, violation.rule))


def requirements_of(function: ast.FunctionDef) -> list[ast.Call]:
    """The declarations above a function."""
    return [
        decorator
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call) and _last_name(decorator.func) == "requirement"
    ]


def _id_of(declaration: ast.Call) -> str:
    first = declaration.args[0] if declaration.args else None
    return str(first.value) if isinstance(first, ast.Constant) else ""


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@_rule("no-sleep", "No spec sleeps: gates place an interleaving, `eventually` and `never` wait.")
def _no_sleep(file: File) -> Iterator[Finding]:
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call) and _last_name(node.func) == "sleep":
            yield node.lineno, "a call of sleep; use a gate, `eventually` or `never`"


@_rule("docstring", "Each spec has its sentence as docstring, and each file says what its specs are about.")
def _docstring(file: File) -> Iterator[Finding]:
    if not ast.get_docstring(file.tree):
        yield 1, "the file has no docstring"
    for spec in file.specs:
        text = ast.get_docstring(spec) or ""
        if not text.strip().endswith((".", "!", "?")):
            yield spec.lineno, f"{spec.name} has no sentence as docstring"


@_rule("one-requirement", "Each spec declares exactly one requirement, and has a name that begins with test_.")
def _one_requirement(file: File) -> Iterator[Finding]:
    for spec in file.specs:
        count = len(requirements_of(spec))
        if count != 1:
            yield spec.lineno, f"{spec.name} declares {count} requirements"
        if not spec.name.startswith("test_"):
            yield spec.lineno, f"{spec.name} declares a requirement, but is not called test_..."


@_rule("known-id", "The requirement stands in the catalogue.")
def _known_id(file: File) -> Iterator[Finding]:
    for spec in file.specs:
        for declaration in requirements_of(spec):
            name = _id_of(declaration)
            if name not in catalogue.load():
                yield declaration.lineno, f"the catalogue has no requirement {name!r}"


@_rule("imports", "A spec imports the standard library and the suite's own small rooms: no target, nobody else's.")
def _imports(file: File) -> Iterator[Finding]:
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif node.level:
            yield node.lineno, "a relative import"
            continue
        else:
            module = node.module or ""
            names = [f"{module}.{alias.name}" for alias in node.names] if module == "conformance" else [module]
        for name in names:
            top, _, rest = name.partition(".")
            if top in _TARGETS:
                yield node.lineno, f"import of {name}: the target is what `mp` is"
            elif top == "conformance" and rest.partition(".")[0] not in _ROOMS:
                yield node.lineno, f"import of {name}, which is not for the interpreter under test"
            elif top != "conformance" and top not in sys.stdlib_module_names:
                yield node.lineno, f"import of {name}, which the interpreter under test need not have"


@_rule("old-syntax", "Python 3.8 can read it.")
def _old_syntax(file: File) -> Iterator[Finding]:
    if file.old is not None:
        yield file.old


@_rule("subject-only", "A spec takes the subject, called mp, and nothing that has no default.")
def _subject_only(file: File) -> Iterator[Finding]:
    for spec in file.specs:
        names = [argument.arg for argument in (*spec.args.posonlyargs, *spec.args.args)]
        needed = len(names) - len(spec.args.defaults)
        if names[:1] != ["mp"] or needed != 1 or spec.args.kwonlyargs or spec.args.vararg or spec.args.kwarg:
            yield spec.lineno, f"{spec.name} must take mp alone"


@_rule("module-level-children", "What a child runs is defined at module level, for every start method to find it.")
def _module_level_children(file: File) -> Iterator[Finding]:
    for spec in file.specs:
        if _is_for_fork_only(spec):
            continue
        local = {node.name for node in ast.walk(spec) if isinstance(node, ast.FunctionDef) and node is not spec}
        for node in ast.walk(spec):
            if isinstance(node, ast.Call):
                for child in _children_of(node):
                    if isinstance(child, ast.Lambda) or (isinstance(child, ast.Name) and child.id in local):
                        yield child.lineno, "a child's target that is defined within the spec"


def _is_for_fork_only(spec: ast.FunctionDef) -> bool:
    for declaration in requirements_of(spec):
        for keyword in declaration.keywords:
            if keyword.arg == "methods" and isinstance(keyword.value, ast.Tuple | ast.List):
                return [getattr(item, "value", None) for item in keyword.value.elts] == ["fork"]
        row = catalogue.load().get(_id_of(declaration))
        if row is not None:
            return row.methods == ("fork",)
    return False


def _children_of(call: ast.Call) -> list[ast.expr]:
    """The functions that `call` hands to a process."""
    name = _last_name(call.func)
    if name == "running":
        return call.args[1:]
    if name.endswith("Process"):
        return [keyword.value for keyword in call.keywords if keyword.arg == "target"]
    return []


@_rule("explained", "Each assert says what it is about, and states what is expected first.")
def _explained(file: File) -> Iterator[Finding]:
    for spec in file.specs:
        for node in ast.walk(spec):
            if not isinstance(node, ast.Assert):
                continue
            if node.msg is None:
                yield node.lineno, "an assert without a message"
            test = node.test
            if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq | ast.Is):
                left, right = test.left, test.comparators[0]
                if len(test.ops) == 1 and isinstance(right, ast.Constant) and not isinstance(left, ast.Constant):
                    yield node.lineno, "what is expected stands on the right"


@_rule("half-a-screen", f"A spec has at most {_LONGEST} lines.")
def _half_a_screen(file: File) -> Iterator[Finding]:
    for spec in file.specs:
        count = (spec.end_lineno or spec.lineno) - spec.lineno + 1
        if count > _LONGEST:
            yield spec.lineno, f"{spec.name} has {count} lines"
