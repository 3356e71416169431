"""Queue.close, join_thread and cancel_join_thread: how a queue ends in one process."""

import threading
import weakref

from conformance.clocks import eventually, never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import BIG, Call, after_collection, ended, open_descriptors, running


def put_and_close(items, box):
    for number in range(30):
        items.put((number, bytes(10_000)))
    items.close()
    box.post("closed")


def post_gotten(items, gate, count, box):
    gate.wait()
    for _ in range(count):
        box.post(len(items.get()))


def post_here_and_gotten(items, gate, count, box):
    box.post("here")
    post_gotten(items, gate, count, box)


def feeder_of(action, *args):
    """The thread that `action(*args)` starts."""
    before = set(threading.enumerate())
    action(*args)
    started = [thread for thread in threading.enumerate() if thread not in before]
    assert len(started) == 1, started
    return started[0]


@requirement("queue.close.idempotent")
def test_queue_close_can_be_repeated(mp):
    """A second close does nothing, on a used and on an unused queue."""
    for used in (False, True):
        items = mp.Queue()
        if used:
            items.put("item")
        assert [None, None] == [items.close(), items.close()], "what close() returned"


@requirement("queue.close.flushes")
def test_queue_close_lets_the_feeder_finish(mp):
    """Everything that a child put before close arrives, though the pipe could not hold it."""
    items, box = mp.Queue(), Mailbox()
    with running(mp, put_and_close, args=(items, box)):
        box.wait()
        received = Call(lambda: [items.get() for _ in range(30)]).result()
    assert list(range(30)) == [number for number, _ in received], "items received"


@requirement("queue.close.ends-feeder")
def test_queue_feeder_ends_after_close(mp):
    """close tells the feeder thread to end; it has ended when join_thread returns."""
    for count in (1, 20):
        items = mp.Queue()
        feeder = feeder_of(items.put, "item")
        for _ in range(count - 1):
            items.put("item")
        assert True is feeder.is_alive(), "is_alive() of the feeder before close()"
        items.close()
        Call(items.join_thread).result()
        assert False is feeder.is_alive(), "is_alive() of the feeder after join_thread()"


@requirement("queue.close.on-gc", platforms=["posix"])  # where descriptors can be counted
def test_queue_closes_itself_when_collected(mp):
    """The feeder of a queue that nobody holds ends and leaves nothing behind; the descriptors are closed."""
    mp.Queue().close()  # What the first queue brings along, like a resource tracker, is not counted.
    before = open_descriptors()
    items = mp.Queue()
    feeder = weakref.ref(feeder_of(items.put, "item"))
    del items
    after_collection(lambda: feeder() is None, "end of the collected queue's feeder, and of its thread object")
    after_collection(lambda: open_descriptors() <= before, "closing of the collected queue's descriptors")


@requirement("queue.close.on-gc")
def test_queue_collected_with_items_pending_loses_none(mp):
    """What the pipe could not yet hold when its queue was collected is written all the same."""
    items, gate, box = mp.Queue(), Gate(), Mailbox()
    reader = mp.Process(target=post_here_and_gotten, args=(items, gate, 2, box))
    reader.start()
    box.wait()
    feeder = feeder_of(items.put, bytes(BIG))
    items.put(b"last")
    watch = weakref.ref(items)
    del items
    after_collection(lambda: watch() is None, "collection of the queue")
    gate.open()
    assert ["here", BIG, 4] == box.wait(3), "what the child told: lengths of the items received"
    eventually(lambda: not feeder.is_alive(), "end of the collected queue's feeder")
    ended(reader)


@requirement("queue.close.fds", platforms=["posix"])  # where descriptors can be counted
def test_queue_close_closes_the_descriptors(mp):
    """After close and join_thread of a used queue no descriptor of it is open."""
    mp.Queue().close()  # What the first queue brings along, like a resource tracker, is not counted.
    queues = [mp.Queue() for _ in range(5)]
    before = open_descriptors()
    for items in queues:
        items.put("item")
        items.close()
        Call(items.join_thread).result()
    assert before - 10 == open_descriptors(), "open descriptors, five pipes less"


@requirement("queue.join-thread.before-close")
def test_queue_join_thread_before_close_is_refused(mp):
    """join_thread on an open queue raises AssertionError, used or not."""
    for used in (False, True):
        items = mp.Queue()
        if used:
            items.put("item")
        with mp.misuse(AssertionError):
            Call(items.join_thread).result()


@requirement("queue.join-thread.waits")
def test_queue_join_thread_waits_until_all_is_in_the_pipe(mp):
    """join_thread returns only once another process has read what the pipe could not hold."""
    items, gate, box = mp.Queue(), Gate(), Mailbox()
    with running(mp, post_gotten, args=(items, gate, 2, box)):
        items.put(bytes(BIG))
        items.put(b"last")
        items.close()
        call = Call(items.join_thread)
        never(call.returned, "the return of join_thread() with data unread")
        gate.open()
        call.result()
        assert [BIG, 4] == box.wait(2), "lengths of the items received"


@requirement("queue.join-thread.repeat")
def test_queue_join_thread_can_be_repeated(mp):
    """join_thread returns at once when there is nothing to wait for: a second time, or on an unused queue."""
    for used in (False, True):
        items = mp.Queue()
        if used:
            items.put("item")
        items.close()
        assert [None, None] == [Call(items.join_thread).result() for _ in range(2)], "what join_thread() returned"


@requirement("queue.cancel-join.no-block")
def test_queue_cancel_join_thread_lets_join_thread_return(mp):
    """After cancel_join_thread, join_thread does not wait for data that nobody reads."""
    items = mp.Queue()
    items.put(bytes(BIG))
    items.cancel_join_thread()
    items.close()
    Call(items.join_thread).result()


@requirement("queue.empty.closed")
def test_queue_empty_of_a_closed_queue_is_refused_or_answered(mp):
    """empty on a closed queue gives a bool or raises OSError."""
    for used in (False, True):
        items = mp.Queue()
        if used:
            items.put("item")
        items.close()
        items.join_thread()
        try:
            answer = items.empty()
        except OSError:
            continue
        assert bool is type(answer), "type of what empty() returned"
