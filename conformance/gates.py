"""Gates and mailboxes: how the processes of a spec meet without the target's own primitives.

A broken Lock must not be proven by itself. Both are files in the cell's private directory: they
travel to a child as a path under every start method and pickler, work on every platform, and survive
the death of any process that holds them. Stdlib only, syntax of Python 3.8, and few imports: every
spawned child pays for them (`tempfile` and `typing` were a quarter of its life).
"""

from __future__ import annotations

import os
import pickle
import time

from conformance.clocks import eventually

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional


_MOMENT = 0.001


def new_path(kind: str, directory: Optional[str] = None) -> str:
    """A path that nobody has used, in `directory` or in the cell's private one."""
    if directory is None:
        directory = os.environ.get("CONFORMANCE_MEETING") or os.environ.get("TMPDIR") or os.getcwd()
    return os.path.join(directory, "{}-{}-{}".format(kind, os.getpid(), os.urandom(6).hex()))


def _give_name(draft: str, name: str) -> None:
    """Call the file `draft` by `name` from now on, unless something else is: FileExistsError."""
    if os.name == "nt":
        # Never replaces a file; and a letter that is being read could not lose its other name.
        os.rename(draft, name)
    else:
        os.link(draft, name)
        os.unlink(draft)


def _load(path: str) -> Any:
    while True:
        try:
            with open(path, "rb") as file:
                return pickle.load(file)
        except PermissionError:
            # Windows: it has its name, and is still in the hands of who gave it.
            if os.name != "nt":
                raise
            time.sleep(_MOMENT)


class Gate:
    """A one-way door between processes: shut when made, open for good once opened. Picklable."""

    def __init__(self) -> None:
        self.path = new_path("gate")

    def open(self) -> None:
        """Open the gate, in any process; opening it again changes nothing."""
        os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY))

    def is_open(self) -> bool:
        """Whether some process has opened it."""
        return os.path.exists(self.path)

    def wait(self, patience: Optional[float] = None) -> None:
        """Wait until it is open; AssertionError when it stays shut for `patience` seconds (unscaled)."""
        eventually(self.is_open, "the opening of a gate", patience)


class Mailbox:
    """Values of plain types, posted by any process and read by any other, in the order of posting. Picklable."""

    def __init__(self) -> None:
        self.path = new_path("mail")
        os.mkdir(self.path)

    def post(self, value: Any) -> None:
        """Deliver `value` (plain picklable data) as one letter; atomic even if the poster is killed."""
        data = pickle.dumps(value, protocol=4)
        draft = new_path("draft", self.path)
        with open(draft, "xb") as file:
            file.write(data)
        number = len(self._letters())
        while True:
            try:
                _give_name(draft, os.path.join(self.path, "letter-%06d" % number))
            except FileExistsError:
                number += 1
            else:
                break

    def _letters(self) -> List[str]:
        return sorted(name for name in os.listdir(self.path) if name.startswith("letter-"))

    def letters(self) -> List[Any]:
        """All values posted so far."""
        return [_load(os.path.join(self.path, name)) for name in self._letters()]

    def wait(self, count: int = 1, patience: Optional[float] = None) -> List[Any]:
        """The first `count` values, once that many were posted."""
        eventually(lambda: len(self._letters()) >= count, "the posting of {} letter(s)".format(count), patience)
        return self.letters()[:count]

    def first(self, patience: Optional[float] = None) -> Any:
        """The first value posted."""
        return self.wait(1, patience)[0]
