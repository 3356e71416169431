"""SimpleQueue: a pipe with locks; no feeder, no bound, no timeouts."""

import os
import pickle
import threading

from conformance.clocks import never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import (
    BIG,
    Call,
    Refusal,
    Unloadable,
    Unpicklable,
    after_failure,
    alarms,
    launch_helpers,
    open_descriptors,
    running,
)

SIZES = (1, 50, 4_000, 17_000, 65_530, 70_000, 10)


def payload(number):
    return bytes([number]) * SIZES[number % len(SIZES)]


def put_numbered(items):
    for number in range(100):
        items.put((number, payload(number)))


def produce(items, gate):
    gate.wait()
    for number in range(40):
        items.put((os.getpid(), number, payload(number)))


def consume(items):
    """What is got up to a None: producer, number and whether the payload is whole."""
    return [(name, number, payload(number) == data) for name, number, data in iter(items.get, None)]


def post_consumed(items, box):
    box.post(consume(items))


def post_empty(items, box):
    box.post(items.empty())
    items.put("item")
    box.post(items.empty())
    items.get()
    box.post(items.empty())


def post_item(items, box):
    box.post("getting")
    box.post(items.get())


def reduce_at(box, gate):
    box.post("pickling")
    gate.wait()
    return str, ("slow",)


class SlowToPickle:
    """A value that is pickled only once a gate opens; it becomes the text "slow"."""

    def __init__(self, box, gate):
        self.box, self.gate = box, gate

    def __reduce__(self):
        return reduce_at(self.box, self.gate)


def put_slow_item(items, box, gate):
    items.put(SlowToPickle(box, gate))


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


@requirement("simplequeue.fifo")
def test_simplequeue_delivers_in_order(mp):
    """Items of any size come out in the order in which a child put them."""
    items = mp.SimpleQueue()
    with running(mp, put_numbered, args=(items,)):
        received = Call(lambda: [items.get() for _ in range(100)]).result()
    assert list(range(100)) == [number for number, _ in received], "order of arrival"
    assert [] == [number for number, data in received if data != payload(number)], "items with another payload"


@requirement("simplequeue.fifo")
def test_simplequeue_holds_several_items_in_order(mp):
    """Items that wait in the queue together come out first in, first out, as they were put."""
    items = mp.SimpleQueue()
    values = [3, None, "text", False, [1], 3, b"", {}]
    for value in values:
        items.put(value)
    assert values == Call(lambda: [items.get() for _ in values]).result(), "items received"


@requirement("simplequeue.multi-producer")
def test_simplequeue_serves_several_producers_and_consumers(mp):
    """Three producers and two consumers, in processes and threads: every item arrives whole, exactly once."""
    items, gate, box = mp.SimpleQueue(), Gate(), Mailbox()
    with running(mp, post_consumed, args=(items, box)):
        with running(mp, produce, produce, args=(items, gate)):
            producing, consuming = Call(produce, items, gate), Call(consume, items)
            gate.open()
        producing.result()
        items.put(None)
        items.put(None)
        received = consuming.result() + box.first()
    assert [] == [item for item in received if not item[2]], "items with another payload"
    producers = {name for name, _, _ in received}
    assert 3 == len(producers), "number of producers heard"
    expected = [(name, number) for name in sorted(producers) for number in range(40)]
    assert expected == sorted(item[:2] for item in received), "items received"


@requirement("simplequeue.no-maxsize")
def test_simplequeue_takes_no_size(mp):
    """SimpleQueue(5) and SimpleQueue(maxsize=5) raise TypeError."""
    with mp.raises(TypeError):
        mp.SimpleQueue(5)
    with mp.raises(TypeError):
        mp.SimpleQueue(maxsize=5)


@requirement("simplequeue.put.synchronous")
def test_simplequeue_put_waits_while_the_pipe_is_full(mp):
    """put of more than the pipe holds returns only once somebody gets."""
    items = mp.SimpleQueue()
    putting = Call(items.put, bytes(BIG))
    never(putting.returned, "the return of a put() that nobody reads")
    assert BIG == len(Call(items.get).result()), "length of the item"
    putting.result()


@requirement("simplequeue.put.unpicklable")
def test_simplequeue_put_raises_what_pickling_raised(mp):
    """put of an unpicklable item raises in the caller; the queue stays empty and usable."""
    items = mp.SimpleQueue()
    for _ in range(2):
        with mp.raises(Refusal):
            Call(items.put, ["good", Unpicklable()]).result()
    assert True is items.empty(), "empty() after the failed put"
    Call(items.put, "next").result()
    assert "next" == Call(items.get).result(), "the item received"


@requirement("simplequeue.put.pickle-unlocked")
def test_simplequeue_put_pickles_without_keeping_others_waiting(mp):
    """While one process pickles an item, others put and get theirs."""
    items, box, gate = mp.SimpleQueue(), Mailbox(), Gate()
    with running(mp, put_slow_item, args=(items, box, gate)):
        box.wait()
        Call(items.put, "quick").result()
        assert "quick" == Call(items.get).result(), "the item received meanwhile"
        gate.open()
        assert "slow" == Call(items.get).result(), "the item received in the end"


@requirement("simplequeue.put.visible-at-once")
def test_simplequeue_item_is_there_once_put_returned(mp):
    """empty is False right after put."""
    items = mp.SimpleQueue()
    for _ in range(50):
        items.put("item")
        assert False is items.empty(), "empty() right after put()"
        Call(items.get).result()


@requirement("simplequeue.put.write-error")
def test_simplequeue_put_without_reader_is_an_error_each_time(mp):
    """With no reading end left put raises BrokenPipeError, and so does the next: nothing is held by the first."""
    launch_helpers(mp)
    items = mp.SimpleQueue()
    items._reader.close()
    for _ in range(2):
        with mp.raises(BrokenPipeError):
            Call(items.put, "lost").result()


@requirement("simplequeue.get.blocks")
def test_simplequeue_get_waits_for_an_item(mp):
    """get in a child returns only once the parent has put an item, and removes it."""
    items, box = mp.SimpleQueue(), Mailbox()
    with running(mp, post_item, args=(items, box)):
        box.wait()
        never(lambda: len(box.letters()) > 1, "the return of get() from an empty queue")
        Call(items.put, "item").result()
        assert ["getting", "item"] == box.wait(2), "what get() returned in the child"
    assert True is items.empty(), "empty() after the item was taken"


@requirement("simplequeue.get.unpickle-error")
def test_simplequeue_get_raises_what_rebuilding_raised(mp):
    """If rebuilding fails get raises that error, and the next get gives the next item."""
    items = mp.SimpleQueue()
    items.put(Unloadable())
    items.put("next")
    with mp.raises(Refusal):
        Call(items.get).result()
    assert "next" == Call(items.get).result(), "what the next get returned"


@requirement("simplequeue.get.unpickle-unlocked")
def test_simplequeue_get_rebuilds_without_keeping_others_waiting(mp):
    """While one process rebuilds an item, another gets the next one."""
    items, box, gate = mp.SimpleQueue(), Mailbox(), Gate()
    with running(mp, post_item, args=(items, box)):
        items.put(SlowToRebuild(box, gate))
        assert ["getting", "rebuilding"] == box.wait(2), "what the child does"
        items.put("quick")
        assert "quick" == Call(items.get).result(), "what get() returned meanwhile"
        gate.open()
        assert "slow" == box.wait(3)[2], "what the child got in the end"


@requirement("simplequeue.interrupted")
def test_simplequeue_is_usable_after_an_exception_ended_get(mp):
    """A get that a signal handler's exception ended has taken nothing and keeps nobody waiting."""
    items = mp.SimpleQueue()
    with alarms() as ticks:
        rescue = after_failure(ticks, items.put, "next")
        with mp.raises(Refusal):
            ticks.fail()
            items.get()
        rescue.result()
    assert "next" == Call(items.get).result(), "the item put after the interrupted get"


@requirement("simplequeue.get.no-timeout")
def test_simplequeue_get_takes_neither_block_nor_timeout(mp):
    """get refuses block and timeout, put refuses them too, and the nowait methods are absent."""
    items = mp.SimpleQueue()
    for call in (
        lambda: items.get(False),
        lambda: items.get(timeout=0),
        lambda: items.put("x", False),
        lambda: items.put("x", timeout=0),
    ):
        with mp.raises(TypeError):
            Call(call).result()
    assert [] == [name for name in ("get_nowait", "put_nowait") if hasattr(items, name)], "nowait methods"


@requirement("simplequeue.empty")
def test_simplequeue_empty_tells_whether_an_item_waits(mp):
    """empty is True for a new queue, False while items wait, True after the last is taken."""
    items = mp.SimpleQueue()
    states = [items.empty()]
    for _ in range(2):
        items.put("item")
        states.append(items.empty())
    for _ in range(2):
        Call(items.get).result()
        states.append(items.empty())
    assert [True, False, False, False, True] == states, "empty() with 0, 1, 2, 1, 0 items"


@requirement("simplequeue.empty")
def test_simplequeue_empty_works_in_a_child(mp):
    """empty tells the same in a process that received the queue as an argument."""
    items, box = mp.SimpleQueue(), Mailbox()
    with running(mp, post_empty, args=(items, box)):
        assert [True, False, True] == box.wait(3), "empty() in the child: new, after put, after get"


@requirement("simplequeue.empty.closed", needs=("SimpleQueue.close",))
def test_simplequeue_empty_of_a_closed_queue_is_refused(mp):
    """empty on a closed queue raises OSError."""
    items = mp.SimpleQueue()
    items.put("item")
    items.close()
    with mp.raises(OSError):
        items.empty()


@requirement("simplequeue.close", needs=("SimpleQueue.close",), platforms=["posix"])  # where descriptors can be counted
def test_simplequeue_close_closes_the_descriptors(mp):
    """close releases both descriptors of each queue, though the queue itself is still held."""
    mp.SimpleQueue()  # What the first queue brings along, like a resource tracker, is not counted.
    queues = [mp.SimpleQueue() for _ in range(5)]
    before = open_descriptors()
    for items in queues:
        items.put("item")
        items.close()
    assert before - 10 == open_descriptors(), "open descriptors, five pipes less"


@requirement("simplequeue.close", needs=("SimpleQueue.close",))
def test_simplequeue_close_does_not_wait_for_readers(mp):
    """close returns while a child waits in get, which ends with EOFError as this was the last writer."""
    items, box = mp.SimpleQueue(), Mailbox()
    with running(mp, post_end, args=(items, box)):
        box.wait()
        never(lambda: len(box.letters()) > 1, "the return of get() from an empty queue", glance=0.05)
        Call(items.close).result()
        assert "EOFError" == box.wait(2)[1], "what get() raised in the child"


def post_end(items, box):
    items._writer.close()
    box.post("getting")
    try:
        box.post(items.get())
    except EOFError:
        box.post("EOFError")


@requirement("simplequeue.close.then-use", needs=("SimpleQueue.close",))
def test_simplequeue_refuses_use_after_close(mp):
    """get and put on a closed queue raise OSError."""
    items = mp.SimpleQueue()
    items.put("item")
    items.close()
    with mp.raises(OSError):
        Call(items.get).result()
    with mp.raises(OSError):
        Call(items.put, "x").result()


@requirement("simplequeue.close.idempotent", needs=("SimpleQueue.close",))
def test_simplequeue_close_can_be_repeated(mp):
    """A second close does nothing, on a used and on an unused queue."""
    for used in (False, True):
        items = mp.SimpleQueue()
        if used:
            items.put("item")
        assert [None, None] == [items.close(), items.close()], "what close() returned"


@requirement("simplequeue.no-thread")
def test_simplequeue_starts_no_thread(mp):
    """Making, putting and getting start no thread."""
    before = threading.active_count()
    items = mp.SimpleQueue()
    items.put("item")
    assert "item" == items.get(), "the item"
    assert before == threading.active_count(), "number of threads"


@requirement("simplequeue.pickle.outside")
def test_simplequeue_cannot_be_pickled_otherwise(mp):
    """Pickling a SimpleQueue, or putting it into a queue, raises RuntimeError."""
    items = mp.SimpleQueue()
    with mp.raises(RuntimeError):
        pickle.dumps(items)
    with mp.raises(RuntimeError):
        items.put(items)
    assert True is items.empty(), "empty() afterwards"


@requirement("simplequeue.eof")
def test_simplequeue_get_raises_eoferror_when_every_writer_is_gone(mp):
    """With its own writing end closed a process gets what others put, and EOFError once they have ended."""
    items, gate = mp.SimpleQueue(), Gate()
    with running(mp, put_at, args=(items, gate)):
        items._writer.close()
        call = Call(items.get)
        never(call.returned, "the end of get() while a writer lives")
        gate.open()
        assert "last" == call.result(), "the item"
    with mp.raises(EOFError):
        Call(items.get).result()


def put_at(items, gate):
    gate.wait()
    items.put("last")


@requirement("simplequeue.no-size-methods")
def test_simplequeue_lacks_what_other_queues_have(mp):
    """A SimpleQueue has no qsize, full, task_done, join, join_thread or cancel_join_thread."""
    items = mp.SimpleQueue()
    names = ("qsize", "full", "task_done", "join", "join_thread", "cancel_join_thread")
    assert [] == [name for name in names if hasattr(items, name)], "methods that it should not have"


@requirement("simplequeue.generic-alias")
def test_simplequeue_class_can_be_subscripted(mp):
    """SimpleQueue[int] is a type hint for the class."""
    cls = mp.module("queues").SimpleQueue
    assert cls is cls[int].__origin__, "class of the type hint"
