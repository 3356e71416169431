"""What the package has to say about its own doings, for whoever asked for the package logger.

A leaf, and silent: room `logger` fills the slot `package_logger` when a program asks for it; until then nothing
is formatted and `logging` is not even imported.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from logging import Logger

__all__ = ["DEBUG", "INFO", "SUBDEBUG", "SUBWARNING", "WARNING", "debug", "info", "sub_debug", "sub_warning", "warn"]

SUBDEBUG = 5
DEBUG = 10
INFO = 20
SUBWARNING = 25
WARNING = 30

package_logger: Logger | None = None
"""The logger, once somebody has asked for it. A forked child keeps it; a spawned one gets its level anew."""

to_stderr = False
"""Whether a program had the logger write to stderr: children then do so too."""


# `stacklevel` lets a record name our caller. Arguments are put into the text only if somebody wants the record.
def sub_debug(msg: str, *args: object) -> None:
    """Tell of a detail of clean-up."""
    if package_logger is not None:
        package_logger.log(SUBDEBUG, msg, *args, stacklevel=2)


def debug(msg: str, *args: object) -> None:
    """Tell of a step that concerns only who studies the package."""
    if package_logger is not None:
        package_logger.log(DEBUG, msg, *args, stacklevel=2)


def info(msg: str, *args: object) -> None:
    """Tell of an event in the life of a process."""
    if package_logger is not None:
        package_logger.log(INFO, msg, *args, stacklevel=2)


def sub_warning(msg: str, *args: object) -> None:
    """Tell of something odd that does no harm."""
    if package_logger is not None:
        package_logger.log(SUBWARNING, msg, *args, stacklevel=2)


def warn(msg: str, *args: object) -> None:
    """Tell of something that may surprise the user."""
    if package_logger is not None:
        package_logger.log(WARNING, msg, *args, stacklevel=2)
