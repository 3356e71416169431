"""Play one spec without the suite: what a program that `conformance reproduce` wrote does once it is laid out.

No warden, no survey of what stays behind beyond the nearest: a verdict for a person to look into, not for a record.
Used inside the interpreter under test: stdlib only, syntax of Python 3.8.
"""

import faulthandler
import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from typing import Any, Dict, List

from conformance import asserts
from conformance.load import Patience
from conformance.subject import Deviation, Subject

_INNER = "from conformance.replay import play; play()"
_GRACE = 2.0
"""Seconds in which a spec that has hung tells its stacks, and in which what it started may still end."""


def replay(folder: str, case: Dict[str, Any]) -> int:
    """Play `case` in a process of its own, with `folder` for whatever it needs; print how it ended.

    Returns 0 if the requirement is met, else 1.
    """
    environment = _environment(folder, case["paths"])
    process = subprocess.Popen(
        [sys.executable, "-c", _INNER, json.dumps(case)],
        cwd=os.path.join(folder, "work"),
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    patience = Patience(case["deadline"] + _GRACE)
    while True:
        try:
            status = process.wait(0.1)
        except subprocess.TimeoutExpired:
            if patience.left() > 0:
                continue
            _end(process)
            print("HANG: it did not end in time")
            return 1
        break
    left = _left_behind(process, environment["TMPDIR"])
    for line in left:
        print("left behind: " + line)
    if status < 0:
        print("CRASH: it was ended by signal {}".format(-status))
    return 1 if status or left else 0


def _environment(folder: str, paths: List[str]) -> Dict[str, str]:
    for room in ("work", "tmp", "meet"):
        os.mkdir(os.path.join(folder, room))
    here = [os.getcwd(), os.path.dirname(os.path.abspath(sys.argv[0]))]
    path = [folder, *paths, *here, *filter(None, [os.environ.get("PYTHONPATH")])]
    added = {
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONFAULTHANDLER": "1",
        "TMPDIR": os.path.join(folder, "tmp"),
        "CONFORMANCE_MEETING": os.path.join(folder, "meet"),
    }
    return dict(os.environ, **added)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _left_behind(process: "subprocess.Popen[bytes]", temporary: str) -> List[str]:
    """What is seen at once: processes of its session's group, and files in the temporary directory."""
    found = ["temporary files: " + name for name in sorted(os.listdir(temporary))]
    patience = Patience(_GRACE)
    try:
        while hasattr(os, "killpg"):
            os.killpg(process.pid, 0)
            if patience.left() <= 0:
                found.append("running processes, now ended")
                os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # None is left.
    return found


def play() -> None:
    """Entry of the process that plays the spec: the case is its only argument."""
    case = json.loads(sys.argv[1])
    del sys.argv[1:]
    faulthandler.dump_traceback_later(case["deadline"])
    spec = getattr(asserts.load(case["module"]), case["function"])
    importlib.import_module(case["target"])
    try:
        spec(Subject(case["target"], case["method"], case["strict"]))
    except Deviation as error:
        traceback.print_exc()
        print("FAIL: {}".format(error.message))
        print("  expected " + error.expected)
        print("  got      " + error.got)
        status = 1
    except BaseException as error:
        traceback.print_exc()
        print("FAIL: {}: {}".format(type(error).__name__, error))
        status = 1
    else:
        print("PASS: as required")
        status = 0
    faulthandler.cancel_dump_traceback_later()
    sys.exit(status)
