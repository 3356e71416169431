"""Which processes there are: children, descendants, what they are doing; and how to stop or end one.

Linux's /proc where there is one, psutil elsewhere. Knows nothing of cells: the caller decides what to do
about whom it finds.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
from collections.abc import Collection, Iterator
from pathlib import Path

try:
    import psutil
except ImportError:
    # A Windows build under Wine cannot load its extension. Then nobody else's processes are known: a cell is ended
    # by its own handle, and what it leaves is not seen.
    psutil = None  # type: ignore[assignment]  # looked at before each use

PROC = Path("/proc")
# Wine shows Linux's /proc, but its processes have numbers of its own.
_HAS_PROC = os.name == "posix" and Path("/proc/self/stat").exists()
_HAS_PIDFD = hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal")
_LONG = 300


@dataclasses.dataclass(frozen=True)
class Inhabitant:
    """A process as it was when looked at.

    started: tells it from a later process with the same pid. state: a letter as in /proc; "Z" is dead.
    """

    pid: int
    ppid: int
    state: str
    started: str
    command: str

    @property
    def lives(self) -> bool:
        """Whether it had not ended yet; one that ended is kept until its parent asks for its status."""
        return self.state not in "ZX"

    def __str__(self) -> str:
        return f"process {self.pid} (parent {self.ppid}, state {self.state}): {self.command}"


def look(pid: int) -> Inhabitant | None:
    """What process `pid` is, or None when there is none (any more)."""
    return _look_in_proc(pid) if _HAS_PROC else _look_by_psutil(pid)


def _look_in_proc(pid: int) -> Inhabitant | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    # The name stands in parentheses and may itself contain some.
    name, _, rest = stat.partition("(")[2].rpartition(")")
    fields = rest.split()
    command = " ".join(part.decode(errors="replace") for part in arguments.split(b"\0") if part)
    return Inhabitant(pid, int(fields[1]), fields[0], fields[19], command[:_LONG] or f"[{name}]")


def _look_by_psutil(pid: int) -> Inhabitant | None:
    if psutil is None:
        return None
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            state = "Z" if process.status() == psutil.STATUS_ZOMBIE else process.status()[:1].upper()
            command = " ".join(process.cmdline()) if state != "Z" else f"[{process.name()}]"
            return Inhabitant(pid, process.ppid(), state, str(process.create_time()), command[:_LONG])
    except psutil.Error:
        return None


def children(pid: int) -> list[int]:
    """The pids of the children of `pid`, dead ones that nobody waited for included."""
    if _HAS_PROC:
        with contextlib.suppress(OSError):  # It has gone, or this kernel does not list children.
            found: list[int] = []
            for task in os.listdir(f"/proc/{pid}/task"):
                found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
            return found
    if psutil is None:
        return []
    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.Error:
        return []


def descendants(roots: Collection[int]) -> list[Inhabitant]:
    """`roots` and all below them that live, parents first."""
    found: list[Inhabitant] = []
    waiting, seen = list(roots), set()
    while waiting:
        pid = waiting.pop(0)
        if pid in seen:
            continue
        seen.add(pid)
        inhabitant = look(pid)
        if inhabitant is not None and inhabitant.lives:
            found.append(inhabitant)
            waiting += children(pid)
    return found


def is_same(inhabitant: Inhabitant) -> bool:
    """Whether that very process still lives."""
    now = look(inhabitant.pid)
    return now is not None and now.started == inhabitant.started and now.lives


def stop(inhabitant: Inhabitant) -> None:
    """Suspend it, if it still lives."""
    if hasattr(signal, "SIGSTOP"):
        _send(inhabitant, signal.SIGSTOP)
    elif is_same(inhabitant):
        with contextlib.suppress(psutil.Error):
            psutil.Process(inhabitant.pid).suspend()


def kill(inhabitant: Inhabitant) -> None:
    """End it at once, suspended or not, if it still lives."""
    if hasattr(signal, "SIGKILL"):
        _send(inhabitant, signal.SIGKILL)
    elif is_same(inhabitant):
        with contextlib.suppress(psutil.Error):
            psutil.Process(inhabitant.pid).kill()


def abort(inhabitant: Inhabitant) -> None:
    """Have it tell its stacks and end, suspended or not, if it still lives; without signals, just end it."""
    if hasattr(signal, "SIGCONT"):
        _send(inhabitant, signal.SIGABRT)
        _send(inhabitant, signal.SIGCONT)
    else:
        kill(inhabitant)


def _send(inhabitant: Inhabitant, signum: int) -> None:
    """Signal that very process, and no other that was given its pid since."""
    with contextlib.suppress(ProcessLookupError):
        if not _HAS_PIDFD:
            if is_same(inhabitant):
                os.kill(inhabitant.pid, signum)
            return
        handle = os.pidfd_open(inhabitant.pid)
        try:
            if is_same(inhabitant):
                signal.pidfd_send_signal(handle, signum)
        finally:
            os.close(handle)


def marked(variable: str, value: str) -> list[Inhabitant]:
    """All living processes that were executed with `variable` set to `value` in their environment."""
    found = (look(pid) for pid in (_marked_in_proc if _HAS_PROC else _marked_by_psutil)(variable, value))
    return [inhabitant for inhabitant in found if inhabitant is not None and inhabitant.lives]


def _marked_in_proc(variable: str, value: str) -> Iterator[int]:
    wanted = f"{variable}={value}".encode()
    for name in os.listdir(PROC):
        if name.isdigit():
            with contextlib.suppress(OSError):  # Gone, or another user's.
                if wanted in Path(f"/proc/{name}/environ").read_bytes().split(b"\0"):
                    yield int(name)


def _marked_by_psutil(variable: str, value: str) -> Iterator[int]:
    for process in psutil.process_iter() if psutil is not None else ():
        with contextlib.suppress(psutil.Error, OSError):  # Gone, or another user's.
            if process.environ().get(variable) == value:
                yield process.pid


def hunger(pid: int) -> float:
    """Seconds that process `pid` has been ready to run without a processor; 0 where that is not told."""
    if not _HAS_PROC:
        return 0.0
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0
