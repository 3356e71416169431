"""What became of one cell: the closed set of verdicts, and everything a report may want to tell.

Data only; knows nothing of how cells run. Made by `isolation`, carried by the plugin, kept by the store.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import Enum
from typing import Any


class Verdict(str, Enum):
    """The closed set of verdicts; the value is what records contain."""

    PASS = "PASS"
    FAIL = "FAIL"
    HANG = "HANG"
    CRASH = "CRASH"
    LEAK = "LEAK"
    UNSUPPORTED = "UNSUPPORTED"
    NOTRUN = "NOTRUN"
    ERROR = "ERROR"

    def __str__(self) -> str:
        return self.value

    @property
    def meaning(self) -> str:
        """One sentence for the reader of a report."""
        return _MEANINGS[self]


_MEANINGS: Mapping[Verdict, str] = {
    Verdict.PASS: "The target did what the requirement says, and left nothing behind.",
    Verdict.FAIL: "The target did something else than the requirement says.",
    Verdict.HANG: "The cell had not ended when its deadline came.",
    Verdict.CRASH: "The interpreter was killed by a signal or ended without an outcome.",
    Verdict.LEAK: "The requirement is met, but processes, semaphores, shared memory or files stayed behind.",
    Verdict.UNSUPPORTED: "The target declares to lack what the spec needs, or the start method is not available.",
    Verdict.NOTRUN: "Not run, since something it rests on failed before.",
    Verdict.ERROR: "The suite itself failed; this says nothing about the target.",
}


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The verdict of one cell with its evidence.

    duration: seconds from request to verdict.
    expected, got: what a failed check wanted and saw; `got` is the exception for one that was raised.
    message: one line that says what happened.
    absent: the public name that the spec asked for in vain, if it failed by that.
    stdout, stderr: the tails of what the cell and its descendants wrote.
    leaks: one line for each thing that stayed behind.
    stacks: the Python stacks of every process of a hung cell.
    """

    verdict: Verdict
    duration: float
    expected: str = ""
    got: str = ""
    message: str = ""
    absent: str = ""
    traceback: str = ""
    stdout: str = ""
    stderr: str = ""
    leaks: tuple[str, ...] = ()
    stacks: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data that JSON keeps as it is."""
        plain = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return plain | {"verdict": self.verdict.value, "leaks": list(self.leaks)}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Outcome:
        """The outcome that `as_dict` described; keys of other layers are ignored.

        Raises:
            ValueError: the verdict is none of the closed set.
            KeyError: verdict or duration is missing.
        """
        names = [field.name for field in dataclasses.fields(cls) if field.name in plain]
        values = {name: plain[name] for name in names}
        values["verdict"] = Verdict(plain["verdict"])
        values["duration"] = float(plain["duration"])
        values["leaks"] = tuple(plain.get("leaks", ()))
        return cls(**values)
