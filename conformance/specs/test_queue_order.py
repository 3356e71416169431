"""What goes through a queue: whole items, in order, each exactly once, however many put and get."""

import array
import os
import queue

from conformance.clocks import eventually
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import BIG, SHORT, Call, running

SIZES = (1, 50, 4_000, 17_000, 65_530, 70_000, 10)


def payload(number):
    return bytes([number]) * SIZES[number % len(SIZES)]


def put_numbered(items, box):
    for number in range(150):
        items.put((number, payload(number)))
    box.post("all put")


def produce(items, gate):
    gate.wait()
    for number in range(40):
        items.put((os.getpid(), number, payload(number)))


def consume(items):
    """What is got up to a None: producer, number and whether the payload is whole."""
    return [(name, number, payload(number) == data) for name, number, data in iter(items.get, None)]


def post_consumed(items, box):
    box.post(consume(items))


def change_and_return(items, answers):
    item = items.get()
    item["list"].append("changed")
    answers.put(item)


def megabytes():
    return array.array("I", range(750_000)).tobytes()


def put_megabytes(items):
    items.put([megabytes(), "end"])


@requirement("queue.roundtrip")
def test_queue_carries_equal_copies_between_processes(mp):
    """A child gets an equal, distinct object; what it changes does not show in the parent's."""
    items, answers = mp.Queue(), mp.Queue()
    original = {"list": [1, None, "text"], "nested": ({2}, b"bytes")}
    with running(mp, change_and_return, args=(items, answers)):
        items.put(original)
        answer = Call(answers.get).result()
    assert {"list": [1, None, "text", "changed"], "nested": ({2}, b"bytes")} == answer, "what the child sent back"
    assert [1, None, "text"] == original["list"], "the original"


@requirement("queue.roundtrip")
def test_queue_carries_falsy_items(mp):
    """None, False, 0 and empty containers are items like others."""
    items = mp.Queue()
    values = [None, False, 0, "", b"", (), [], {}]
    for value in values:
        items.put(value)
    received = Call(lambda: [items.get() for _ in values]).result()
    assert [(type(value), value) for value in values] == [(type(value), value) for value in received], "items received"


class Touchy:
    """A value that only wants to be carried: it has no truth, no length, and equals whatever it is compared with."""

    def __bool__(self):
        raise ValueError("neither true nor false")

    def __len__(self):
        raise ValueError("without length")

    def __eq__(self, other):
        return True

    __hash__ = None

    def __reduce__(self):
        return str, ("touchy",)


@requirement("queue.roundtrip")
def test_queue_carries_items_without_looking_at_them(mp):
    """Items are neither compared nor asked for their truth or length."""
    items = mp.Queue()
    for item in (Touchy(), "next"):
        items.put(item)
    assert ["touchy", "next"] == [Call(items.get).result() for _ in range(2)], "items received"


@requirement("queue.fifo")
def test_queue_delivers_a_childs_items_in_order(mp):
    """Items of any size come out in the order in which a child put them, though they all had to wait."""
    items, box = mp.Queue(), Mailbox()
    with running(mp, put_numbered, args=(items, box)):
        box.wait()
        received = Call(lambda: [items.get() for _ in range(150)]).result()
    assert list(range(150)) == [number for number, _ in received], "order of arrival"
    assert [] == [number for number, data in received if data != payload(number)], "items with another payload"


@requirement("queue.fifo")
def test_queue_delivers_in_order_to_a_child_that_keeps_up(mp):
    """Items put one by one while a child gets them arrive in order, and none twice."""
    items, answers = mp.Queue(), mp.Queue()
    with running(mp, forward, args=(items, answers)):
        for number in range(300):
            items.put(number)
        items.put(None)
        assert list(range(300)) == Call(lambda: list(iter(answers.get, None))).result(), "order of arrival"
    with mp.raises(queue.Empty):
        Call(items.get, True, SHORT).result()


def forward(items, answers):
    for item in iter(items.get, None):
        answers.put(item)
    answers.put(None)


@requirement("queue.multi-producer")
def test_queue_serves_several_producers_and_consumers(mp):
    """Three producers and two consumers, in processes and threads: every item arrives whole, exactly once."""
    items, gate, box = mp.Queue(), Gate(), Mailbox()
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


@requirement("queue.apart")
def test_queue_items_come_out_of_the_queue_that_they_were_put_into(mp):
    """Of two queues each gives its own items only, though one has more waiting than its pipe holds."""
    one, other = mp.Queue(), mp.Queue()
    for items in (one, other):
        items.put("first")
        assert "first" == Call(items.get).result(), "the first item"
    for item in (bytes(BIG), "of the one"):
        one.put(item)
    other.put("of the other")
    assert "of the other" == Call(other.get).result(), "the item of the other queue"
    assert [bytes(BIG), "of the one"] == [Call(one.get).result() for _ in range(2)], "items of the one queue"


@requirement("queue.large-item")
def test_queue_delivers_a_large_item_whole(mp):
    """An item of 3 MB, far more than the pipe holds, arrives whole from a child."""
    items = mp.Queue()
    with running(mp, put_megabytes, args=(items,)):
        data, end = Call(items.get).result()
    assert (3_000_000, "end") == (len(data), end), "length and companion of the payload"
    assert True is (megabytes() == data), "whether the bytes are those put"


@requirement("queue.qsize")
def test_queue_qsize_counts_the_items(mp):
    """qsize is the number of items put and not yet taken, bounded or not."""
    for items in (mp.Queue(), mp.Queue(10)):
        assert 0 == items.qsize(), "qsize() of a new queue"
        for number in range(1, 4):
            items.put(number)
            assert number == items.qsize(), f"qsize() after {number} put"
        for number in (2, 1, 0):
            Call(items.get).result()
            assert number == items.qsize(), f"qsize() with {number} left"


@requirement("queue.qsize")
def test_queue_qsize_counts_what_a_child_put(mp):
    """qsize tells in the parent what a child has put."""
    items = mp.Queue()
    with running(mp, put_three, args=(items,)):
        pass
    assert 3 == items.qsize(), "qsize() after the child put three items"
    assert [0, 1, 2] == Call(lambda: [items.get() for _ in range(3)]).result(), "items received"
    assert 0 == items.qsize(), "qsize() after all were taken"


@requirement("queue.qsize")
def test_queue_qsize_counts_in_a_child(mp):
    """qsize and full tell the same in a process that received the queue as an argument."""
    for maxsize in (0, 2):
        items, box = mp.Queue(maxsize), Mailbox()
        items.put("item")
        with running(mp, post_sizes, args=(items, box)):
            expected = [(1, False), (2, maxsize == 2), (1, False)]
            assert expected == box.wait(3), "qsize() and full() in the child with 1, 2, 1 items"


def post_sizes(items, box):
    for change in (lambda: None, lambda: items.put("item"), items.get):
        change()
        box.post((items.qsize(), items.full()))


def put_three(items):
    for number in range(3):
        items.put(number)


def post_empty(items, box):
    box.post(items.empty())
    items.put("item")
    eventually(lambda: not items.empty(), "arrival of the item")
    items.get()
    box.post(items.empty())


@requirement("queue.empty")
def test_queue_empty_tells_whether_an_item_is_there(mp):
    """empty is True for a new queue, False once an item has arrived, True after the last is taken."""
    items = mp.Queue()
    assert True is items.empty(), "empty() of a new queue"
    for number in range(2):
        items.put(number)
    eventually(lambda: not items.empty(), "arrival of an item")
    Call(items.get).result()
    eventually(lambda: not items.empty(), "arrival of the second item")
    Call(items.get).result()
    assert True is items.empty(), "empty() after all were taken"


@requirement("queue.empty")
def test_queue_empty_works_in_a_child(mp):
    """empty tells the same in a process that received the queue as an argument."""
    items, box = mp.Queue(), Mailbox()
    with running(mp, post_empty, args=(items, box)):
        assert [True, True] == box.wait(2), "empty() in the child, before put and after get"


@requirement("queue.full")
def test_queue_full_tells_whether_maxsize_items_wait(mp):
    """full is True exactly while maxsize items are pending."""
    items = mp.Queue(2)
    states = [items.full()]
    for number in range(2):
        items.put(number)
        states.append(items.full())
    for _ in range(2):
        Call(items.get).result()
        states.append(items.full())
    assert [False, False, True, False, False] == states, "full() with 0, 1, 2, 1, 0 items in a queue of two"


@requirement("queue.exceptions-from-queue-module")
def test_queue_raises_the_queue_modules_exceptions(mp):
    """Empty and Full are those of the standard module queue, and no names of the package."""
    items = mp.Queue(1)
    with mp.raises(queue.Empty) as empty:
        Call(items.get_nowait).result()
    items.put("only")
    with mp.raises(queue.Full) as full:
        Call(items.put_nowait, "too many").result()
    assert (queue.Empty, queue.Full) == (type(empty.error), type(full.error)), "classes of the errors"
    assert (False, False) == (mp.offers("Empty"), mp.offers("Full")), "whether the package has Empty, Full"


@requirement("queue.missing-methods")
def test_queue_lacks_the_methods_of_other_queues(mp):
    """A Queue has neither task_done nor join nor shutdown."""
    items = mp.Queue()
    found = [name for name in ("task_done", "join", "shutdown") if hasattr(items, name)]
    assert [] == found, "methods that a Queue should not have"


@requirement("queue.generic-alias")
def test_queue_classes_can_be_subscripted(mp):
    """Queue[int] and JoinableQueue[int] are type hints for the classes."""
    queues = mp.module("queues")
    for cls in (queues.Queue, queues.JoinableQueue):
        assert cls is cls[int].__origin__, "class of the type hint"
