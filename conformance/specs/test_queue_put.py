"""Queue.put: full queues, closed queues, items that cannot be pickled, and the bound that maxsize sets."""

import contextlib
import io
import queue

from conformance.clocks import eventually, never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import BIG, LONG, SHORT, TICK, Call, Refusal, Unpicklable, running


def get_at(items, gate, box):
    gate.wait()
    box.post(items.get())


def put_and_get_at(items, gate, box):
    gate.wait()
    items.put("from the child")
    box.post(items.get())


def put_if_room(items, number):
    try:
        items.put_nowait(number)
    except queue.Full:
        return "full"
    return "put"


def post_put_if_room(items, gate, box):
    gate.wait()
    box.post(put_if_room(items, "item"))
    items.cancel_join_thread()


def try_to_put(items, box, gate):
    for number in range(3):
        box.post(put_if_room(items, number))
    gate.wait()
    items.put("after the get")


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


def put_bad_and_good(items, gate):
    items.put(Unpicklable())
    items.put("good")
    gate.wait()


@requirement("queue.put.blocks-when-full")
def test_queue_put_waits_for_a_free_slot(mp):
    """put on a full queue returns only once another process took an item."""
    items, gate, box = mp.Queue(2), Gate(), Mailbox()
    with running(mp, get_at, args=(items, gate, box)):
        items.put(1)
        items.put(2)
        call = Call(items.put, 3)
        never(call.returned, "the return of put() on a full queue")
        gate.open()
        call.result()
    assert [1, 2, 3] == [box.first(), Call(items.get).result(), Call(items.get).result()], "items received"


@requirement("queue.put.blocks-when-full")
def test_queue_put_with_a_long_timeout_gets_a_free_slot(mp):
    """put with a long timeout on a full queue returns as soon as an item is taken."""
    items = mp.Queue(1)
    items.put(1)
    call = Call(items.put, 2, True, LONG)
    never(call.returned, "the return of put(timeout) on a full queue")
    received = [Call(items.get).result()]
    call.result()
    assert [1, 2] == [*received, Call(items.get).result()], "items received"


@requirement("queue.put.nowait.full")
def test_queue_put_without_waiting_raises_full(mp):
    """put(x, False), put(x, block=False) and put_nowait(x) raise Full on a full queue and put nothing."""
    items = mp.Queue(1)
    items.put_nowait("only")
    for put in (lambda: items.put("x", False), lambda: items.put("x", block=False), lambda: items.put_nowait("x")):
        with mp.raises(queue.Full):
            Call(put).result()
    assert "only" == Call(items.get).result(), "the item that was put"
    items.put("next", False)
    assert "next" == Call(items.get).result(), "the item put after a slot came free"


@requirement("queue.put.timeout.full")
def test_queue_put_raises_full_after_its_timeout(mp):
    """On a full queue put(x, timeout=t) raises Full after t seconds, not before."""
    items = mp.Queue(1)
    items.put("only")
    for call in (Call(items.put, "x", True, SHORT), Call(items.put, "x", timeout=SHORT)):
        with mp.raises(queue.Full):
            call.result()
        assert SHORT - TICK <= call.seconds, "seconds that put(timeout) took"
    assert "only" == Call(items.get).result(), "the item that was put"


@requirement("queue.put.timeout.full")
def test_queue_put_with_timeout_zero_does_not_wait(mp):
    """put(x, timeout=0) raises Full on a full queue and succeeds on another."""
    items = mp.Queue(1)
    assert None is Call(items.put, "only", True, 0).result(), "put(timeout=0) with a free slot"
    with mp.raises(queue.Full):
        Call(items.put, "x", True, 0).result()
    assert "only" == Call(items.get).result(), "the item that was put"


@requirement("queue.put.timeout-ignored")
def test_queue_put_without_waiting_ignores_its_timeout(mp):
    """put(x, False, t) on a full queue raises Full without waiting."""
    items = mp.Queue(1)
    items.put("only")
    for call in (Call(items.put, "x", False, LONG), Call(items.put, "x", block=False, timeout=LONG)):
        with mp.raises(queue.Full):
            call.result()


@requirement("queue.put.timeout-negative")
def test_queue_put_with_negative_timeout_does_not_wait(mp):
    """put(x, timeout=-1) raises Full on a full queue, at once, and succeeds on another."""
    items = mp.Queue(1)
    assert None is Call(items.put, "only", True, -1).result(), "put(timeout=-1) with a free slot"
    for timeout in (-1, -0.001):
        with mp.raises(queue.Full):
            Call(items.put, "x", True, timeout).result()


@requirement("queue.put.closed")
def test_queue_put_on_a_closed_queue_is_refused(mp):
    """put in any form raises ValueError once the queue was closed in this process."""
    for maxsize in (0, 1):
        items = mp.Queue(maxsize)
        items.put("item")
        items.close()
        for arguments in ((), (False,), (True, LONG)):
            with mp.raises(ValueError):
                Call(items.put, "x", *arguments).result()
        with mp.raises(ValueError):
            Call(items.put_nowait, "x").result()


@requirement("queue.put.closed")
def test_queue_refused_put_takes_no_slot(mp):
    """A put that is refused since the queue is closed takes no place from another process."""
    items, gate, box = mp.Queue(1), Gate(), Mailbox()
    with running(mp, post_put_if_room, args=(items, gate, box)):
        items.close()
        for arguments in ((), (False,), (True, LONG)):
            with mp.raises(ValueError):
                Call(items.put, "x", *arguments).result()
        gate.open()
        assert "put" == box.first(), "what became of the child's item in a queue of one"


@requirement("queue.put.closed-only-local")
def test_queue_closed_in_the_parent_works_in_a_child(mp):
    """After close() in one process another still puts and gets."""
    items, gate, box = mp.Queue(), Gate(), Mailbox()
    with running(mp, put_and_get_at, args=(items, gate, box)):
        items.close()
        gate.open()
        assert "from the child" == box.first(), "what the child got"


@requirement("queue.put.returns-none")
def test_queue_put_does_not_wait_for_a_reader(mp):
    """put returns None though nobody reads, also for more than the pipe holds."""
    items = mp.Queue()
    for number in range(5):
        assert None is Call(items.put, (number, bytes(BIG))).result(), "what put() returned"
    received = Call(lambda: [items.get() for _ in range(5)]).result()
    assert [0, 1, 2, 3, 4] == [number for number, _ in received], "items received"


@requirement("queue.put.returns-none")
def test_queue_put_does_not_wait_for_the_pickling_of_an_earlier_item(mp):
    """put returns while an item that the same process put before is still being pickled."""
    items, box, gate = mp.Queue(), Mailbox(), Gate()
    items.put(SlowToPickle(box, gate))
    box.wait()
    assert None is Call(items.put, "next").result(), "what put() returned"
    gate.open()
    assert ["slow", "next"] == [Call(items.get).result() for _ in range(2)], "items received"


@requirement("queue.put.unpicklable")
def test_queue_reports_an_unpicklable_item_on_stderr(mp):
    """put of an item that cannot be pickled does not raise; a traceback is written and the item dropped."""
    items = mp.Queue()
    with contextlib.redirect_stderr(io.StringIO()) as stderr:
        assert None is items.put(["good", Unpicklable()]), "what put() returned"
        items.put("next")
        assert "next" == Call(items.get).result(), "the first item received"
        eventually(lambda: "Refusal: refuses to be pickled" in stderr.getvalue(), "report of the error on stderr")
    assert True is ("Traceback (most recent call last)" in stderr.getvalue()), "whether stderr has a traceback"
    with mp.raises(queue.Empty):
        Call(items.get, True, SHORT).result()


@requirement("queue.put.unpicklable")
def test_queue_of_a_child_survives_an_unpicklable_item(mp):
    """The feeder of a child goes on after an item that cannot be pickled."""
    items, gate = mp.Queue(), Gate()
    with running(mp, put_bad_and_good, args=(items, gate)):
        assert "good" == Call(items.get).result(), "the item received"
        gate.open()


@requirement("queue.put.unpicklable-slot-freed")
def test_queue_frees_the_slot_of_an_unpicklable_item(mp):
    """A dropped item gives its slot back, and not more than that."""
    items = mp.Queue(1)
    with contextlib.redirect_stderr(io.StringIO()):
        for _ in range(3):
            Call(items.put, Unpicklable(), True, LONG).result()
        Call(items.put, "good", True, LONG).result()
    assert True is items.full(), "full() with one item in a queue of one"
    with mp.raises(queue.Full):
        Call(items.put_nowait, "too many").result()
    assert "good" == Call(items.get).result(), "the item received"


@requirement("queue.put.error-hook")
def test_queue_subclass_learns_of_an_unpicklable_item(mp):
    """An overridden _on_queue_feeder_error is called once, with the error and the object."""
    calls = []

    class Watched(mp.module("queues").Queue):
        def _on_queue_feeder_error(self, error, obj):
            calls.append((error, obj))

    items, bad = Watched(ctx=mp.context), Unpicklable()
    items.put(bad)
    items.put("next")
    assert "next" == Call(items.get).result(), "the item received"
    eventually(lambda: calls, "the call of the hook")
    assert [Refusal] == [type(error) for error, _ in calls], "errors that the hook was given"
    assert True is (calls[0][1] is bad), "whether the hook was given the object itself"


@requirement("queue.put.after-error-order")
def test_queue_keeps_its_order_after_failing_items(mp):
    """Items put before and after failing ones are delivered, in order."""
    items = mp.Queue()
    with contextlib.redirect_stderr(io.StringIO()):
        for item in (1, Unpicklable(), 2, 3, Unpicklable(), Unpicklable(), 4):
            items.put(item)
        assert [1, 2, 3, 4] == Call(lambda: [items.get() for _ in range(4)]).result(), "items received"


@requirement("queue.put.pickle-unlocked")
def test_queue_put_pickles_without_keeping_others_waiting(mp):
    """While one process pickles an item, others put and get theirs."""
    items, box, gate = mp.Queue(), Mailbox(), Gate()
    with running(mp, put_slow_item, args=(items, box, gate)):
        box.wait()
        items.put("quick")
        assert "quick" == Call(items.get).result(), "the item received meanwhile"
        gate.open()
        assert "slow" == Call(items.get).result(), "the item received in the end"


@requirement("queue.maxsize.zero-or-negative")
def test_queue_without_maxsize_has_no_bound(mp):
    """Queue(), Queue(0) and Queue(-1) take any number of items and are never full."""
    for arguments in ((), (0,), (-1,)):
        items = mp.Queue(*arguments)
        for number in range(2000):
            items.put_nowait(number)
        assert False is items.full(), "full() with 2000 items"
        assert list(range(2000)) == Call(lambda: [items.get() for _ in range(2000)]).result(), "items received"


@requirement("queue.maxsize.bound")
def test_queue_takes_maxsize_items(mp):
    """A queue of three takes three items; a get makes room for exactly one more."""
    for items in (mp.Queue(3), mp.Queue(maxsize=3)):
        for number in range(3):
            items.put_nowait(number)
        for number in range(3, 6):
            with mp.raises(queue.Full):
                Call(items.put_nowait, "too many").result()
            assert number - 3 == Call(items.get).result(), "the next item"
            Call(items.put_nowait, number).result()
        with mp.raises(queue.Full):
            Call(items.put_nowait, "too many").result()


@requirement("queue.maxsize.shared")
def test_queue_bound_counts_the_items_of_all_processes(mp):
    """What parent and child put counts together: in a queue of three the child has room for two."""
    items, box, gate = mp.Queue(3), Mailbox(), Gate()
    items.put("from the parent")
    with running(mp, try_to_put, args=(items, box, gate)):
        assert ["put", "put", "full"] == box.wait(3), "what became of the child's three items"
        with mp.raises(queue.Full):
            Call(items.put_nowait, "too many").result()
        received = Call(lambda: [items.get() for _ in range(3)]).result()
        gate.open()
        assert "after the get" == Call(items.get).result(), "what the child put once there was room"
    assert ["0", "1", "from the parent"] == sorted(map(str, received)), "items received"
