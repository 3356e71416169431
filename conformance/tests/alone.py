"""Prove that `reference` needs nothing but itself: `python alone.py DIRECTORY`, with the wheel's path in TOX_PACKAGE.

A program of its own, run by `tox -e wheel`: it makes an environment in DIRECTORY, installs the wheel there
without what it depends on, and starts a process in every way from an empty directory.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

PROGRAM = """
import importlib.metadata, sys
import reference

installed = {distribution.name for distribution in importlib.metadata.distributions()} - {"pip", "setuptools"}
assert installed == {"multiprocessing-conformance"}, installed
assert reference.__file__.startswith(sys.prefix), reference.__file__
for method in reference.get_all_start_methods():
    child = reference.get_context(method).Process(target=print, args=(method,))
    child.start()
    child.join()
    assert child.exitcode == 0, (method, child.exitcode)
"""


def main() -> None:
    """Make the environment and use it."""
    place = Path(sys.argv[1])
    venv.create(place, clear=True, with_pip=True)
    python = str(place / ("Scripts" if os.name == "nt" else "bin") / "python")
    wheel = os.environ["TOX_PACKAGE"]
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    empty = place / "empty"
    empty.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([python, "-c", PROGRAM], cwd=empty, env=environment, check=True)


if __name__ == "__main__":
    main()
