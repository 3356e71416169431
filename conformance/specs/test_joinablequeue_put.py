"""JoinableQueue.put, which is no mere put of a Queue: waiting for a place, counting, travelling items and counts."""

import queue

from conformance.clocks import never
from conformance.gates import Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import BIG, LONG, Call, running
from conformance.specs.slow_motion import slowly


def finish_all(items, box):
    """Take and finish items up to a None; post whether each task_done was accepted."""
    accepted = True
    for item in iter(items.get, None):
        try:
            items.task_done()
        except ValueError:
            accepted = False
    items.task_done()
    box.post(accepted)


def join_and_post(items, box):
    box.post("joining")
    items.join()
    box.post("joined")


@requirement("joinablequeue.put.blocks-when-full")
def test_joinablequeue_put_waits_for_a_free_slot(mp):
    """put on a full queue, with a long timeout or none, returns only once an item was taken."""
    for arguments in ((), (True,), (True, LONG)):
        items = mp.JoinableQueue(1)
        items.put("first")
        call = Call(items.put, "second", *arguments)
        never(call.returned, "the return of put() on a full queue", glance=0.05)
        received = [Call(items.get).result()]
        call.result()
        assert ["first", "second"] == [*received, Call(items.get).result()], "items received"


@requirement("joinablequeue.put.blocks-when-full")
def test_joinablequeue_put_without_waiting_raises_full(mp):
    """put(x, False) with any timeout, and put_nowait, raise Full on a full queue, at once."""
    items = mp.JoinableQueue(1)
    items.put_nowait("only")
    for put in (lambda: items.put("x", False), lambda: items.put("x", False, LONG), lambda: items.put_nowait("x")):
        with mp.raises(queue.Full):
            Call(put).result()
    assert "only" == Call(items.get).result(), "the item that was put"


@requirement("joinablequeue.put.order")
def test_joinablequeue_delivers_in_order(mp):
    """Items of any size put in a burst come out in the order in which they were put."""
    items = mp.JoinableQueue()
    sizes = [1, BIG, 70_000, 0, 5] * 4
    for number, size in enumerate(sizes):
        items.put((number, bytes(size)))
    received = Call(lambda: [items.get() for _ in sizes]).result()
    assert list(enumerate(sizes)) == [(number, len(data)) for number, data in received], "numbers and lengths received"


@requirement("joinablequeue.put.counted-first")
def test_joinablequeue_counts_an_item_before_it_can_be_got(mp):
    """A consumer that finishes each item as soon as it has it is never told that it finished too many."""
    items, box = mp.JoinableQueue(), Mailbox()
    with running(mp, finish_all, args=(items, box)):
        for number in range(3):
            slowly(mp, items.put, number)
        items.put(None)
        assert True is box.first(), "whether every task_done() was accepted"
    Call(items.join).result()


@requirement("joinablequeue.join.child")
def test_joinablequeue_can_be_joined_in_a_child(mp):
    """A child that received the queue joins it until the parent has finished every item."""
    items, box = mp.JoinableQueue(), Mailbox()
    for number in range(2):
        items.put(number)
    with running(mp, join_and_post, args=(items, box)):
        box.wait()
        for number in range(2):
            never(lambda: len(box.letters()) > 1, f"the return of join() after {number} of two task_done() calls", 0.05)
            assert number == Call(items.get).result(), "the item"
            items.task_done()
        assert ["joining", "joined"] == box.wait(2), "what the child told"
