"""Processes that work for a benchmark, and what their work cost.

Runs in the interpreter that is measured: stdlib only.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Any

try:
    from resource import RUSAGE_CHILDREN, getrusage
except ImportError:  # Windows, which does not tell what children cost
    getrusage = None  # type: ignore[assignment]  # looked at before each use

Cost = dict[str, float]
"""wall: seconds. cpu: seconds of user and system time of all processes. busiest: of the process that needed most."""


def cpu_of_children() -> float:
    """Seconds of user and system time of the children that were waited for; 0 where that is not told."""
    if getrusage is None:
        return 0.0
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def here(work: Callable[[], object], *, children: bool = False) -> Cost:
    """What `work` costs in this process. children: and in those that it starts and waits for."""
    mine, theirs, start = time.process_time(), cpu_of_children(), time.perf_counter()
    work()
    wall = time.perf_counter() - start
    mine = time.process_time() - mine
    theirs = cpu_of_children() - theirs if children else 0.0
    return {"wall": wall, "cpu": mine + theirs, "busiest": mine}


def together(mp: Any, *works: Callable[[], object]) -> Cost:
    """What `works` cost, each in a forked child of its own, begun at the same moment."""
    ready, go, told = os.pipe(), os.pipe(), os.pipe()
    children = [mp.Process(target=_work, args=(work, ready, go, told)) for work in works]
    for child in children:
        child.start()
    _read(ready[0], len(children))
    start = time.perf_counter()
    os.write(go[1], b"!" * len(children))
    text = b""
    while text.count(b"\n") < len(children):
        text += os.read(told[0], 65536)
    wall = time.perf_counter() - start
    for child in children:
        child.join()
    for handle in (*ready, *go, *told):
        os.close(handle)
    costs = [json.loads(line) for line in text.splitlines()]
    return {"wall": wall, "cpu": sum(costs), "busiest": max(costs)}


def _work(work: Callable[[], object], ready: tuple[int, int], go: tuple[int, int], told: tuple[int, int]) -> None:
    os.write(ready[1], b"!")
    _read(go[0], 1)
    before = time.process_time()
    work()
    os.write(told[1], json.dumps(time.process_time() - before).encode() + b"\n")


def _read(handle: int, count: int) -> None:
    while count:
        count -= len(os.read(handle, count))


def peak_kib() -> int:
    """The most memory that this process has had, in KiB, since it was last reset."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))


def reset_peak() -> None:
    """Let the peak begin at what is in use now."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
