"""The feeder: the thread of each putting process that carries items from its buffer to the pipe."""

import threading
import weakref

from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import BIG, Call, after_collection, running


class Item:
    """A value that can be watched; it becomes the text "item"."""

    def __reduce__(self):
        return str, ("item",)


def post_threads(items, box, gate):
    before = threading.active_count()
    items.put("item")
    items.put("item")
    box.post(threading.active_count() - before)
    gate.wait()


def put_own(items):
    items.put("of the child")


@requirement("queue.feeder.lazy")
def test_queue_starts_its_feeder_at_the_first_put(mp):
    """Making a queue, asking its state or getting starts no thread; the first put starts one, later ones none."""
    before = threading.active_count()
    items = mp.Queue(5)
    items.empty(), items.full(), items.close
    assert before == threading.active_count(), "number of threads before the first put"
    for _ in range(3):
        items.put("item")
        assert before + 1 == threading.active_count(), "number of threads after a put"
    for _ in range(3):
        assert "item" == items.get(True, 60), "the item"
    assert before + 1 == threading.active_count(), "number of threads after all items were taken"


@requirement("queue.feeder.name-daemon")
def test_queue_feeder_is_a_daemon_thread_with_a_name(mp):
    """The feeder is a daemon thread called QueueFeederThread."""
    before = set(threading.enumerate())
    items = mp.Queue()
    items.put("item")
    feeders = [(thread.name, thread.daemon) for thread in threading.enumerate() if thread not in before]
    assert [("QueueFeederThread", True)] == feeders, "name and daemon flag of the threads started by put()"


@requirement("queue.feeder.per-process")
def test_queue_has_a_feeder_in_each_process_that_puts(mp):
    """A child that puts starts a feeder of its own, though the parent has one already."""
    items, box, gate = mp.Queue(), Mailbox(), Gate()
    items.put("item")
    with running(mp, post_threads, args=(items, box, gate)):
        assert 1 == box.first(), "number of threads that the child's puts started"
        assert ["item"] * 3 == Call(lambda: [items.get() for _ in range(3)]).result(), "items received"
        gate.open()


@requirement("queue.fork.child-buffer-empty")
def test_queue_buffer_is_not_inherited_by_a_forked_child(mp):
    """What the parent has put and not yet written is delivered once, though a child was forked meanwhile."""
    items = mp.Queue()
    for number in range(3):
        items.put(bytes([number]) * BIG)
    with running(mp, put_own, args=(items,)):
        received = Call(lambda: [items.get()[:12] for _ in range(4)]).result()
    lengths = sorted(map(repr, received))
    expected = sorted(map(repr, [bytes([0]) * 12, bytes([1]) * 12, bytes([2]) * 12, "of the child"]))
    assert expected == lengths, "beginnings of the items received"
    assert True is items.empty(), "empty() after each item came once"


@requirement("queue.feeder.keeps-nothing")
def test_queue_keeps_no_item_that_it_has_written(mp):
    """Once an item was received, neither the queue nor its feeder holds the object that was put."""
    items, item = mp.Queue(), Item()
    watch = weakref.ref(item)
    items.put(item)
    del item
    assert "item" == Call(items.get).result(), "the item received"
    after_collection(lambda: watch() is None, "the end of the object that was put")
