"""Whole programs: written into the working directory, run in an interpreter of their own, judged by their output.

For specs about start-up, `__main__` and the end of a program; they call `Subject.script`. Knows nothing of
the target. Used inside the interpreter under test: stdlib only, syntax of Python 3.8.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

from conformance import clocks
from conformance.gates import new_path
from conformance.load import Patience

# `typing` itself is not imported: every spawned child would pay for it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Mapping, Optional, Sequence

_TICK = 0.5
"""Seconds between two looks at a patience that may have come to its end."""


class Finished:
    """How a program ended: its exit status, and what it and its children have written up to now.

    The output is kept in files, so that children which outlive the program neither delay its end nor
    have their say lost.
    """

    def __init__(self, returncode: int, stdout_path: str, stderr_path: str) -> None:
        self.returncode = returncode
        self._stdout_path = stdout_path
        self._stderr_path = stderr_path

    @property
    def stdout(self) -> str:
        """The standard output so far."""
        return _read(self._stdout_path)

    @property
    def stderr(self) -> str:
        """The standard error so far."""
        return _read(self._stderr_path)

    def __repr__(self) -> str:
        return "Finished(returncode={}, stdout={!r}, stderr={!r})".format(self.returncode, self.stdout, self.stderr)


def _read(path: str) -> str:
    with open(path, errors="replace") as file:
        return file.read()


def _write(path: str, text: str) -> str:
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    return path


def lay_out(text: str, form: str, name: str) -> List[str]:
    """Write the program in one of the forms that `Subject.script` names; return what makes Python run it."""
    stem = name[: -len(".py")] if name.endswith(".py") else name
    if form == "file":
        return [os.path.abspath(_write(name, text))]
    if form == "module":
        _write(os.path.join(*stem.split(".")) + ".py", text)
        return ["-m", stem]
    if form == "package":
        _write(os.path.join(stem, "__main__.py"), text)
        return ["-m", stem]
    if form == "directory":
        _write(os.path.join(stem, "__main__.py"), text)
        return [os.path.abspath(stem)]
    if form == "zip":
        with zipfile.ZipFile(stem + ".zip", "w") as archive:
            archive.writestr("__main__.py", text)
        return [os.path.abspath(stem + ".zip")]
    if form == "command":
        return ["-c", text]
    if form == "session":
        return ["-i", "-q"]
    raise ValueError("unknown form {!r}".format(form))


def run(arguments: Sequence[str], env: Optional[Mapping[str, str]], stdin: str, *, family: bool) -> Finished:
    """Run this interpreter with `arguments` to its end; AssertionError, with its output, if it does not end in time.

    family: wait until every process has ended that holds the program's standard error.
    """
    out, err = new_path("out"), new_path("err")
    with open(out, "wb") as stdout, open(err, "wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=subprocess.PIPE if family else stderr,
            env=None if env is None else dict(os.environ, **env),
        )
        patience, data = Patience(clocks.PATIENCE * clocks.scale()), stdin.encode() or None
        while True:
            try:
                text = process.communicate(data, timeout=_TICK)[1]
                break
            except subprocess.TimeoutExpired as late:
                data = None  # It has been taken over, however little of it was read.
                if patience.left() > 0:
                    continue
                process.kill()
                process.wait()
                told = (late.stderr or b"").decode(errors="replace") if family else _read(err)
                raise AssertionError(
                    "the program did not end in time; it wrote {!r} and, on stderr, {!r}".format(
                        _read(out)[-1000:], told[-1000:]
                    )
                ) from late
        if family:
            stderr.write(text)
    return Finished(process.returncode, out, err)
