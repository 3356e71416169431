"""The benchmarks. Each is given the target's context and a number of rounds and says what they cost.

Runs in the interpreter that is measured, in a process of its own each time: stdlib only. What is measured begins
after everything has been started and warmed up.
"""

from __future__ import annotations

import importlib
import os
import queue
import time
from collections.abc import Callable
from typing import Any

from conformance.bench.crew import Cost, here, peak_kib, reset_peak, together

Run = Callable[[Any, int], Cost]


def nothing() -> None:
    """Return at once."""


def start_join(mp: Any, rounds: int) -> Cost:
    """Start a child that does nothing and join it."""

    def work() -> None:
        for _ in range(rounds):
            child = mp.Process(target=nothing)
            child.start()
            child.join()

    mp.Process(target=nothing).start()
    return here(work, children=True)


def _echo(taking: Any, giving: Any, rounds: int) -> Callable[[], None]:
    def work() -> None:
        for _ in range(rounds):
            giving.send(taking.recv())

    return work


def _ask(giving: Any, taking: Any, rounds: int) -> Callable[[], None]:
    def work() -> None:
        for number in range(rounds):
            giving.send(number)
            taking.recv()

    return work


def duplex_round_trip(mp: Any, rounds: int) -> Cost:
    """A small int there and back through a duplex pipe."""
    mine, theirs = mp.Pipe()
    return together(mp, _ask(mine, mine, rounds), _echo(theirs, theirs, rounds))


def simplex_round_trip(mp: Any, rounds: int) -> Cost:
    """A small int there and back through two simplex pipes."""
    (there_out, there_in), (back_out, back_in) = mp.Pipe(False), mp.Pipe(False)
    return together(mp, _ask(there_in, back_out, rounds), _echo(there_out, back_in, rounds))


def throughput(size: int) -> Run:
    """Bytes objects of one size through a simplex pipe."""

    def run(mp: Any, rounds: int) -> Cost:
        reader, writer = mp.Pipe(False)
        payload = os.urandom(size)

        def send() -> None:
            for _ in range(rounds):
                writer.send(payload)

        def receive() -> None:
            for _ in range(rounds):
                reader.recv()

        return together(mp, send, receive)

    return run


def extra_memory(size: int) -> Run:
    """Peak memory of sending and of receiving a big object beyond the object, as multiples of it."""

    def run(mp: Any, rounds: int) -> Cost:
        reader, writer = mp.Pipe()
        payload = os.urandom(size)
        told_out, told_in = os.pipe()

        def receive() -> None:
            reset_peak()
            before = peak_kib()
            received = reader.recv()
            os.write(told_in, str(peak_kib() - before).encode().rjust(20))
            assert len(received) == size

        child = mp.Process(target=receive)
        child.start()
        reset_peak()
        before = peak_kib()
        writer.send(payload)
        sent = peak_kib() - before
        got = int(os.read(told_out, 20))
        child.join()
        return {"payloads": (sent + got) * 1024 / size, "sender": sent * 1024 / size, "receiver": got * 1024 / size}

    return run


def traffic(kind: str, producers: int, consumers: int, item: Any) -> Run:
    """Items from producers to consumers through a queue."""

    def run(mp: Any, rounds: int) -> Cost:
        items = getattr(mp, kind)()
        each = rounds // producers

        def put() -> None:
            for _ in range(each):
                items.put(item)

        def get() -> None:
            for _ in range(each * producers // consumers):
                items.get()

        def put_all() -> None:
            put()
            if hasattr(items, "join_thread"):
                items.close()
                items.join_thread()

        return together(mp, *[put_all] * producers, *[get] * consumers)

    return run


def queue_round_trip(mp: Any, rounds: int) -> Cost:
    """An int there and back through two queues that are empty otherwise."""
    there, back = mp.Queue(), mp.Queue()

    def ask() -> None:
        for number in range(rounds):
            there.put(number)
            back.get()

    def echo() -> None:
        for _ in range(rounds):
            back.put(there.get())

    return together(mp, ask, echo)


def burst(mp: Any, rounds: int) -> Cost:
    """What a burst of puts costs the caller's thread."""
    items = mp.Queue()
    items.put(0)
    cost = _of_this_thread(lambda: [items.put(number) for number in range(rounds)])
    items.cancel_join_thread()
    return cost


def _of_this_thread(work: Callable[[], object]) -> Cost:
    before = time.thread_time()
    work()
    return {"cpu": time.thread_time() - before}


def get_with_timeout(mp: Any, rounds: int) -> Cost:
    """get(True, 10) of items that are there."""
    items, cost = mp.Queue(), 0.0
    for _ in range(rounds // _PIPEFUL):
        child = mp.Process(target=_fill, args=(items,))
        child.start()
        child.join()
        cost += here(lambda: [items.get(True, 10) for _ in range(_PIPEFUL)])["cpu"]
    return {"cpu": cost}


_PIPEFUL = 1000
"""Small items that a pipe takes without a reader."""


def _fill(items: Any) -> None:
    for number in range(_PIPEFUL):
        items.put(number)


def get_from_empty(mp: Any, rounds: int) -> Cost:
    """get(False) when nothing is there."""
    items = mp.Queue()

    def work() -> None:
        for _ in range(rounds):
            try:  # noqa: SIM105 - suppress() costs as much as what is measured
                items.get(False)
            except queue.Empty:
                pass

    return here(work)


def lock_alone(mp: Any, rounds: int) -> Cost:
    """`with lock:` that nobody else wants."""
    lock = mp.Lock()

    def work() -> None:
        for _ in range(rounds):
            with lock:
                pass

    return here(work)


def lock_contended(mp: Any, rounds: int) -> Cost:
    """`with lock:` by two processes."""
    lock = mp.Lock()

    def work() -> None:
        for _ in range(rounds // 2):
            with lock:
                pass

    return together(mp, work, work)


def event_wake(mp: Any, rounds: int) -> Cost:
    """Wake each other by two events."""
    events = [mp.Event(), mp.Event()]

    def player(mine: Any, other: Any) -> Callable[[], None]:
        def work() -> None:
            for _ in range(rounds):
                mine.wait()
                mine.clear()
                other.set()

        return work

    events[0].set()
    return together(mp, player(*events), player(*reversed(events)))


def wait_on(count: int) -> Run:
    """connection.wait on so many pipes, one of which is ready."""

    def run(mp: Any, rounds: int) -> Cost:
        wait = importlib.import_module(_package(mp) + ".connection").wait
        pipes = [mp.Pipe(False) for _ in range(count)]
        pipes[-1][1].send(0)
        readers = [reader for reader, _ in pipes]

        def work() -> None:
            for _ in range(rounds):
                wait(readers, 1)

        return here(work)

    return run


def _package(mp: Any) -> str:
    return type(mp).__module__.rpartition(".")[0]


def _hold(reading: int) -> None:
    os.read(reading, 1)


def start_among(count: int) -> Run:
    """start() while so many children live; what it costs the parent."""

    def run(mp: Any, rounds: int) -> Cost:
        reading, writing = os.pipe()
        crowd = [mp.Process(target=_hold, args=(reading,)) for _ in range(count)]
        for child in crowd:
            child.start()
        fresh: list[Any] = [mp.Process(target=_hold, args=(reading,)) for _ in range(rounds)]
        cost = here(lambda: [child.start() for child in fresh])
        os.write(writing, b"!" * (count + rounds))
        for child in [*crowd, *fresh]:
            child.join()
        return cost

    return run


def start_growth(count: int) -> Run:
    """start() while so many children live, as a multiple of what it costs while none does."""

    def run(mp: Any, rounds: int) -> Cost:
        alone, among = start_among(0)(mp, rounds), start_among(count)(mp, rounds)
        return {"growth": among["cpu"] / alone["cpu"]}

    return run


def active_among(count: int) -> Run:
    """active_children() while so many live."""

    def run(mp: Any, rounds: int) -> Cost:
        reading, writing = os.pipe()
        crowd = [mp.Process(target=_hold, args=(reading,)) for _ in range(count)]
        for child in crowd:
            child.start()
        cost = here(lambda: [mp.active_children() for _ in range(rounds)])
        os.write(writing, b"!" * count)
        for child in crowd:
            child.join()
        return cost

    return run
