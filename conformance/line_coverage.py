"""`run --coverage`: which lines of the target no spec reaches, counted in every process that a cell starts.

Coverage measures the run as a whole and is inherited by all that it starts; the suite's own processes import
nothing of the target. Below: the coverage package. Above: `cli`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from conformance.misuse import Misuse
from conformance.target import resolve

_SETTINGS = """\
[run]
branch = true
parallel = true
data_file = {data}
source_pkgs = {packages}
context = ${{CONFORMANCE_SPEC-}}
patch = {patches}
sigterm = true
disable_warnings = no-data-collected, module-not-imported, module-not-measured

[report]
show_missing = true
skip_covered = true
ignore_errors = true

[html]
directory = coverage
show_contexts = true

[xml]
output = coverage.xml
"""
# Some leave by os._exit, some by a signal.
_PATCHES = ("subprocess", "_exit", *(("fork",) if hasattr(os, "fork") else ()))
"""What coverage puts in the place of the ways in which children start and end: it refuses one that is not there."""

_KIND = "{}-{}.{}-{}".format(sys.implementation.name, *sys.version_info[:2], sys.platform)


def measure(targets: Sequence[str], pythons: Sequence[str], arguments: Sequence[str]) -> int:
    """Run `conformance ARGUMENTS` measured, print the lines missed, and write coverage/index.html and coverage.xml.

    The page names the specs that run each line, coverage/specs.txt those that run each file. What was counted stays
    in coverage/.coverage.*, one file for each kind of interpreter: `coverage combine coverage` merges them.

    Returns the exit status of the run.
    Raises:
        Misuse: another interpreter was asked for, which would need coverage of its own; or nothing was measured.
    """
    if pythons:
        raise Misuse("--coverage measures the interpreter that runs the suite: install both there, without --python")
    packages = ", ".join(resolve(name).module for name in targets)
    with tempfile.TemporaryDirectory(prefix="c") as folder:
        settings = Path(folder) / "settings"
        text = _SETTINGS.format(data=Path(folder) / "data", packages=packages, patches=", ".join(_PATCHES))
        settings.write_text(text)
        status = _coverage("run", settings, "-m", "conformance", *arguments)
        if _coverage("combine", settings, "-q"):
            raise Misuse(f"no line of {packages} was measured: is it a package whose files are Python's?")
        for form in ("report", "html", "xml"):
            _coverage(form, settings)
        # By a program of its own, as above: coverage imports multiprocessing, which may be what is tried here.
        data, pages = Path(folder) / "data", Path("coverage")
        subprocess.run([sys.executable, "-m", "conformance.reached", str(data), str(pages / "specs.txt")], check=False)
        shutil.copyfile(data, pages / f".coverage.{_KIND}")
    click.echo("wrote coverage/index.html and coverage.xml")
    return status


def _coverage(command: str, settings: Path, *arguments: str) -> int:
    words = [sys.executable, "-m", "coverage", command, f"--rcfile={settings}", *arguments]
    return subprocess.run(words, env=dict(os.environ, COVERAGE_RCFILE=str(settings)), check=False).returncode
