"""Measure a benchmark once: in a process of its own, so that nothing is left of the run before.

Where processor time decides, all processes are held on one processor. Else much of what is measured is the waking of
idle processors: two processes that answer each other then cost more the faster they are (on two idle processors the
least code there is for a round trip, os.write and os.read, comes out a fifth slower than the standard library), and a
figure differs from itself by a fifth. On one processor it is one to four per cent.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from conformance.bench.catalogue import IMPORT, Case
from conformance.bench.crew import Cost
from conformance.misuse import Misuse

_ROOT = Path(__file__).resolve().parent.parent.parent


def environment(cache: Path) -> dict[str, str]:
    """The environment of what is measured. cache: a directory for compiled files, which an environment may forbid."""
    env = dict(os.environ, PYTHONPYCACHEPREFIX=str(cache))
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), env.get("PYTHONPATH", "")]))
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


def version(python: str) -> tuple[int, int]:
    """Which Python the interpreter is.

    Raises:
        Misuse: it is none.
    """
    try:
        done = subprocess.run(
            [python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, check=True
        )
        major, minor = map(int, done.stdout.split())
    except (OSError, ValueError, subprocess.CalledProcessError):
        raise Misuse(f"{python} is no Python interpreter") from None
    return major, minor


def measure(case: Case, target: str, python: str, env: Mapping[str, str]) -> Cost:
    """What `case` costs for the module `target` under the interpreter `python`, in the environment `env`.

    Raises:
        Misuse: it cannot be run there.
    """
    if not case.held:
        return _cost(case, target, python, env)
    with _one_processor():
        return _cost(case, target, python, env)


@contextmanager
def _one_processor() -> Iterator[None]:
    """Hold this thread, and what it starts meanwhile, on one of its processors, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})  # the first is more often interrupted by devices
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _cost(case: Case, target: str, python: str, env: Mapping[str, str]) -> Cost:
    if case.program == IMPORT:
        return _import(target, python, env)
    if case.program:
        return _program(case, target, python, env)
    command = [python, "-m", "conformance.bench.worker", target, case.name]
    return _parsed(case, target, _run(command, env))


def _program(case: Case, target: str, python: str, env: Mapping[str, str]) -> Cost:
    text = case.program.replace("TARGET", target).replace("METHOD", case.method).replace("ROUNDS", str(case.rounds))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.py"
        path.write_text(text)
        return _parsed(case, target, _run([python, str(path)], env))


def _run(command: list[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False)


def _parsed(case: Case, target: str, done: subprocess.CompletedProcess[str]) -> Cost:
    try:
        cost: Cost = ast.literal_eval(done.stdout.strip().splitlines()[-1])
    except (IndexError, SyntaxError, ValueError):
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise Misuse(f"{case.name} cannot be run on {target}: {last}") from None
    return cost


def _import(target: str, python: str, env: Mapping[str, str]) -> Cost:
    """What the import costs over an interpreter that does nothing; the least of a few, in turn."""
    times: dict[str, list[float]] = {"pass": [], f"import {target}": []}
    for _ in range(7):
        for code, found in times.items():
            found.append(_cpu_of([python, "-c", code], env))
    bare, loaded = (min(found) for found in times.values())
    return {"cpu": loaded - bare}


def _cpu_of(command: list[str], env: Mapping[str, str]) -> float:
    process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Misuse(f"{' '.join(command)} fails")
    return usage.ru_utime + usage.ru_stime


def stamp() -> str:
    """When, and on what, for a record."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {os.uname().sysname} {os.uname().release} {sys.version.split()[0]}"
