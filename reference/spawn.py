"""What a parent tells a child that begins afresh, and what the child does with it until it runs.

The parent's half is `get_preparation_data`; the child's begins with `spawn_main`, the call in its command line, reads
the preparation data and the process object from its parent's pipe, and ends with the process' `_bootstrap`.
The fork server's children take the same way from `_main` on.
Below: `interpreter`, `process`. Above: `popen_spawn_*`, `popen_forkserver`. Kept light: a child pays for every import.
"""

from __future__ import annotations

import os
import sys

try:
    from _pickle import load
except ImportError:  # an interpreter without the accelerator
    from pickle import load

from . import inherited, interpreter, log, process, rooms, start_method
from ._platform import birth
from .interpreter import get_executable, is_forking, set_executable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, BinaryIO, NoReturn

__all__ = [
    "_main",
    "freeze_support",
    "get_command_line",
    "get_executable",
    "get_preparation_data",
    "import_main_path",
    "is_forking",
    "prepare",
    "set_executable",
    "spawn_main",
]

WINEXE = interpreter.WINEXE
WINSERVICE = interpreter.WINSERVICE

old_main_modules: list[Any] = []
"""The main modules that were replaced; kept, since something may still refer to what is in them."""


def get_command_line(**kwds: object) -> list[str | bytes]:
    """The command line of a child that calls `spawn_main(**kwds)`.

    Raises:
        ValueError: there is no interpreter to run.
    """
    return interpreter.child_command(**kwds)


def freeze_support() -> None:
    """In a program that was started as a child, or as a helper of the family, do that work and exit; else nothing."""
    if not is_forking(sys.argv):
        return
    keywords = {name: value for name, _, value in (argument.partition("=") for argument in sys.argv[2:])}
    if "room" in keywords:
        exec(interpreter.program(**keywords))
        sys.exit()
    arguments: dict[str, Any] = {name: None if value == "None" else int(value) for name, value in keywords.items()}
    spawn_main(**arguments)


def spawn_main(
    pipe_handle: int, parent_pid: int | None = None, tracker_fd: int | None = None, parent_sentinel: int | None = None
) -> NoReturn:
    """Be a child: read what to do from the parent's pipe, do it, exit.

    pipe_handle: where to read; on Windows a handle of process `parent_pid`. tracker_fd: the way to the family's
    resource tracker. parent_sentinel: becomes ready when the parent ends; None: the pipe itself tells.
    Raises:
        SystemExit: always.
    """
    if not is_forking(sys.argv):
        raise AssertionError("spawn_main() is for the command line of a child only")
    inherited.give_tracker_fd(tracker_fd)
    fd, sentinel = birth.take_over(pipe_handle, parent_pid, parent_sentinel, tracker_fd)
    sys.exit(_main(fd, sentinel))


def _main(fd: int, parent_sentinel: int | None) -> int:
    """Read preparation data and process object from `fd`, run the process, return its exit code."""
    return work_from(open(fd, "rb"), parent_sentinel)


def work_from(stream: BinaryIO, parent_sentinel: int | None) -> int:
    """Read preparation data and process object from `stream`, run the process, return its exit code."""
    this = process.current_process()
    with stream:
        # The main module that is imported now must not start processes: each would do the same again.
        this._inheriting = True
        try:
            try:
                data = load(stream)
            except EOFError:
                return 1  # the parent died before it could say anything
            prepare(data)
            child: process.BaseProcess = load(stream)
        finally:
            this._inheriting = False
    return child._bootstrap(parent_sentinel)


def _check_not_importing_main() -> None:
    if process.current_process()._inheriting:
        raise RuntimeError(
            "An attempt has been made to start a new process before the current process has finished its"
            " bootstrapping phase.\n\n"
            "The main module is imported by every child that does not begin as a copy of its parent, and this main"
            " module starts processes when it is imported. Put that under a guard:\n\n"
            '    if __name__ == "__main__":\n'
            "        freeze_support()  # needed only in a program that will be frozen to an executable\n"
            "        ...\n\n"
            'See "Safe importing of main module" in https://docs.python.org/3/library/multiprocessing.html'
        )


def get_preparation_data(name: str) -> dict[str, Any]:
    """What a child named `name` has to know before it can unpickle its process object.

    To be pickled while the child is being started: it holds the authentication key.
    Raises:
        RuntimeError: this process itself is still importing its main module.
    """
    _check_not_importing_main()
    sys_path = [process.ORIGINAL_DIR if entry == "" else entry for entry in sys.path]
    data = {
        "log_to_stderr": False,
        "authkey": process.current_process().authkey,
        "name": name,
        "sys_path": sys_path,
        "sys_argv": sys.argv,
        "orig_dir": process.ORIGINAL_DIR,
        "dir": os.getcwd(),
        "start_method": start_method.get(),
    }
    dropin = rooms.loaded("dropin")
    if dropin is not None and dropin.installed():
        data["dropin"] = True
    if log.package_logger is not None:
        data["log_level"] = log.package_logger.getEffectiveLevel()
        data["log_to_stderr"] = log.to_stderr
    data.update(_how_to_find_main())
    return data


def _how_to_find_main() -> dict[str, str]:
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    if spec is not None and spec.name is not None:
        return {"init_main_from_name": spec.name}
    path = getattr(main, "__file__", None)
    if path is None or WINEXE or WINSERVICE:
        return {}
    if process.ORIGINAL_DIR is not None:
        path = os.path.join(process.ORIGINAL_DIR, path)
    return {"init_main_from_path": os.path.normpath(path)}


def prepare(data: Mapping[str, Any]) -> None:
    """Apply preparation data, of which any part may be missing, to this process.

    The order matters: the main module, which comes last, may use all the rest.
    """
    this = process.current_process()
    if "name" in data:
        this.name = data["name"]
    if "authkey" in data:
        this.authkey = data["authkey"]
    if data.get("log_to_stderr"):
        rooms.load("logger").log_to_stderr()
    if "log_level" in data:
        rooms.load("logger").get_logger().setLevel(data["log_level"])
    if "sys_path" in data:
        sys.path = data["sys_path"]
    if "sys_argv" in data:
        sys.argv = data["sys_argv"]
    if "dir" in data:
        os.chdir(data["dir"])
    if "orig_dir" in data:
        process.ORIGINAL_DIR = data["orig_dir"]
    if "start_method" in data:
        start_method.set(data["start_method"])
    if data.get("dropin"):
        rooms.load("dropin").install()
    if "init_main_from_name" in data:
        _adopt_main("from_name", data["init_main_from_name"])
    elif "init_main_from_path" in data:
        _adopt_main("from_path", data["init_main_from_path"])


def import_main_path(main_path: str) -> None:
    """Run the file again, as a module named `__mp_main__`, and let it be the main module here."""
    _adopt_main("from_path", main_path)


def _adopt_main(how: str, where: str) -> None:
    former = sys.modules["__main__"]
    adopt = getattr(rooms.load("main_module"), how)
    adopt(where)
    if sys.modules["__main__"] is not former:
        old_main_modules.append(former)
