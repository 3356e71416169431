"""Names of queues that programs use though no manual has them: making the classes, deriving from them, the pipe."""

import contextlib
import pickle
import queue
import threading
import weakref

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
    """Whether the queue is full with one item, which is taken out again."""
    items.put("item")
    full = items.full()
    assert "item" == Call(items.get).result(), "the item"
    return full


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


@requirement("queue.subclass.feeder")
def test_queue_subclass_brings_its_own_feeder(mp):
    """_start_thread is called at the first put; its thread finds what is put in _buffer, and ends at _sentinel."""
    queues, util = mp.module("queues"), mp.module("util")
    started = []

    class Upper(queues.Queue):
        def _start_thread(self):
            self._thread = threading.Thread(target=feed_upper, args=(self, queues._sentinel), daemon=True)
            self._thread.start()
            if not self._joincancelled:
                self._jointhread = util.Finalize(self._thread, self._finalize_join, [weakref.ref(self._thread)])
            self._close = util.Finalize(self, self._finalize_close, [self._buffer, self._notempty])
            started.append(self._thread)

    items = Upper(ctx=mp.context)
    assert [] == started, "feeders started before a put"
    for word in ("one", "two"):
        items.put(word)
    assert ["ONE", "TWO"] == [Call(items.get).result() for _ in range(2)], "what the subclass's feeder wrote"
    assert 1 == len(started), "feeders started by two puts"
    items.close()
    Call(items.join_thread).result()
    assert not started[0].is_alive(), "whether the feeder lives after close() and join_thread()"


def feed_upper(items, end):
    """Feed a queue with what is put into it, in upper case, until `end`."""
    buffer, notempty, writer, wlock = items._buffer, items._notempty, items._writer, items._wlock
    del items
    while True:
        with notempty:
            while not buffer:
                notempty.wait()
            word = buffer.popleft()
        if word is end:
            return
        with wlock or contextlib.nullcontext():  # None where the pipe keeps messages apart
            writer.send_bytes(pickle.dumps(word.upper()))


@requirement("simplequeue.subclass.state")
def test_simplequeue_subclass_has_a_state_of_its_own(mp):
    """A subclass that sets _reader, _writer, _rlock and _wlock by itself, and no more, can put and get."""

    class Labelled(mp.module("queues").SimpleQueue):
        def __getstate__(self):
            return self._reader, self._writer, "a label", self._rlock, self._wlock

        def __setstate__(self, state):
            self._reader, self._writer, self.label, self._rlock, self._wlock = state

    items = Labelled(ctx=mp.context)
    twin = Labelled.__new__(Labelled)
    twin.__setstate__(items.__getstate__())
    items.put("to the twin")
    assert "to the twin" == Call(twin.get).result(), "what the twin got"
    twin.put("from the twin")
    assert "from the twin" == Call(items.get).result(), "what the twin put"
    assert "a label" == twin.label, "the twin's own state"


@requirement("queue.block-truth")
def test_queue_takes_block_by_its_truth(mp):
    """get(0) and put(x, 0) do not wait; get(1, t) does."""
    items = mp.Queue(1)
    with mp.raises(queue.Empty):
        Call(items.get, 0).result()
    items.put("item", 1)
    with mp.raises(queue.Full):
        Call(items.put, "x", 0).result()
    assert "item" == Call(items.get, 1, LONG).result(), "the item"
