"""From what a user asks for to candidates: every target probed in every interpreter, and its smoke cells run.

Everything that can be wrong with a request is found out here, before a cell exists. Launches nothing
itself: `isolation` does.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

import conformance
from conformance import catalogue
from conformance.asking import seen_through
from conformance.isolation import Isolation, Plan, ProbeError
from conformance.matrix import Candidate, Matrix
from conformance.misuse import Misuse
from conformance.outcome import Outcome, Verdict
from conformance.specs import smoke
from conformance.target import Target, adapter, known, resolve


@dataclass(frozen=True)
class Request:
    """What a user asks for; empty choices mean everything, or the running interpreter.

    checkouts: directories in which targets are looked for first.
    """

    targets: tuple[str, ...]
    pythons: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    fresh: bool = False
    checkouts: tuple[str, ...] = ()


def interpreter(name: str) -> str:
    """The path of the interpreter that `name` means, as a shell would find it; what is behind it, if it is a stand-in.

    Raises:
        Misuse: there is no such file, or it cannot be executed.
    """
    path = shutil.which(os.path.expanduser(name))
    if path is None:
        raise Misuse(f"{name!r} is no interpreter: there is no such program")
    return seen_through(os.path.abspath(path))


def caller_path() -> tuple[str, ...]:
    """The caller's directory, if modules there are importable for the caller: then they are for the cells too."""
    here = os.getcwd()
    return (here,) if "" in sys.path or here in sys.path else ()


def recruit(request: Request, isolation: Isolation, *, lending: Path, news: Callable[[str, str], object]) -> Matrix:
    """Probe everything in `request`.

    lending: a directory of this run alone, where packages are laid out that an interpreter under test must borrow.
    news: told each target's name and interpreter before they are probed.
    Raises:
        Misuse: naming the first thing that cannot be run.
    """
    catalogue.load().check_choice(request.subjects, request.levels)
    targets = tuple(dict.fromkeys(resolve(name) for name in request.targets))
    _check_names(targets)
    checkouts = tuple(map(_directory, request.checkouts))
    pythons = tuple(dict.fromkeys(interpreter(name) for name in request.pythons or (sys.executable,)))
    candidates = []
    for python in pythons:
        for target in targets:
            news(target.name, python)
            candidate = probe(target, python, isolation, checkouts, lending)
            candidates.append(_smoked(candidate, request, isolation))
    _check_methods(request.methods, candidates)
    _check_identities(candidates)
    return Matrix(
        candidates=tuple(candidates),
        methods=request.methods,
        subjects=request.subjects,
        levels=request.levels,
        fresh=request.fresh,
    )


def _directory(name: str) -> str:
    if not os.path.isdir(name):
        raise Misuse(f"there is no directory {name!r} to look for targets in")
    return os.path.abspath(name)


def probe(target: Target, python: str, isolation: Isolation, checkouts: tuple[str, ...], lending: Path) -> Candidate:
    """The candidate that `target` under `python` is. lending: see `recruit`.

    Raises:
        Misuse: it cannot be run, or is not for this Python.
    """
    try:
        candidate = _imported(target, python, isolation, checkouts, lending)
    except ProbeError as error:
        raise Misuse(_refusal(target, python, error)) from error
    version = candidate.facts["python"]
    if not target.is_for(version):
        raise Misuse(f"cannot run target {target.name!r}: {python} is {version}, and it needs {target.requires_python}")
    return candidate


def _imported(
    target: Target, python: str, isolation: Isolation, checkouts: tuple[str, ...], lending: Path
) -> Candidate:
    path = (*checkouts, *caller_path())
    if not target.is_package:
        path = (*path, str(lay_out(target, lending)))
    try:
        return Candidate(target, python, isolation.probe(python, target.importable, path), path, checkouts)
    except ProbeError:
        if target.bundled:
            path = (*path, str(lend(target.module, lending)))
        elif _is_here(target.module):
            path = (*path, os.getcwd())
        else:
            raise
    return Candidate(target, python, isolation.probe(python, target.importable, path), path, checkouts)


def _is_here(module: str) -> bool:
    """Whether it is in the caller's directory, from which the script `conformance` does not import."""
    return not caller_path() and PathFinder.find_spec(module.partition(".")[0], [os.getcwd()]) is not None


def _refusal(target: Target, python: str, failure: ProbeError) -> str:
    where = "" if python == sys.executable else f" under {python}"
    if failure.step == "import" and target.name not in known():
        return (
            f"unknown target {target.name!r}: none of {', '.join(known())}, and not importable{where}: {failure.reason}"
        )
    return f"cannot run target {target.name!r}{where}: {failure}"


def lay_out(target: Target, lending: Path) -> Path:
    """A directory in `lending` from which `target` can be imported as a package."""
    shelf = lending / "presented"
    shelf.mkdir(exist_ok=True, parents=True)
    (shelf / f"{target.importable}.py").write_text(adapter(target), encoding="utf-8")
    return shelf


def lend(package: str, lending: Path) -> Path:
    """A directory in `lending` that holds the bundled `package` alone, and none of its neighbours."""
    shelf = lending / "lent"
    shelf.mkdir(exist_ok=True)
    source = Path(conformance.__file__).parent.parent / package
    if source.is_dir() and not (shelf / package).exists():
        try:
            (shelf / package).symlink_to(source, target_is_directory=True)
        except OSError:  # Windows grants links to few.
            shutil.copytree(source, shelf / package)
    return shelf


def _smoked(candidate: Candidate, request: Request, isolation: Isolation) -> Candidate:
    claimed = [method for method in candidate.methods if method not in candidate.target.lacks]
    chosen = [method for method in claimed if not request.methods or method in request.methods]
    broken = {}
    for method in chosen:
        outcome = isolation.run(smoke_plan(candidate, method, fresh=request.fresh))
        # A crash is quick, and each spec that meets it can tell.
        if smoke.RAN not in outcome.stdout and outcome.verdict is not Verdict.CRASH:
            broken[method] = _why(outcome)
    return dataclasses.replace(candidate, broken=broken)


def smoke_plan(candidate: Candidate, method: str, *, fresh: bool) -> Plan:
    """The smoke cell of `candidate` under `method`; `fresh` forces a freshly executed interpreter."""
    return Plan(
        module=smoke.__name__,
        function=smoke.smoke_child_runs.__name__,
        target=candidate.target.importable,
        method=method,
        python=candidate.python,
        deadline=smoke.DEADLINE,
        fresh=fresh or candidate.target.fresh,
        strict=candidate.target.strict,
        path=candidate.path,
    )


def _why(outcome: Outcome) -> str:
    """What kept the smoke cell's child from running: a line, then the tail of its standard error."""
    what = outcome.got or outcome.message or "the child did not run"
    tail = "\n".join(outcome.stderr.strip().splitlines()[-8:])
    return f"{outcome.verdict}: {what}" + (f"\n{tail}" if tail else "")


def _check_names(targets: tuple[Target, ...]) -> None:
    seen: dict[str, str] = {}
    for target in targets:
        other = seen.setdefault(target.name, target.origin)
        if other != target.origin:
            raise Misuse(f"{other} and {target.origin} are both called {target.name!r}: run them one by one")


def _check_methods(methods: tuple[str, ...], candidates: list[Candidate]) -> None:
    offered = tuple(dict.fromkeys(name for candidate in candidates for name in candidate.methods))
    for method in methods:
        if method not in offered:
            raise Misuse(f"unknown start method {method!r}; offered are: {', '.join(offered)}")


def _check_identities(candidates: list[Candidate]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for candidate in candidates:
        identity = (candidate.target.name, candidate.label)
        other = seen.setdefault(identity, candidate.python)
        if other != candidate.python:
            raise Misuse(f"{other} and {candidate.python} are both Python {candidate.label}: run them one by one")
