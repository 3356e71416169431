"""The package's logger, as programs ask for it. Loaded only then, since it loads `logging`.

Fills the slot of `log`, through which the package speaks. Above: `context`, `spawn`, `util`.
"""

from __future__ import annotations

import logging

from . import lifecycle, log, process

__all__ = ["DEFAULT_LOGGING_FORMAT", "LOGGER_NAME", "get_logger", "log_to_stderr"]

LOGGER_NAME = "multiprocessing"
DEFAULT_LOGGING_FORMAT = "[%(levelname)s/%(processName)s] %(message)s"


class _NameProcess(logging.Filter):
    """Puts the name of the process into records: `logging` itself asks the stdlib's package, which knows others."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through."""
        record.processName = process.current_process().name
        return True


def get_logger() -> logging.Logger:
    """The package's logger; always the same.

    At first it has the level NOTSET, no handler, and does not pass records on to the root logger.
    Source: library documentation, "Logging".
    """
    if log.package_logger is None:
        logger = logging.getLogger(LOGGER_NAME)
        logger.propagate = False
        logger.addFilter(_NameProcess())
        # Handlers are closed by `logging` at exit: what we have to tell at exit comes before that.
        lifecycle.exit_after_program()
        log.package_logger = logger
    return log.package_logger


def log_to_stderr(level: int | str | None = None) -> logging.Logger:
    """Let the package's logger write to stderr, in this process and children started from now on.

    level: the logger's new level; None or 0 leaves it.
    Source: library documentation, "Logging".
    """
    logger = get_logger()
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(DEFAULT_LOGGING_FORMAT))
    logger.addHandler(handler)
    if level:
        logger.setLevel(level)
    log.to_stderr = True
    return logger
