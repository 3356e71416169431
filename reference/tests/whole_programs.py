"""Run programs that use the package, each as a process of its own: nothing is forked from the test runner."""

import os
import subprocess
import sys
import textwrap

import reference

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(reference.__file__)))
LIMIT = 300


def run(directory, source, *arguments, options=(), name="program.py", env=None, limit=LIMIT):
    """Write `source` to a file in `directory` and run it there; returns what `subprocess.run` returns, as text."""
    path = directory / name
    write(path, source)
    return start([sys.executable, *options, str(path), *arguments], directory, env=env, limit=limit)


def write(path, source):
    """Write `source`, which may be indented as a whole, to the file `path`."""
    path.write_text(textwrap.dedent(source))


def start(command, directory, *, env=None, limit=LIMIT, stdin=""):
    """Run a command line in `directory`, where this package can be imported."""
    # Without what would make the streams of the program special.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    environment = {**inherited, "PYTHONPATH": ROOT, **(env or {})}
    return subprocess.run(
        command, cwd=directory, env=environment, input=stdin, capture_output=True, text=True, timeout=limit, check=False
    )


def output(done):
    """What a program wrote to stdout, which must have ended well and without a word on stderr."""
    assert (0, "") == (done.returncode, done.stderr), done.stderr
    return done.stdout
