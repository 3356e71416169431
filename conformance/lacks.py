"""What a failure says is not there, in the words in which a target's file declares it to be lacking. Pure.

And the one sentence by which records tell of a lack, made and read here alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from conformance.outcome import Outcome

_MISSING = (
    (re.compile(r"Absent: \S+ has no (?:module )?'([\w.]+)'"), "{}"),
    (re.compile(r"AttributeError: (?:type object )?'(\w+)' (?:object )?has no attribute '(\w+)'"), "{}.{}"),
    (re.compile(r"AttributeError: module '(?:\w+\.)*(\w+)' has no attribute '(\w+)'"), "{}.{}"),
    (re.compile(r"TypeError: ([\w.]+?)(?:\.__init__)?\(\) got an unexpected keyword argument '(\w+)'"), "{}({})"),
)
"""How interpreters say it: "Process.pid", "connection.wait", "Condition.notify(n)"."""


_SENTENCE = " declares to lack "


def sentence(target: str, names: Iterable[str]) -> str:
    """What the message of an UNSUPPORTED cell is: that `target` declares to lack `names`."""
    return f"{target}{_SENTENCE}{', '.join(names)}"


def names_in(message: str) -> str:
    """The names in such a sentence, as they stand there; of any other message nothing."""
    return message.partition(_SENTENCE)[2]


def missing(outcome: Outcome) -> str:
    """The name of the API for want of which the cell failed; empty if it failed for another reason."""
    if outcome.absent:
        return outcome.absent
    for pattern, form in _MISSING:
        found = pattern.match(outcome.got)
        if found:
            return form.format(*found.groups())
    return ""


def declared(name: str, lacks: Collection[str]) -> bool:
    """Whether a target that declares `lacks` lacks `name`; "Process.pid" speaks of a class called OddProcess, too.

    Pythons before 3.10 do not say whose parameter it is: "notify(n)" and "__init__(daemon)" may be any class's.
    """
    owned = [lack for lack in lacks if not lack.isidentifier()]
    if name.startswith("__init__("):
        return any(lack.endswith(name.removeprefix("__init__")) and "." not in lack for lack in owned)
    if "(" in name and any(lack.endswith(f".{name}") for lack in owned):
        return True
    return bool(name) and (name in lacks or any(map(name.endswith, owned)))
