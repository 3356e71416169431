"""The names that programs take from here: finalizers, after-fork hooks, logging, the private directory.

A shelf without doings of its own: each thing lives in the room that it is imported from, and the package itself
goes there. Only `_cleanup_tests` acts, for test suites that end a family's helpers before they look for leaks.
"""

from __future__ import annotations

import gc

from . import fork_aware, interpreter, lifecycle, log, logger, process, rooms, standard_streams, temp_dir
from ._platform import descriptors, launching

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "SUBDEBUG",
    "SUBWARNING",
    "Finalize",
    "ForkAwareLocal",
    "ForkAwareThreadLock",
    "close_all_fds_except",
    "debug",
    "get_logger",
    "get_temp_dir",
    "info",
    "is_exiting",
    "log_to_stderr",
    "register_after_fork",
    "sub_debug",
    "sub_warning",
    "warn",
]

NOTSET = 0
SUBDEBUG = log.SUBDEBUG
DEBUG = log.DEBUG
INFO = log.INFO
SUBWARNING = log.SUBWARNING
WARNING = log.WARNING

sub_debug = log.sub_debug
debug = log.debug
info = log.info
sub_warning = log.sub_warning
warn = log.warn
LOGGER_NAME = logger.LOGGER_NAME
DEFAULT_LOGGING_FORMAT = logger.DEFAULT_LOGGING_FORMAT
get_logger = logger.get_logger
log_to_stderr = logger.log_to_stderr

Finalize = lifecycle.Finalize
register_after_fork = lifecycle.register_after_fork
is_exiting = lifecycle.is_exiting
_exit_function = lifecycle._exit_function
_run_finalizers = lifecycle._run_finalizers
_run_after_forkers = lifecycle._run_after_forkers
_finalizer_registry = lifecycle._finalizer_registry
_finalizer_counter = lifecycle._finalizer_counter
_afterfork_registry = lifecycle._afterfork_registry

ForkAwareThreadLock = fork_aware.ForkAwareThreadLock
ForkAwareLocal = fork_aware.ForkAwareLocal

get_temp_dir = temp_dir.get_temp_dir

MAXFD = descriptors.MAXFD
close_fds = descriptors.close_fds
close_all_fds_except = descriptors.close_all_fds_except
spawnv_passfds = launching.launch

_flush_std_streams = standard_streams.flush
_close_stdin = standard_streams.replace_stdin
_args_from_interpreter_flags = interpreter.options

abstract_sockets_supported = launching.ABSTRACT_SOCKETS
"""Whether there are Unix sockets without a file (Linux)."""


def is_abstract_socket_namespace(address: str | bytes | None) -> bool:
    """Whether `address` is that of a socket without a file: such a one begins with NUL.

    Raises:
        TypeError: neither text nor bytes.
    """
    if not address:
        return False
    if not isinstance(address, (str, bytes)):
        raise TypeError(f"a socket's address is text or bytes here, not {type(address).__name__}")
    return address[0] in (0, "\0")


def _cleanup_tests() -> None:
    """End what a family keeps running for its own use, so that a test suite may look for what is left."""
    process._cleanup()
    rooms.load("forkserver")._forkserver._stop()
    rooms.load("resource_tracker")._resource_tracker._stop()
    lifecycle._run_finalizers()
    gc.collect()


def __getattr__(name: str) -> Any:
    # What changes in its own room while the process lives.
    changing = {
        "_logger": log.package_logger,
        "_log_to_stderr": log.to_stderr,
        "_exiting": lifecycle.is_exiting(),
    }
    if name in changing:
        return changing[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
