"""One spec body, one target, one outcome: the code that runs inside the interpreter under test.

A cell is a process of its own, forked by `nursery` or freshly executed. It makes itself at home in its
private directories, calls the spec, appends what came of it to a file, and leaves as a program does:
by an exit of the interpreter. Stdlib only, syntax of Python 3.8, no pytest.

Also the quick runner for authors of specs: `python -m conformance.cell TARGET METHOD test_file::test_function`.
"""

import importlib
import json
import os
import sys
import tempfile
import traceback
from types import TracebackType
from typing import Any, Callable, Dict, List

from conformance import asserts, clocks
from conformance.subject import Absent, Deviation, Subject

_HIGH = 700
"""The record's descriptor lies out of the way: the low numbers are the target's, as in any program."""
_LONG = 4000
"""Characters of a value or message that are kept."""
STRAY_STATUS = 70
"""Exit status of a child that came back out of the spec into the suite's own code."""


class Record:
    """The file to which a cell appends what came of it; survives a target that closes or floods descriptors.

    path: of the file, which exists. nonce: marks the lines that are the suite's own.
    """

    def __init__(self, path: str, nonce: str) -> None:
        self.path = path
        self.nonce = nonce
        self._owner = os.getpid()
        self._open()

    def _open(self) -> None:
        low = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        self._handle = low
        try:
            self._handle = os.dup2(low, _HIGH, inheritable=False)
        except OSError:
            pass  # The limit on descriptors is lower: the low number will do.
        else:
            os.close(low)
        self._inode = os.fstat(self._handle).st_ino

    def _is_intact(self) -> bool:
        try:
            return os.fstat(self._handle).st_ino == self._inode
        except OSError:
            return False

    def belongs_here(self) -> bool:
        """Whether this process is the one that began the record: a child may come back out of the spec."""
        return os.getpid() == self._owner

    def enter(self, kind: str, **entry: Any) -> None:
        """Append one line."""
        entry.update(kind=kind, nonce=self.nonce)
        # The leading newline parts the entry from whatever a target may have written here.
        data = ("\n" + json.dumps(entry) + "\n").encode("ascii")
        if not self._is_intact():
            self._open()
        os.write(self._handle, data)


def settle(request: Dict[str, Any]) -> Record:
    """Move into the cell's private directories, as `request` names them, and begin its record."""
    if request["lead"] and hasattr(os, "setsid"):
        os.setsid()
    home = request["home"]
    for number, name in enumerate((os.devnull, os.path.join(home, "out"), os.path.join(home, "err"))):
        way = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_APPEND
        handle = os.open(name, way | getattr(os, "O_BINARY", 0))
        os.dup2(handle, number)
        os.close(handle)
    os.chdir(os.path.join(home, "work"))
    os.environ["TMPDIR"] = os.path.join(home, "tmp")
    os.environ["CONFORMANCE_MEETING"] = os.path.join(home, "meet")
    tempfile.tempdir = None
    if request.get("patience") is not None:
        clocks.limit_patience(request["patience"])
    _name_what_runs(request.get("function", ""))
    return Record(os.path.join(home, "record"), request["nonce"])


def _name_what_runs(spec: str) -> None:
    """Where lines are counted: tell on whose behalf, also those who count in this cell's children."""
    counting = sys.modules.get("coverage")
    if counting is not None:
        os.environ["CONFORMANCE_SPEC"] = spec
        if os.environ.get("COVERAGE_RCFILE") and os.environ.pop("COVERAGE_PROCESS_CONFIG", None):
            # Else children get the settings as they were read when counting began, on behalf of nobody.
            os.environ["COVERAGE_PROCESS_START"] = os.environ["COVERAGE_RCFILE"]
        counter = counting.Coverage.current()
        if counter is not None:
            counter.switch_context(spec)


def describe(error: BaseException) -> Dict[str, str]:
    """What a spec that raised `error` has to say."""
    # The first frame is the suite's own call of the spec.
    frames = error.__traceback__ and error.__traceback__.tb_next
    told = {"traceback": "".join(traceback.format_exception(type(error), error, frames))[-4 * _LONG :]}
    if isinstance(error, Deviation):
        told.update(expected=error.expected[:_LONG], got=error.got[:_LONG], message=error.message[:_LONG])
    else:
        told.update(got="{}: {}".format(type(error).__name__, error)[:_LONG])
    if isinstance(error, Absent):
        told.update(absent=str(error.name))
    if isinstance(error, NotImplementedError) and frames:
        told.update(absent=_raiser(frames))
    return told


def _raiser(frames: TracebackType) -> str:
    """Who raised, as a target's file would say that it is lacking: "Process.exitcode", or a function's name alone."""
    while frames.tb_next:
        frames = frames.tb_next
    owner, name = frames.tb_frame.f_locals.get("self"), frames.tb_frame.f_code.co_name
    return name if owner is None else "{}.{}".format(type(owner).__name__, name)


def judge(request: Dict[str, Any], record: Record) -> None:
    """Call the spec and enter what came of it. Only a spec that cannot be loaded is the suite's own error."""
    subject = Subject(request["target"], request["method"], request["strict"])
    try:
        spec = getattr(asserts.load(request["module"]), request["function"])
    except Exception as error:
        record.enter("error", **describe(error))
        return
    entry: Dict[str, Any] = {"kind": "pass"}
    try:
        spec(subject, *request["arguments"])
    except BaseException as error:
        entry = dict(describe(error), kind="fail")
    if not record.belongs_here():
        # A child of the target ran on into the suite's code. It must not run the exit handlers of its parent.
        record.enter("stray", pid=os.getpid())
        os._exit(STRAY_STATUS)
    record.enter(**entry)


def inhabit(request: Dict[str, Any]) -> None:
    """Be the cell that `request` describes, up to the exit of the interpreter, which is the caller's."""
    record = settle(request)
    if "module" in request:
        judge(request, record)
    else:
        explore(request["target"], record)


def explore(target: str, record: Record) -> None:
    """Enter the facts about `target` and this interpreter, step by step."""
    record.enter("launched")
    try:
        package = importlib.import_module(target)
    except Exception as error:
        record.enter("fail", step="import", **describe(error))
        return
    record.enter("imported")
    try:
        methods = _methods(package)
        default = _attempted(package.get_start_method)
    except AttributeError as error:
        record.enter("fail", step="interface", **describe(error))
        return
    record.enter(
        "facts",
        module=target,
        version=_version(package),
        path=getattr(package, "__file__", None) or "",
        python=".".join(map(str, sys.version_info[:3])),
        implementation=_implementation(),
        platform=sys.platform,
        methods=methods,
        default_method=default if isinstance(default, str) else "",
        executable=sys.executable,
    )


def _implementation() -> str:
    """Whose interpreter this is, as reports head its columns: a Windows build has a name of its own there."""
    if sys.platform != "win32" or sys.implementation.name != "cpython":
        return sys.implementation.name
    wine = os.path.join(os.environ.get("SYSTEMROOT", ""), "system32", "winecfg.exe")
    return "wine" if os.path.exists(wine) else "windows"


def _methods(package: Any) -> List[str]:
    """The start methods that `package` offers; what it should offer here, when it cannot tell.

    Raises:
        AttributeError: it is no multiprocessing. One that is, and is broken, is judged by the cells.
    """
    offered = _attempted(package.get_all_start_methods)
    if not hasattr(package, "get_context"):
        raise AttributeError("module {!r} has no attribute 'get_context'".format(package.__name__))
    if isinstance(offered, (list, tuple)) and offered:
        return [str(name) for name in offered]
    return ["fork", "spawn", "forkserver"] if hasattr(os, "fork") else ["spawn"]


def _attempted(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except Exception:
        return None


def _version(package: Any) -> str:
    """The package's own version; the interpreter's for one that comes with it."""
    version = getattr(package, "__version__", None)
    if isinstance(version, str):
        return version
    stdlib = os.path.dirname(os.path.realpath(os.__file__))
    path = os.path.realpath(getattr(package, "__file__", None) or "")
    if path.startswith(stdlib + os.sep) and "site-packages" not in path:
        return ".".join(map(str, sys.version_info[:3]))
    return ""


def fresh() -> None:
    """Entry of a freshly executed cell: the request is its only argument."""
    request = json.loads(sys.argv[1])
    del sys.argv[1:]
    inhabit(request)


def quick(target: str, method: str, name: str) -> None:
    """Run the spec `name`, as test_file::test_function, right here: no limits, no survey, a traceback for a verdict."""
    file, _, function = name.partition("::")
    module = "conformance.specs." + (file[: -len(".py")] if file.endswith(".py") else file)
    getattr(asserts.load(module), function)(Subject(target, method))


if __name__ == "__main__":
    quick(*sys.argv[1:])
