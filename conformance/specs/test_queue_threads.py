"""Threads around one queue: simultaneous first puts, a fork in the midst of a put, and waiting that costs nothing."""

import os
import queue
import threading

from conformance.clocks import eventually, never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, SHORT, Call, idles, running
from conformance.specs.deeds import tell
from conformance.specs.slow_motion import slowly


class HeldPut:
    """A put by a thread of its own, held up in its midst if the target logs anything there.

    What it holds then, it holds until `gate` opens. A target that does not log just puts.
    """

    def __init__(self, mp, items, item):
        self.gate = Gate()
        self._pid, self._inside = os.getpid(), threading.Event()
        logger = mp.get_logger()
        logger.setLevel(1)
        logger.addFilter(self._hold)  # Called without any lock of the logging module.
        self.call = Call(self._put, items, item)
        eventually(lambda: self._inside.is_set() or self.call.returned(), "the beginning of the put")

    def _put(self, items, item):
        self._thread = threading.get_ident()
        items.put(item)

    def _hold(self, record):
        if (os.getpid(), threading.get_ident()) == (self._pid, self._thread):
            self._inside.set()
            self.gate.wait()
        return False


def put_own(items):
    items.put("of the child")


@requirement("queue.feeder.one")
def test_queue_first_puts_of_two_threads_start_one_feeder(mp):
    """When two threads put at the same time, and nobody before, one feeder is started and both items arrive."""
    for items in (mp.Queue(), mp.JoinableQueue()):
        before = set(threading.enumerate())
        for call in [Call(slowly, mp, items.put, item) for item in ("first", "second")]:
            call.result()
        assert ["first", "second"] == sorted(Call(items.get).result() for _ in range(2)), "items received"
        feeders = [thread.name for thread in threading.enumerate() if thread not in before and "Feeder" in thread.name]
        assert ["QueueFeederThread"] == feeders, "feeders that the two puts started"


@requirement("queue.fork.during-put")
def test_queue_forked_during_a_put_works_in_the_child(mp):
    """A child forked while another thread of its parent was about to put can put all the same."""
    items = mp.Queue()
    held = HeldPut(mp, items, "of the parent")
    with running(mp, put_own, args=(items,)):
        pass
    held.gate.open()
    received = Call(lambda: sorted(items.get() for _ in range(2))).result()
    assert ["of the child", "of the parent"] == received, "items received"
    held.call.result()


@requirement("queue.fork.during-get")
def test_queue_forked_during_a_get_works_in_the_child(mp):
    """A child forked while a thread of its parent waits in get can get as well: of two items each gets one."""
    for items in (mp.Queue(), mp.JoinableQueue(), mp.SimpleQueue()):
        waiting, box = Call(items.get), Mailbox()
        never(waiting.returned, "the return of get() from an empty queue", SHORT)
        with running(mp, tell, args=(box, items.get)):
            items.put("first")
            items.put("second")
            received = [waiting.result(), *box.wait()]
        assert ["first", "second"] == sorted(received), "items received"


@requirement("queue.idle", platforms=["posix"])  # Windows counts by ticks of a sixtieth of a second
def test_queue_costs_no_processor_time_while_nothing_happens(mp):
    """A feeder without items, and threads that wait in get, put and join, do not use the processor."""
    empty, full, idle, unfinished = mp.Queue(), mp.Queue(1), mp.Queue(), mp.JoinableQueue()
    for items in (full, idle, unfinished):
        items.put("item")
    assert "item" == Call(idle.get).result(), "the item"
    calls = [Call(empty.get), Call(empty.get, True, LONG), Call(full.put, "next"), Call(full.put, "next", True, LONG)]
    calls.append(Call(unfinished.join))
    assert idles(), "whether it used less than 0.05 s of processor time in a second"
    unfinished.task_done()
    for _ in range(2):
        empty.put("item")
        Call(full.get).result()
    for call in calls:
        call.result()


@requirement("queue.feeder.start-failure")
def test_queue_tries_again_to_start_its_feeder(mp):
    """If its thread cannot be started put raises that error, and the next put tries again."""
    items = mp.Queue()
    refused = False
    start = threading.Thread.start
    threading.Thread.start = refuse_to_start
    try:
        items.put("first")
    except RuntimeError:
        refused = True
    finally:
        threading.Thread.start = start
    items.put("second")
    wanted = "second" if refused else "first"  # An implementation may start its threads by other means.
    assert wanted == Call(items.get).result(), "the item received"


def refuse_to_start(thread):
    raise RuntimeError("can't start new thread")


@requirement("queue.get.contested")
def test_queue_item_that_two_want_is_got_by_one(mp):
    """Of two threads that want the only item, with a timeout or without waiting, neither waits for what is gone."""
    items = mp.Queue()
    for arguments in ((True, SHORT), (True, 0), (False,)):
        items.put("item")
        eventually(lambda: not items.empty(), "arrival of the item")
        calls = [Call(slowly, mp, get_or_empty, items, *arguments) for _ in range(2)]
        gotten = [call.result() for call in calls]
        if "item" not in gotten:  # In slow motion any time may be over before the item is looked for.
            gotten.append(Call(items.get).result())
        assert 1 == gotten.count("item"), f"how often two get{arguments}, and one that waits, gave the item"


def get_or_empty(items, *arguments):
    try:
        return items.get(*arguments)
    except queue.Empty:
        return "Empty"
