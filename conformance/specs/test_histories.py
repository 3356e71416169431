"""Histories of several processes at work at the same time, judged by what no correct object can have given."""

import time
from functools import partial

from conformance.gates import Gate, Mailbox
from conformance.models.history import (
    by_producer,
    check_bound,
    check_delivery,
    check_exclusion,
    check_generations,
    check_order,
)
from conformance.requirement import requirement
from conformance.specs.aids import ended

WORKERS = 3
ROUNDS = 120
PAD = 300
"""Bytes with every third item: so the pipe fills, and writers and readers wait for each other."""


def timed(function, *args):
    start = time.monotonic()
    value = function(*args)
    return value, (start, time.monotonic())


def put_many(items, box, gate, producer):
    gate.wait()
    done = []
    for number in range(ROUNDS):
        span = timed(items.put, (producer, number, b"x" * PAD * (number % 3 == 0)))[1]
        done.append(((producer, number), span))
    box.post(("puts", done))


def take_many(items, box, gate, finish):
    gate.wait()
    done = []
    while True:
        item, span = timed(items.get)
        if item is None:
            break
        done.append((item[:2], span))
        finish()
    box.post(("takes", done))


def nothing_more():
    pass


def work():
    """Take a moment, that is time enough for others to come in between if they can."""
    sum(range(10_000))


def work_and_tell(items):
    work()
    items.task_done()


def traffic(mp, items, finish=nothing_more, after=nothing_more):
    """The puts and the takes of several producers and consumers. after: called when all has been put."""
    box, gate = Mailbox(), Gate()
    makers = [mp.Process(target=put_many, args=(items, box, gate, number)) for number in range(WORKERS)]
    takers = [mp.Process(target=take_many, args=(items, box, gate, finish)) for _ in range(WORKERS)]
    with everybody(makers + takers):
        gate.open()
        box.wait(WORKERS)
        after()
        for child in makers:
            ended(child)
        for _ in takers:
            items.put(None)
        letters = box.wait(2 * WORKERS)
    return [[entry for kind, done in letters if kind == wanted for entry in done] for wanted in ("puts", "takes")]


class everybody:
    """Children that are started on entry, and have ended, or are killed, on leaving."""

    def __init__(self, children):
        self._children = children

    def __enter__(self):
        for child in self._children:
            child.daemon = True
            child.start()

    def __exit__(self, kind, error, trace):
        for child in self._children:
            if kind is not None:
                child.terminate()
            ended(child)


def check_each_producer(puts, takes):
    takes = by_producer(takes)
    for producer, done in by_producer(puts).items():
        check_order(done, takes.get(producer, []))


@requirement("queue.histories")
def test_queue_delivers_everything_once_and_in_order_under_traffic(mp):
    """Nothing is lost or doubled, and each producer's items are taken in its order, whoever takes them."""
    puts, takes = traffic(mp, mp.Queue())
    check_delivery(puts, takes)
    check_each_producer(puts, takes)


@requirement("queue.histories")
def test_queue_keeps_its_bound_under_traffic(mp):
    """A bounded queue never holds more than its size, and delivers all the same."""
    puts, takes = traffic(mp, mp.Queue(2))
    check_delivery(puts, takes)
    check_each_producer(puts, takes)
    check_bound(puts, takes, 2)


@requirement("simplequeue.histories")
def test_simplequeue_delivers_everything_once_and_in_order_under_traffic(mp):
    """What was put before, by whomever, is taken before."""
    puts, takes = traffic(mp, mp.SimpleQueue())
    check_delivery(puts, takes)
    check_order(puts, takes)


@requirement("joinablequeue.histories")
def test_joinablequeue_join_outlasts_all_that_is_to_be_done_under_traffic(mp):
    """join() returns once everything has been taken and called done, not before."""
    items, joined = mp.JoinableQueue(), []
    puts, takes = traffic(mp, items, partial(work_and_tell, items), lambda: joined.append(timed(items.join)[1][1]))
    check_delivery(puts, takes)
    latest = max(span[0] for _, span in takes)
    assert latest <= joined[0], "when join() returned, beside the start of the last get()"


def stay_often(lock, box, gate):
    gate.wait()
    stays = []
    for number in range(ROUNDS):
        if number % 2:
            lock.acquire()
        else:
            while not lock.acquire(False):
                pass
        entered = time.monotonic()
        work()
        stays.append((entered, time.monotonic()))
        lock.release()
    box.post(stays)


def stays_in(mp, lock):
    box, gate = Mailbox(), Gate()
    with everybody([mp.Process(target=stay_often, args=(lock, box, gate)) for _ in range(WORKERS)]):
        gate.open()
        return [stay for stays in box.wait(WORKERS) for stay in stays]


@requirement("lock.histories")
def test_lock_excludes_under_contention(mp):
    """Of several processes that take it again and again, one at a time holds the lock."""
    check_exclusion(stays_in(mp, mp.Lock()))


@requirement("rlock.histories")
def test_rlock_excludes_under_contention(mp):
    """Of several processes that take it again and again, one at a time holds the lock."""
    check_exclusion(stays_in(mp, mp.RLock()))


@requirement("semaphore.histories")
def test_semaphore_admits_as_many_as_its_value_under_contention(mp):
    """Never more than the initial value are inside, and all come in."""
    semaphore = mp.Semaphore(2)
    check_exclusion(stays_in(mp, semaphore), 2)
    assert 2 == semaphore.get_value(), "value when all have left"


@requirement("boundedsemaphore.histories")
def test_boundedsemaphore_admits_as_many_as_its_value_under_contention(mp):
    """Never more than the initial value are inside, and all come in."""
    semaphore = mp.BoundedSemaphore(2)
    check_exclusion(stays_in(mp, semaphore), 2)
    assert 2 == semaphore.get_value(), "value when all have left"


def gather_often(barrier, box, gate):
    gate.wait()
    box.post([timed(barrier.wait) for _ in range(ROUNDS // 3)])


@requirement("barrier.histories")
def test_barrier_lets_generations_go_one_by_one(mp):
    """Nobody leaves before all of its generation have come, and each has a number of its own."""
    barrier, box, gate = mp.Barrier(WORKERS), Mailbox(), Gate()
    with everybody([mp.Process(target=gather_often, args=(barrier, box, gate)) for _ in range(WORKERS)]):
        gate.open()
        check_generations(box.wait(WORKERS), WORKERS)
