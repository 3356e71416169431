"""Queue.get: waiting, not waiting, waiting for a time, and items that cannot be rebuilt."""

import queue
import threading

from conformance.clocks import eventually, never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, SHORT, TICK, Call, Refusal, Unloadable, jumping_clock, running
from conformance.specs.slow_motion import slowly


def put_at(items, gate, value):
    gate.wait()
    items.put(value)


def post_item(items, box, *arguments):
    box.post("getting")
    box.post(items.get(*arguments))


def rebuild_at(box, gate):
    box.post("rebuilding")
    gate.wait()
    return "slow"


class SlowToRebuild:
    """A value that is rebuilt only once a gate opens."""

    def __init__(self, box, gate):
        self.box, self.gate = box, gate

    def __reduce__(self):
        return rebuild_at, (self.box, self.gate)


@requirement("queue.get.blocks")
def test_queue_get_waits_for_an_item(mp):
    """get() returns only once another process has put an item, and gives that item."""
    items, gate = mp.Queue(), Gate()
    with running(mp, put_at, args=(items, gate, "item")):
        call = Call(items.get)
        never(call.returned, "the return of get() from an empty queue")
        gate.open()
        assert "item" == call.result(), "what get() returned"


@requirement("queue.get.blocks")
def test_queue_get_waits_in_a_child(mp):
    """get() in a child waits until the parent has put an item."""
    items, box = mp.Queue(), Mailbox()
    with running(mp, post_item, args=(items, box)):
        box.wait()
        never(lambda: len(box.letters()) > 1, "the return of get() from an empty queue")
        Call(items.put, "item").result()
        assert ["getting", "item"] == box.wait(2), "what get() returned in the child"


@requirement("queue.get.nowait.empty")
def test_queue_get_without_waiting_raises_empty(mp):
    """get(False), get(block=False) and get_nowait() raise Empty when nothing is there."""
    items = mp.Queue()
    for get in (lambda: items.get(False), lambda: items.get(block=False), items.get_nowait):
        with mp.raises(queue.Empty):
            Call(get).result()


@requirement("queue.get.nowait.empty")
def test_queue_get_without_waiting_takes_what_is_there(mp):
    """Once an item has arrived get takes it without waiting, and raises Empty again thereafter."""
    items = mp.Queue()
    forms = (items.get_nowait, lambda: items.get(False), lambda: items.get(block=False))
    for number, get in enumerate(forms):
        items.put(number)
        eventually(lambda: not items.empty(), "arrival of the item")
        assert number == Call(get).result(), "what get returned without waiting"
        with mp.raises(queue.Empty):
            Call(get).result()


@requirement("queue.get.timeout.empty")
def test_queue_get_raises_empty_after_its_timeout(mp):
    """With nothing put, get(timeout=t) raises Empty after t seconds, not before."""
    items = mp.Queue()
    for call in (Call(items.get, True, SHORT), Call(items.get, timeout=SHORT)):
        with mp.raises(queue.Empty):
            call.result()
        assert SHORT - TICK <= call.seconds, "seconds that get(timeout) took"


@requirement("queue.get.timeout.empty")
def test_queue_get_waits_its_time_though_others_took_what_came(mp):
    """Of several readers that an item wakes one gets it; each of the others waits until its own time is over."""
    items = mp.Queue()
    # Whoever is woken takes its time, so that the item is still there for all to see.
    calls = [Call(slowly, mp, items.get, True, 8 * SHORT) for _ in range(4)]
    # Later, when all wait.
    threading.Timer(4 * SHORT, items.put, ["item"]).start()
    for call in calls:
        try:
            call.result()
        except queue.Empty:
            assert 8 * SHORT - TICK <= call.seconds, "seconds that get(timeout) took"


@requirement("queue.get.timeout.empty")
def test_queue_get_timeout_ignores_the_wall_clock(mp):
    """A system clock that is put forward does not cut get(timeout=t) short."""
    items = mp.Queue()
    with jumping_clock():
        call = Call(items.get, True, SHORT)
        with mp.raises(queue.Empty):
            call.result()
    assert SHORT - TICK <= call.seconds, "seconds that get(timeout) took"


@requirement("queue.get.timeout.item")
def test_queue_get_with_timeout_returns_an_item_in_time(mp):
    """get(timeout=t) returns an item that another process puts before the time is over."""
    items, gate = mp.Queue(), Gate()
    with running(mp, put_at, args=(items, gate, "item")):
        call = Call(items.get, True, LONG)
        never(call.returned, "the return of get(timeout) from an empty queue")
        gate.open()
        assert "item" == call.result(), "what get(timeout) returned"


@requirement("queue.get.timeout.item")
def test_queue_get_with_timeout_zero_takes_what_is_there(mp):
    """get(timeout=0) returns an item that has arrived, and raises Empty otherwise."""
    items = mp.Queue()
    with mp.raises(queue.Empty):
        Call(items.get, True, 0).result()
    items.put("item")
    eventually(lambda: not items.empty(), "arrival of the item")
    assert "item" == Call(items.get, True, 0).result(), "what get(timeout=0) returned"


@requirement("queue.get.timeout-ignored")
def test_queue_get_without_waiting_ignores_its_timeout(mp):
    """get(False, t) does not wait."""
    items = mp.Queue()
    for call in (Call(items.get, False, LONG), Call(items.get, block=False, timeout=LONG)):
        with mp.raises(queue.Empty):
            call.result()


@requirement("queue.get.timeout-negative")
def test_queue_get_with_negative_timeout_does_not_wait(mp):
    """A negative timeout acts like zero: an item that is there is returned, else Empty is raised."""
    items = mp.Queue()
    for timeout in (-1, -0.001):
        with mp.raises(queue.Empty):
            Call(items.get, True, timeout).result()
        items.put("item")
        eventually(lambda: not items.empty(), "arrival of the item")
        assert "item" == Call(items.get, True, timeout).result(), f"what get(timeout={timeout}) returned"


@requirement("queue.get.timeout-lock")
def test_queue_get_timeout_covers_waiting_behind_other_readers(mp):
    """While another process waits in get(), a get with a timeout, or without waiting, still raises Empty."""
    items, box = mp.Queue(), Mailbox()
    with running(mp, post_item, args=(items, box)):
        box.wait()
        never(lambda: len(box.letters()) > 1, "the return of get() from an empty queue")
        timed, at_once = Call(items.get, True, SHORT), Call(items.get, False)
        for call in (timed, at_once):
            with mp.raises(queue.Empty):
                call.result()
        assert SHORT - TICK <= timed.seconds, "seconds that get(timeout) took"
        items.put("item")
        assert "item" == box.wait(2)[1], "what the other process got"


@requirement("queue.get.unpickle-error")
def test_queue_get_raises_what_rebuilding_raised(mp):
    """If rebuilding fails get raises that error, and the next get gives the next item."""
    items = mp.Queue()
    items.put(Unloadable())
    items.put("next")
    with mp.raises(Refusal):
        Call(items.get).result()
    assert "next" == Call(items.get).result(), "what the next get returned"


@requirement("queue.get.unpickle-error")
def test_queue_get_of_a_broken_item_frees_its_slot(mp):
    """An item that could not be rebuilt no longer counts, whether get had a timeout or none."""
    items = mp.Queue(1)
    for arguments in ((), (True, LONG)):
        Call(items.put, Unloadable(), True, LONG).result()
        with mp.raises(Refusal):
            Call(items.get, *arguments).result()
        assert False is items.full(), "full() after the failed get"


@requirement("queue.get.unpickle-unlocked")
def test_queue_get_rebuilds_without_keeping_others_waiting(mp):
    """While one process rebuilds an item, another gets the next one, whether with a timeout or without."""
    for arguments in ((), (True, LONG)):
        items, box, gate = mp.Queue(), Mailbox(), Gate()
        with running(mp, post_item, args=(items, box, *arguments)):
            items.put(SlowToRebuild(box, gate))
            assert ["getting", "rebuilding"] == box.wait(2), "what the child does"
            items.put("quick")
            assert "quick" == Call(items.get, *arguments).result(), "what get() returned meanwhile"
            gate.open()
            assert "slow" == box.wait(3)[2], "what the child got in the end"


@requirement("queue.get.closed")
def test_queue_get_on_a_closed_queue_is_refused(mp):
    """get in any form raises ValueError once the queue was closed in this process."""
    for used in (False, True):
        items = mp.Queue()
        if used:
            items.put("item")
        items.close()
        for arguments in ((), (False,), (True, LONG)):
            with mp.raises(ValueError):
                Call(items.get, *arguments).result()
        with mp.raises(ValueError):
            Call(items.get_nowait).result()


@requirement("queue.get.keyword-names")
def test_queue_put_and_get_take_keywords(mp):
    """obj, block and timeout can be given by name."""
    items = mp.Queue()
    assert None is items.put(obj="item", block=True, timeout=LONG), "what put() returned"
    assert "item" == Call(items.get, block=True, timeout=LONG).result(), "what get() returned"
    items.put_nowait(obj="other")
    assert "other" == Call(items.get, timeout=None).result(), "what get() returned"
