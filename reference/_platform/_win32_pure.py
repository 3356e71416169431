"""What Windows wants to be told, computed: command lines, times, exit codes, which program to run.

No system call, and nothing that exists on Windows only: these are tried on every platform.
"""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

INFINITE = 0xFFFF_FFFF
"""The number of milliseconds that stands for waiting for ever."""

LONGEST = INFINITE - 1

TERMINATED = 0x10000
"""The exit code given to processes that are terminated: no code that a program can exit with by itself on POSIX."""

SIGTERM = 15

LAUNCHER_VARIABLE = "__PYVENV_LAUNCHER__"
"""Tells the interpreter of a virtual environment which environment it belongs to."""


def command_line(arguments: Iterable[str]) -> str:
    """The one string from which a program's C runtime makes `arguments` again."""
    return " ".join(map(quoted, arguments))


def quoted(argument: str) -> str:
    """`argument` as part of a command line.

    Within quotes a backslash is special only before a quote, so a run of them there is doubled.
    Source: Microsoft C runtime, "Parsing C command-line arguments".
    """
    result = []
    backslashes = 0
    for character in argument:
        if character == "\\":
            backslashes += 1
            continue
        result.append("\\" * (2 * backslashes + 1 if character == '"' else backslashes))
        backslashes = 0
        result.append(character)
    result.append("\\" * (2 * backslashes))
    return f'"{"".join(result)}"'


def milliseconds(timeout: float | None) -> int:
    """`timeout` seconds for the system, rounded up so that no wait is too short; None: INFINITE.

    What is longer than the system can count (49 days) becomes the longest wait that ends.
    """
    if timeout is None:
        return INFINITE
    if timeout <= 0:
        return 0
    if timeout >= LONGEST / 1000:
        return LONGEST
    return math.ceil(timeout * 1000)


def exitcode(code: int) -> int:
    """The exit code of a process object for that of the system: 32 bits unsigned, or minus SIGTERM."""
    return -SIGTERM if code == TERMINATED else code


def program_and_environment(
    executable: str, this: str, base: str, environment: Mapping[str, str]
) -> tuple[str, dict[str, str] | None]:
    """Which program to run for `executable`, and the environment for it; None: the caller's.

    The interpreter of a virtual environment is a launcher that starts the real one as a process of its own. Were it
    started, its process id and handle would be those of the launcher: so the real one is, and told what it is.
    this: the running interpreter (`sys.executable`). base: the real one (`sys._base_executable`).
    """
    if not _same_path(executable, this) or _same_path(this, base):
        return executable, None
    return base, {**environment, LAUNCHER_VARIABLE: this}


def _same_path(one: str, other: str) -> bool:
    return one.replace("/", "\\").lower() == other.replace("/", "\\").lower()
