"""Names of queues that programs use though no manual has them: making the classes, deriving from them, the pipe."""

from conformance.requirement import requirement
from conformance.specs.aids import LONG, Call

DERIVED = """
import TARGET as mp
from TARGET.queues import Queue

class Unpicklable:
    def __reduce_ex__(self, protocol):
        raise ValueError

class Labelled(Queue):
    def __init__(self, label, **options):
        super().__init__(**options)
        self.label = label

    def __getstate__(self):
        return super().__getstate__(), self.label

    def __setstate__(self, state):
        inherited, self.label = state
        super().__setstate__(inherited)

    def _on_queue_feeder_error(self, error, obj):
        print(type(error).__name__, "in", self.label, flush=True)

def put_two(queue):
    queue.put(Unpicklable())
    queue.put("item for " + queue.label)

if __name__ == "__main__":
    context = mp.get_context("METHOD")
    queue = Labelled("a label", maxsize=1, ctx=context)
    child = context.Process(target=put_two, args=(queue,))
    child.start()
    print(queue.get())
    child.join()
"""


@requirement("queue.constructor")
def test_queue_classes_are_made_with_a_context(mp):
    """queues.Queue and JoinableQueue take a size, and like SimpleQueue the context by the keyword ctx."""
    queues = mp.module("queues")
    for cls in (queues.Queue, queues.JoinableQueue):
        assert [True, True, False] == [
            made_full(cls(1, ctx=mp.context)),
            made_full(cls(maxsize=1, ctx=mp.context)),
            made_full(cls(ctx=mp.context)),
        ], f"whether one item fills a {cls.__name__} of one, of one, of no size"
    items = queues.SimpleQueue(ctx=mp.context)
    items.put("item")
    assert "item" == Call(items.get).result(), "the item"
    for cls in (queues.Queue, queues.JoinableQueue, queues.SimpleQueue):
        with mp.raises(TypeError):
            cls()


def made_full(items):
    """Whether the queue is full with one item."""
    items.put("item")
    return items.full()


@requirement("queue.reader")
def test_queue_reading_end_can_be_waited_for(mp):
    """_reader is a connection that becomes ready when an item has come, and is not when all are taken."""
    wait = mp.module("connection").wait
    items = mp.Queue()
    assert [] == wait([items._reader], 0), "connection.wait() for an empty queue"
    items.put("item")
    assert [items._reader] == Call(wait, [items._reader], LONG).result(), "connection.wait() for a queue with an item"
    assert "item" == Call(items.get).result(), "the item"
    assert [] == wait([items._reader], 0), "connection.wait() once the item was taken"


@requirement("queue.reader")
def test_queue_ends_are_for_reading_and_for_writing_only(mp):
    """Of the two ends of its pipe a queue reads one and writes the other."""
    for items in (mp.Queue(), mp.JoinableQueue(), mp.SimpleQueue()):
        ends = [(end.readable, end.writable) for end in (items._reader, items._writer)]
        assert [(True, False), (False, True)] == ends, "readable, writable of _reader and _writer"


@requirement("simplequeue.ends")
def test_simplequeue_ends_are_connections_that_carry_its_items(mp):
    """_reader becomes ready with an item and can receive it; what _writer sends can be got."""
    wait = mp.module("connection").wait
    items = mp.SimpleQueue()
    assert [] == wait([items._reader], 0), "connection.wait() for an empty queue"
    items.put(["item"])
    assert [items._reader] == wait([items._reader], LONG), "connection.wait() for a queue with an item"
    assert ["item"] == Call(items._reader.recv).result(), "what _reader received"
    items._writer.send(["sent"])
    assert ["sent"] == Call(items.get).result(), "what get() returned"


@requirement("queue.subclass")
def test_queue_subclass_travels_with_its_state_and_hook(mp):
    """A subclass that adds state, and overrides the hook for errors, does so in a child that received the queue."""
    finished = mp.script(DERIVED)
    expected = (0, ["ValueError in a label", "item for a label"])
    assert expected == (finished.returncode, sorted(finished.stdout.splitlines())), "exit status and lines written"


@requirement("queue.nowait.overridden")
def test_queue_subclass_overrides_put_and_get_for_nowait_too(mp):
    """put_nowait and get_nowait go by put and get, those of a subclass if it has some, and ask them not to wait."""
    calls = []

    class Asked(mp.module("queues").Queue):
        def put(self, obj, block=True, timeout=None):
            calls.append((obj, block))

        def get(self, block=True, timeout=None):
            return "gotten", block

    items = Asked(ctx=mp.context)
    items.put_nowait("item")
    assert [("item", False)] == calls, "obj and block, for put(), of put_nowait()"
    assert ("gotten", False) == items.get_nowait(), "what get() gave to get_nowait(), and block"
