"""Make a broken implementation: a copy of a package with one edit, in a directory to be put first on the path.

Works on text; imports nothing of what it copies.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from conformance.broken.fault import Edit
from conformance.broken.posix import lines_for_windows

_NEEDLESS = shutil.ignore_patterns("tests")


class DoesNotApply(Exception):
    """The package has not the place that the edit is for: most likely it is another version."""


class EditError(ValueError):
    """The edit is wrong for any version: it fits several places, or makes no program."""


def edited(source: str, edit: Edit) -> str:
    """`source` with `edit` made.

    Raises:
        DoesNotApply, EditError
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise DoesNotApply(f"{edit.file} is written in a newer Python than the one that runs the suite") from error
    spans = list(_spans(tree, edit.inside))
    if not spans:
        raise DoesNotApply(f"{edit.file} has no {edit.inside}")
    windows = lines_for_windows(tree)
    lines = {line for first, last in spans for line in range(first, last + 1)} - windows
    pattern = re.compile(edit.find, re.MULTILINE)
    places = [match for match in pattern.finditer(source) if source.count("\n", 0, match.start()) + 1 in lines]
    if not places:
        raise DoesNotApply(f"nothing in {_place(edit)} matches {edit.find!r}")
    if len(places) > 1:
        raise EditError(f"{len(places)} places in {_place(edit)} match {edit.find!r}")
    (place,) = places
    text = source[: place.start()] + place.expand(edit.replace) + source[place.end() :]
    if text == source:
        raise EditError(f"the edit changes nothing in {_place(edit)}")
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise EditError(f"{edit.file} is no Python after the edit: {error.msg}, line {error.lineno}") from error
    return text


def _place(edit: Edit) -> str:
    return f"{edit.file}, {edit.inside}" if edit.inside else edit.file


def _spans(tree: ast.Module, inside: str) -> Iterator[tuple[int, int]]:
    """First and last lines of what is called `inside`; of everything, if that is empty."""
    if not inside:
        yield 1, max((node.end_lineno or node.lineno for node in tree.body), default=1)
    for name, node in _definitions(tree, ""):
        if name == inside:
            yield min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]), node.end_lineno or 0


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _definitions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Definition]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            yield prefix + child.name, child
            yield from _definitions(child, f"{prefix}{child.name}.")
        else:
            yield from _definitions(child, prefix)


def stock(package: Path, place: Path, python: str) -> Path:
    """A whole copy of the directory `package` in the new directory `place`, compiled by the interpreter `python`.

    Overlays are made of it: what is compiled then serves all of them, and takes longer than most cells.
    """
    copy = place / package.name
    shutil.copytree(package, copy, ignore=_NEEDLESS)
    # What is no Python, or cannot be compiled, is no matter of ours: it is copied as it is.
    subprocess.run(
        [python, "-m", "compileall", "-q", "-j1", str(copy)],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return copy


def lay(package: Path, place: Path, edits: Sequence[Edit]) -> Path:
    """A copy of the directory `package` in the new directory `place`, with the first of `edits` that fits.

    Raises:
        DoesNotApply: none fits. EditError: one is wrong.
    """
    file, text = first_fitting(package, edits)
    replace(package, place, file, text)
    return place


def first_fitting(package: Path, edits: Sequence[Edit]) -> tuple[str, str]:
    """The file of the first of `edits` that fits the directory `package`, and its text with that edit made.

    Raises: see `lay`.
    """
    reasons = []
    for edit in edits:
        try:
            source = (package / edit.file).read_text(encoding="utf-8")
            return edit.file, edited(source, edit)
        except FileNotFoundError:
            reasons.append(f"there is no {edit.file}")
        except DoesNotApply as error:
            reasons.append(str(error))
    raise DoesNotApply("; ".join(reasons))


def replace(package: Path, place: Path, file: str, text: str) -> None:
    """Copy the directory `package` into the new directory `place`, with `text` in `file`.

    What is compiled already is copied too, with the times by which it is known to be up to date.
    """
    copy = place / package.name
    shutil.copytree(package, copy, ignore=_NEEDLESS)
    target = copy / file
    for compiled in (target.parent / "__pycache__").glob(f"{target.stem}.*"):
        compiled.unlink()
    target.unlink()
    target.write_text(text, encoding="utf-8")
