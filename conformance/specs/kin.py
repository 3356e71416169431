"""Processes as the system sees them: which run, and, on POSIX, whose children they are.

Linux is read from /proc; elsewhere `ps` is asked, on Windows the process itself. Stdlib only, syntax of Python 3.8.
"""

import os
import subprocess

try:
    import _winapi
except ImportError:  # another system
    _winapi = None

_PROC = "/proc/self/stat"
_SYNCHRONIZE = 0x100000


def _table():
    """(pid, ppid, state letter) of every process."""
    if not os.path.exists(_PROC):
        lines = subprocess.check_output(["ps", "-A", "-o", "pid=,ppid=,state="], universal_newlines=True).splitlines()
        return [(int(pid), int(ppid), state[0]) for pid, ppid, state in map(str.split, lines)]
    rows = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            row = _stat(int(name))
            if row is not None:
                rows.append(row)
    return rows


def _stat(pid):
    try:
        with open("/proc/{}/stat".format(pid), errors="replace") as file:
            state, ppid = file.read().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return pid, int(ppid), state


def state(pid):
    """The state of a process by ps's letter (R S D T Z ...), or "" when there is none."""
    if _winapi is not None:
        return _state_on_windows(pid)
    if os.path.exists(_PROC):
        row = _stat(pid)
        return "" if row is None else row[2]
    return next((letter for number, _, letter in _table() if number == pid), "")


def _state_on_windows(pid):
    try:
        process = _winapi.OpenProcess(_SYNCHRONIZE, False, pid)
    except OSError:
        return ""
    try:
        return "R" if _winapi.WaitForSingleObject(process, 0) == _winapi.WAIT_TIMEOUT else "Z"
    finally:
        _winapi.CloseHandle(process)


def is_running(pid):
    """Whether the process exists and has not ended; a zombie has."""
    return state(pid) not in ("", "Z", "X")


def exists(pid):
    """Whether the system still knows the process, be it as a zombie."""
    return state(pid) != ""


def children_of(pid):
    """The pids of its children that have not ended."""
    return [number for number, ppid, letter in _table() if ppid == pid and letter not in "ZX"]


def command_line(pid):
    """Its arguments, joined by blanks; "" when it has gone."""
    if not os.path.exists(_PROC):
        done = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], stdout=subprocess.PIPE, universal_newlines=True)
        return done.stdout.strip()
    try:
        with open("/proc/{}/cmdline".format(pid), errors="replace") as file:
            return file.read().replace("\0", " ").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def trackers_of(pid):
    """The pids of its children that run a resource tracker, told by their command line."""
    return [child for child in children_of(pid) if "resource_tracker" in command_line(child)]
