"""Which Python runs a child that does not begin as a copy of its parent: program, options, command line.

A leaf. Pure but for the one cell that `set_executable` fills: everything else is computed from what it is given,
or from `sys` at that moment. Above: `spawn`, `helpers`, the launchers.
"""

from __future__ import annotations

import os
import sys

from ._platform import WINDOWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "MARKER",
    "WINEXE",
    "WINSERVICE",
    "bootstrap_path",
    "child_command",
    "flags_as_options",
    "get_executable",
    "helper_command",
    "is_forking",
    "options",
    "program",
    "set_executable",
]

MARKER = "--multiprocessing-fork"
"""The argument by which a program knows itself to be a child (and a frozen one, that it has to be one)."""

WINEXE = WINDOWS and bool(getattr(sys, "frozen", False))
WINSERVICE = WINDOWS and (sys.executable or "").lower().endswith("pythonservice.exe")

# The directory that holds the package, as it was when it was imported: a child finds the same package,
# even after the parent has changed its directory.
_ROOT = os.path.abspath(__file__)
for _level in range((__package__ or "").count(".") + 2):
    _ROOT = os.path.dirname(_ROOT)

_FLAGS = {
    "debug": "d",
    "dont_write_bytecode": "B",
    "no_site": "S",
    "verbose": "v",
    "bytes_warning": "b",
    "quiet": "q",
    "optimize": "O",
}
_IMPLIED_BY_ISOLATED = {"ignore_environment": "E", "no_user_site": "s", "safe_path": "P"}

_python_exe: str | bytes | None = None


def set_executable(exe: str | bytes | os.PathLike[str] | None) -> None:
    """Let children that begin afresh run this program instead of `sys.executable`.

    Source: library documentation, "multiprocessing.set_executable".
    """
    global _python_exe
    as_wanted = os.fsdecode if WINDOWS else os.fsencode
    _python_exe = None if exe is None else as_wanted(exe)


def get_executable() -> str | bytes | None:
    """The program that children run: text on Windows, bytes elsewhere; None if the interpreter knows of none."""
    return _python_exe


set_executable(os.path.join(sys.exec_prefix, "python.exe") if WINSERVICE else sys.executable)


def flags_as_options(
    flags: object, warnoptions: Sequence[str] = (), xoptions: Mapping[str, str | bool] | None = None
) -> list[str]:
    """The command-line options that give an interpreter these flags.

    flags, warnoptions, xoptions: such as `sys.flags`, `sys.warnoptions` and `sys._xoptions`.
    """
    table = _FLAGS
    options = []
    if getattr(flags, "isolated", 0):
        options.append("-I")
    else:
        table = {**_FLAGS, **_IMPLIED_BY_ISOLATED}
    for attribute, letter in table.items():
        times = int(getattr(flags, attribute, 0))
        if times > 0:
            options.append("-" + letter * times)
    options += (f"-W{option}" for option in _own_warnings(flags, warnoptions))
    for name, value in (xoptions or {}).items():
        options += ("-X", name if value is True else f"{name}={value}")
    return options


def _own_warnings(flags: object, warnoptions: Sequence[str]) -> list[str]:
    """Those warning options that no other option brings along; of equal ones the last, which counts."""
    implied = []
    if getattr(flags, "dev_mode", False):
        implied.append("default")
    bytes_warning = getattr(flags, "bytes_warning", 0)
    if bytes_warning:
        implied.append("error::BytesWarning" if bytes_warning > 1 else "default::BytesWarning")
    own = list(warnoptions)
    for option in implied:
        if option in own:
            own.remove(option)
    return list(dict.fromkeys(reversed(own)))[::-1]


def bootstrap_path(entries: Iterable[object], root: str) -> list[str]:
    """Where a child looks for modules until it gets its parent's `sys.path`.

    As its parent does, but never in the current directory: a file there that happens to bear the name of a module
    must not take part. root: the directory that holds this package, found in any case.
    """
    path = [entry for entry in entries if isinstance(entry, str) and entry]
    return path if root in path else [*path, root]


def options() -> list[str]:
    """The options with which this interpreter runs."""
    return flags_as_options(sys.flags, sys.warnoptions, getattr(sys, "_xoptions", None))


def program(room: str, call: str) -> str:
    """The text of a program that evaluates `call`, a call of a function of `room`, and finds this very package."""
    function = call.partition("(")[0]
    path = ascii(bootstrap_path(sys.path, _ROOT))
    return f"import sys; sys.path[:] = {path}; from {__package__}.{room} import {function}; {call}"


def helper_command(room: str, call: str) -> list[str | bytes]:
    """The command line of a process of our own that evaluates `call` with the functions of `room`.

    In a frozen program that is the program itself, which knows by the marker that it shall not be itself: if it were,
    it would start helpers of its own, and so on.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, MARKER, f"room={room}", f"call={call}"]
    return [_required_executable(), *options(), "-c", program(room, call)]


def child_command(**keywords: object) -> list[str | bytes]:
    """The command line of a child: `spawn_main` called with `keywords`; in a frozen program the program itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, MARKER, *(f"{name}={value!r}" for name, value in keywords.items())]
    arguments = ", ".join(f"{name}={value!r}" for name, value in keywords.items())
    return [_required_executable(), *options(), "-c", program("spawn", f"spawn_main({arguments})"), MARKER]


def _required_executable() -> str | bytes:
    if _python_exe is None:
        raise ValueError("no interpreter is known to start a process with: call set_executable() first")
    return _python_exe


def is_forking(argv: Sequence[str]) -> bool:
    """Whether `argv` is the command line of a child."""
    return len(argv) >= 2 and argv[1] == MARKER
