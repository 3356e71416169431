"""Which benchmarks there are, how each is judged, and the goals that `reference` has set itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from conformance.bench import cases
from conformance.bench.cases import Run

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True)
class Case:
    """One benchmark.

    name: unique. run: what is measured; None: a whole program, see `program`. rounds: how often per run.
    gauge: the figure that decides: "cpu" and "busiest" are seconds of processor time, of all processes and of the one
    that needs most; "wall" seconds; "kib" memory; "payloads" memory as multiples of the payload; "growth" a cost as a
    multiple of the same where least is going on.
    floor, aim: least and wished ratio of the stdlib's figure to the target's. most: bounds of the target's own
    figure instead. quick: part of the quick form. late: floor and aim from Python 3.14 on, where they are not as
    `under` says. limited: whether `conformance.bench.limit` says how far one could get. held: whether all processes are
    held on one processor, where the system can do that; see `conformance.bench.measure`.
    """

    name: str
    title: str
    run: Run | None
    rounds: int
    gauge: str = "cpu"
    method: str = "fork"
    program: str = ""
    floor: float = 0.0
    aim: float = 0.0
    most: tuple[float, float] = (0.0, 0.0)
    quick: bool = True
    late: tuple[float, float] | None = None
    limited: bool = True
    held: bool = True

    def under(self, version: tuple[int, int]) -> Case:
        """The case with the goals for this Python: from 3.14 on, which is faster itself, nine tenths of each gain."""
        if version < (3, 14) or any(self.most):
            return self
        floor, aim = self.late or (_nine_tenths(self.floor), _nine_tenths(self.aim))
        return replace(self, floor=floor, aim=aim)


def _nine_tenths(goal: float) -> float:
    return 1 + 0.9 * (goal - 1) if goal > 1 else goal


_START_JOIN = """
if __name__ == "__main__":
    import TARGET
    context = TARGET.get_context("METHOD")
    import os, resource, time

    def cpu():
        return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))

    def once():
        worker = context.Process(target=os.getpid)
        worker.start()
        worker.join()

    once()
    before, start = cpu(), time.perf_counter()
    for _ in range(ROUNDS):
        once()
    print({"cpu": (cpu() - before) / ROUNDS, "wall": (time.perf_counter() - start) / ROUNDS})
"""
LIGHT = _START_JOIN
"""A program whose main module costs a spawned child nothing."""
HEAVY = "import TARGET\n" + _START_JOIN
"""One whose main module imports the target, which a spawned child then does again."""
MEMORY = """
def hold(connection):
    connection.send(0)
    connection.recv()

if __name__ == "__main__":
    import TARGET
    context = TARGET.get_context("METHOD")
    mine, theirs = context.Pipe()
    child = context.Process(target=hold, args=(theirs,))
    child.start()
    mine.recv()
    with open("/proc/%d/smaps_rollup" % child.pid) as file:
        kib = sum(int(line.split()[1]) for line in file if line.startswith("Private_"))
    mine.send(0)
    child.join()
    print({"kib": kib})
"""
"""A program that says how much private memory a child needs that waits for a message."""
IMPORT = "import TARGET\n"

_TRAFFIC = 20000

CASES = (
    Case("fork", "fork: start and join", cases.start_join, 40, floor=1.05, aim=1.2),
    Case(
        "spawn-light", "spawn: start and join, light main", None, 8, method="spawn", program=LIGHT, floor=1.8, aim=2.2
    ),
    Case(
        "spawn-heavy",
        "spawn: ..., main imports the package",
        None,
        8,
        method="spawn",
        program=HEAVY,
        floor=1.5,
        aim=2.0,
    ),
    Case(
        "forkserver",
        "forkserver, warm",
        None,
        20,
        "wall",
        "forkserver",
        program=HEAVY,
        floor=2.5,
        aim=5,
        late=(1.1, 1.3),  # there the stdlib's own server has loaded the main module
        held=False,  # how long it takes depends on who may work at the same time
    ),
    Case("import", "import, over `pass`", None, 1, program=IMPORT, floor=3, aim=5, limited=False),
    Case(
        "memory",
        "private memory of a spawned child",
        None,
        1,
        "kib",
        "spawn",
        program=MEMORY,
        floor=1 / 0.7,
        aim=2,
        limited=False,
    ),
    Case("pipe-duplex", "Pipe round trip, socketpair", cases.duplex_round_trip, 4000, floor=1.15, aim=1.25),
    Case("pipe-simplex", "Pipe round trip, two simplex", cases.simplex_round_trip, 4000, floor=1.35, aim=1.8),
    Case("pipe-64B", "Pipe, 64 B", cases.throughput(64), 20000, floor=1.7, aim=2.0),
    Case("pipe-4KiB", "Pipe, 4 KiB", cases.throughput(4 * KIB), 10000, floor=1.4, aim=1.8),
    Case("pipe-1MiB", "Pipe, 1 MiB", cases.throughput(MIB), 60, floor=2.0, aim=2.5),
    Case("pipe-64MiB", "Pipe, 64 MiB", cases.throughput(64 * MIB), 2, floor=2.3, aim=3.0, quick=False),
    Case(
        "memory-send",
        "peak extra memory of a big send and recv",
        cases.extra_memory(64 * MIB),
        1,
        "payloads",
        most=(1.3, 1.04),
        limited=False,
    ),
    Case(
        "queue-1-1-int", "Queue 1 to 1, ints", cases.traffic("Queue", 1, 1, 7), _TRAFFIC, "busiest", floor=2.2, aim=2.8
    ),
    Case(
        "queue-1-1-4KiB",
        "Queue 1 to 1, 4 KiB",
        cases.traffic("Queue", 1, 1, b"x" * 4096),
        _TRAFFIC // 2,
        "busiest",
        floor=1.7,
        aim=2.1,
    ),
    Case("queue-2-2", "Queue 2 to 2, ints", cases.traffic("Queue", 2, 2, 7), _TRAFFIC, floor=1.5, aim=1.8),
    Case("queue-4-4", "Queue 4 to 4, ints", cases.traffic("Queue", 4, 4, 7), _TRAFFIC, floor=1.5, aim=1.8, quick=False),
    Case("queue-4-1", "Queue 4 to 1, ints", cases.traffic("Queue", 4, 1, 7), _TRAFFIC, floor=1.3, aim=1.6),
    Case("queue-16-1", "Queue 16 to 1, ints", cases.traffic("Queue", 16, 1, 7), 16000, floor=1.3, aim=1.6, quick=False),
    Case("queue-idle", "Queue round trip, idle", cases.queue_round_trip, 2000, floor=2.0, aim=2.7),
    Case("queue-burst", "burst of puts by one caller", cases.burst, 20000, floor=0.8, aim=1.0, limited=False),
    Case(
        "simplequeue-int",
        "SimpleQueue 1 to 1, ints",
        cases.traffic("SimpleQueue", 1, 1, 7),
        _TRAFFIC,
        floor=1.9,
        aim=2.3,
    ),
    Case(
        "simplequeue-4KiB",
        "SimpleQueue 1 to 1, 4 KiB",
        cases.traffic("SimpleQueue", 1, 1, b"x" * 4096),
        _TRAFFIC // 2,
        floor=1.5,
        aim=1.9,
    ),
    Case("get-timeout", "get(timeout) with an item", cases.get_with_timeout, 10000, floor=1.8, aim=2.2),
    Case("get-empty", "get(False) on an empty queue", cases.get_from_empty, 10000, floor=2.5, aim=3.3),
    Case("lock", "`with Lock` alone", cases.lock_alone, 100000, floor=1.8, aim=2.0),
    Case("lock-contended", "`with Lock` by two", cases.lock_contended, 100000, floor=1.0, aim=1.2),
    Case("event", "Event wake-up", cases.event_wake, 1000, floor=1.0, aim=1.2, limited=False),
    Case("wait-1", "wait on 1 object", cases.wait_on(1), 5000, floor=1.0, aim=2.0),
    Case("wait-10", "wait on 10 objects", cases.wait_on(10), 3000, floor=2.3, aim=3.0),
    Case("wait-100", "wait on 100 objects", cases.wait_on(100), 500, floor=2.3, aim=3.0),
    Case("wait-500", "wait on 500 objects", cases.wait_on(500), 100, floor=2.3, aim=3.0, quick=False),
    Case("start-0", "start() at no live children", cases.start_among(0), 30, floor=1.0, aim=1.2, quick=False),
    Case("start-100", "start() at 100 live children", cases.start_among(100), 30, floor=1.0, aim=1.2, quick=False),
    Case("start-500", "start() at 500 live children", cases.start_among(500), 30, floor=1.0, aim=1.2, quick=False),
    Case(
        "start-growth",
        "start() at 500 live children over none",
        cases.start_growth(500),
        30,
        "growth",
        most=(1.3, 1.1),
        quick=False,
        limited=False,
    ),
    Case(
        "active-500",
        "active_children() at 500",
        cases.active_among(500),
        20,
        floor=1.0,
        aim=2.0,
        quick=False,
        limited=False,
    ),
)
