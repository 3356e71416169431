"""Which processes there are: children, descendants, what they are doing. Linux's /proc; psutil elsewhere.

Knows nothing of cells. The caller decides what to do about whom it finds.
"""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Collection
from pathlib import Path

import psutil


@dataclasses.dataclass(frozen=True)
class Inhabitant:
    """A process as it was when looked at. `started` tells it from a later one with the same pid."""

    pid: int
    ppid: int
    state: str
    started: str
    ticks: int
    command: str

    def __str__(self) -> str:
        return f"process {self.pid} (parent {self.ppid}, state {self.state}): {self.command}"


def look(pid: int) -> Inhabitant | None:
    """What process `pid` is, or None when there is none (any more)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    # The name stands in parentheses and may itself contain some.
    name, _, rest = stat.partition("(")[2].rpartition(")")
    fields = rest.split()
    command = " ".join(part.decode(errors="replace") for part in arguments.split(b"\0") if part)
    return Inhabitant(
        pid=pid,
        ppid=int(fields[1]),
        state=fields[0],
        started=fields[19],
        ticks=int(fields[11]) + int(fields[12]),
        command=command[:300] or f"[{name}]",
    )


def children(pid: int) -> list[int]:
    """The pids of the children of `pid`, dead ones that nobody waited for included."""
    try:
        found: list[int] = []
        for task in os.listdir(f"/proc/{pid}/task"):
            found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
        return found
    except OSError:
        pass  # The process has gone, or this kernel does not list children.
    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.Error:
        return []


def descendants(roots: Collection[int], spare: Collection[int] = ()) -> list[Inhabitant]:
    """`roots` and all below them that live, parents first, without those below or in `spare`."""
    found: list[Inhabitant] = []
    waiting, seen = list(roots), set(spare)
    while waiting:
        pid = waiting.pop(0)
        if pid in seen:
            continue
        seen.add(pid)
        inhabitant = look(pid)
        if inhabitant is None or inhabitant.state in "ZX":
            continue
        found.append(inhabitant)
        waiting += children(pid)
    return found


def send(inhabitant: Inhabitant, signum: int) -> bool:
    """Signal that very process; False when it has gone, even if its pid was given to another."""
    try:
        handle = os.pidfd_open(inhabitant.pid)
    except ProcessLookupError:
        return False
    try:
        now = look(inhabitant.pid)
        if now is None or now.started != inhabitant.started:
            return False
        signal.pidfd_send_signal(handle, signum)
        return True
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)


def marked(variable: str, value: str) -> list[Inhabitant]:
    """All living processes that were executed with `variable` set to `value` in their environment."""
    wanted = f"{variable}={value}".encode()
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            environment = Path(f"/proc/{name}/environ").read_bytes()
        except OSError:
            continue  # Gone, or another user's.
        if wanted in environment.split(b"\0"):
            inhabitant = look(int(name))
            if inhabitant is not None and inhabitant.state not in "ZX":
                found.append(inhabitant)
    return found


def hunger(pid: int) -> float:
    """Seconds that process `pid` has been ready to run without a processor; 0 where that is not told."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0
