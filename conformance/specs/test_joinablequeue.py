"""JoinableQueue: a queue that knows how many of its items are still unfinished."""

import pickle
import queue

from conformance.clocks import never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import SHORT, TICK, Call, running


def finish(items, box, gates):
    """Take all items at once, and then finish one as each gate opens."""
    taken = [items.get() for _ in gates]
    box.post(taken)
    for gate in gates:
        gate.wait()
        items.task_done()
        box.post("done")


def work(items, box):
    while True:
        item = items.get()
        if item is None:
            items.task_done()
            return
        box.post(item)
        items.task_done()


def post_joined(items, box):
    box.post("joining")
    items.join()
    box.post("joined")


def put_three(items):
    for number in range(3):
        items.put(number)


@requirement("joinablequeue.is-queue")
def test_joinablequeue_is_a_queue(mp):
    """Its class derives from Queue's, and it orders, bounds and times out as a Queue."""
    queues = mp.module("queues")
    assert True is issubclass(queues.JoinableQueue, queues.Queue), "whether JoinableQueue is a subclass of Queue"
    items = mp.JoinableQueue(2)
    assert True is isinstance(items, queues.JoinableQueue), "whether JoinableQueue() makes one"
    items.put(1)
    items.put_nowait(2)
    assert (2, True) == (items.qsize(), items.full()), "qsize() and full() with two items in a queue of two"
    timed = Call(items.put, 3, True, SHORT)
    with mp.raises(queue.Full):
        timed.result()
    assert SHORT - TICK <= timed.seconds, "seconds that put(timeout) took"
    assert [1, 2] == [Call(items.get).result(), Call(items.get).result()], "items received"
    timed = Call(items.get, True, SHORT)
    with mp.raises(queue.Empty):
        timed.result()
    assert SHORT - TICK <= timed.seconds, "seconds that get(timeout) took"


@requirement("joinablequeue.join.empty")
def test_joinablequeue_join_of_a_new_queue_returns_at_once(mp):
    """join returns when nothing was ever put."""
    assert None is Call(mp.JoinableQueue().join).result(), "what join() returned"


@requirement("joinablequeue.join.blocks")
def test_joinablequeue_join_waits_for_one_task_done_per_item(mp):
    """join returns once task_done was called for the last of three items, not for the first or second."""
    items, box, gates = mp.JoinableQueue(), Mailbox(), [Gate(), Gate(), Gate()]
    put_three(items)
    with running(mp, finish, args=(items, box, gates)):
        assert [0, 1, 2] == box.first(), "items that the child took"
        call = Call(items.join)
        for number, gate in enumerate(gates):
            never(call.returned, f"the return of join() after {number} of three task_done() calls", glance=0.05)
            gate.open()
            box.wait(2 + number)
        call.result()


@requirement("joinablequeue.join.get-not-enough")
def test_joinablequeue_join_is_not_satisfied_by_get(mp):
    """Taking an item does not finish it: join waits for task_done."""
    items = mp.JoinableQueue()
    items.put("item")
    Call(items.get).result()
    call = Call(items.join)
    never(call.returned, "the return of join() after get() alone")
    items.task_done()
    call.result()


@requirement("joinablequeue.join.several-waiters")
def test_joinablequeue_releases_all_who_join(mp):
    """Two processes and a thread that wait in join all return when the last item is done."""
    items, box = mp.JoinableQueue(), Mailbox()
    items.put("item")
    with running(mp, post_joined, post_joined, args=(items, box)):
        own = Call(items.join)
        box.wait(2)
        never(lambda: own.returned() or len(box.letters()) > 2, "the return of a join() with an item unfinished")
        Call(items.get).result()
        items.task_done()
        own.result()
        assert ["joined", "joined"] == box.wait(4)[2:], "what the children told"


@requirement("joinablequeue.join.reuse")
def test_joinablequeue_can_be_joined_again(mp):
    """After a join further rounds of put, task_done and join work as the first."""
    items = mp.JoinableQueue()
    for number in range(3):
        items.put(number)
        call = Call(items.join)
        never(call.returned, f"the return of join() in round {number}", glance=0.03)
        assert number == Call(items.get).result(), "the item"
        items.task_done()
        call.result()


@requirement("joinablequeue.task-done.too-many")
def test_joinablequeue_refuses_more_task_done_than_items(mp):
    """task_done raises ValueError when it was called as often as items were put, or nothing was put."""
    items = mp.JoinableQueue()
    with mp.raises(ValueError):
        Call(items.task_done).result()
    for _ in range(2):
        Call(items.put, "item").result()
    for _ in range(2):
        Call(items.get).result()
        Call(items.task_done).result()
    with mp.raises(ValueError):
        Call(items.task_done).result()
    Call(items.join).result()


@requirement("joinablequeue.task-done.cross-process")
def test_joinablequeue_counts_puts_and_task_done_of_all_processes(mp):
    """Items that one child put and another finished let the parent's join return, not before."""
    items, box, gates = mp.JoinableQueue(), Mailbox(), [Gate(), Gate(), Gate()]
    with running(mp, put_three, args=(items,)):
        pass
    call = Call(items.join)
    never(call.returned, "the return of join() before any task_done()")
    with running(mp, finish, args=(items, box, gates)):
        for gate in gates:
            gate.open()
        call.result()


@requirement("joinablequeue.put.full")
def test_joinablequeue_does_not_count_refused_items(mp):
    """A put refused by Full is no unfinished task: join returns once the accepted item is done."""
    items = mp.JoinableQueue(1)
    items.put("accepted")
    for arguments in ((False,), (True, SHORT), (True, -1)):
        with mp.raises(queue.Full):
            Call(items.put, "refused", *arguments).result()
    Call(items.get).result()
    items.task_done()
    Call(items.join).result()
    with mp.raises(ValueError):
        items.task_done()


@requirement("joinablequeue.put.closed")
def test_joinablequeue_put_on_a_closed_queue_is_refused(mp):
    """put raises ValueError once the queue was closed in this process, and does not count."""
    items = mp.JoinableQueue()
    items.close()
    with mp.raises(ValueError):
        Call(items.put, "x").result()
    Call(items.join).result()


@requirement("joinablequeue.pickle.outside")
def test_joinablequeue_cannot_be_pickled_otherwise(mp):
    """Pickling a JoinableQueue, or sending it through a connection, raises RuntimeError."""
    items = mp.JoinableQueue()
    left, right = mp.Pipe()
    with mp.raises(RuntimeError):
        pickle.dumps(items)
    with mp.raises(RuntimeError):
        left.send(items)
    assert False is right.poll(), "poll() of the other end"


@requirement("joinablequeue.inherit")
def test_joinablequeue_serves_a_pool_of_workers(mp):
    """Two workers finish what the parent puts; join returns when all of it is done."""
    items, box = mp.JoinableQueue(), Mailbox()
    with running(mp, work, work, args=(items, box)):
        for number in range(10):
            items.put(number)
        Call(items.join).result()
        assert list(range(10)) == sorted(box.letters()), "items that the workers had done when join() returned"
        items.put(None)
        items.put(None)
        Call(items.join).result()
