"""Queues of others: subclasses that bring a feeder or a state of their own, as loky has them, which joblib brings too.

The classes below override what loky's do, by the same names.
"""

import gc
import os
import pickle
import threading
import time
import weakref

import pytest

import reference
from reference import queues, util
from reference.queues import _sentinel

METHODS = ["fork", "spawn", "forkserver"]
LIMIT = 60


class Upper(queues.Queue):
    """Its feeder pickles in its own way: text becomes upper case."""

    def __init__(self, maxsize, ctx):
        super().__init__(maxsize, ctx=ctx)
        self.word = "kept"

    def __getstate__(self):
        reference.context.assert_spawning(self)
        state = self._ignore_epipe, self._maxsize, self._reader, self._writer, self._rlock, self._wlock, self._sem
        return *state, self._opid, self.word

    def __setstate__(self, state):
        *names, self._opid, self.word = state
        self._ignore_epipe, self._maxsize, self._reader, self._writer, self._rlock, self._wlock, self._sem = names
        self._reset()

    def _start_thread(self):
        self._buffer.clear()
        arguments = self._buffer, self._notempty, self._send_bytes, self._wlock, self._writer.close
        self._thread = threading.Thread(target=self._feed, args=arguments, daemon=True)
        self._thread.start()
        if not self._joincancelled:
            self._jointhread = util.Finalize(self._thread, self._finalize_join, [weakref.ref(self._thread)])
        self._close = util.Finalize(self, self._finalize_close, [self._buffer, self._notempty], exitpriority=10)

    @staticmethod
    def _feed(buffer, notempty, send_bytes, wlock, close):
        while True:
            with notempty:
                while not buffer:
                    notempty.wait()
                obj = buffer.popleft()
            if obj is _sentinel:
                close()
                return
            with wlock:
                send_bytes(pickle.dumps(obj.upper()))


class Reversed(queues.SimpleQueue):
    """Has a state of its own."""

    def __init__(self, ctx):
        super().__init__(ctx=ctx)
        self.word = "kept"

    def __getstate__(self):
        return self._reader, self._writer, self.word, self._rlock, self._wlock

    def __setstate__(self, state):
        self._reader, self._writer, self.word, self._rlock, self._wlock = state

    def put(self, obj):
        with self._wlock:
            self._writer.send_bytes(pickle.dumps(obj[::-1]))


def answer(questions, answers):
    answers.put(f"{questions.word} {questions.get()}")


@pytest.mark.parametrize("method", METHODS)
def test_a_subclass_feeds_the_pipe_by_itself_here_and_in_children(method):
    context = reference.get_context(method)
    questions, answers = Upper(0, ctx=context), Upper(0, ctx=context)
    questions.put("begin")
    assert "BEGIN" == questions.get(timeout=LIMIT)
    child = context.Process(target=answer, args=(questions, answers))
    child.start()
    questions.put("a word")
    assert "KEPT A WORD" == answers.get(timeout=LIMIT)
    child.join()
    assert 0 == child.exitcode
    assert questions.empty()


@pytest.mark.parametrize("method", METHODS)
def test_a_subclass_of_the_simple_queue_has_a_state_of_its_own(method):
    context = reference.get_context(method)
    questions, answers = Reversed(ctx=context), Reversed(ctx=context)
    child = context.Process(target=answer, args=(questions, answers))
    child.start()
    questions.put("a word")
    assert "a word tpek" == answers.get()
    child.join()
    assert 0 == child.exitcode
    with pytest.raises(AttributeError, match="'Reversed' object has no attribute 'nosuch'"):
        _ = questions.nosuch


def test_closing_ends_the_thread_after_what_was_put():
    queue = Upper(2, ctx=reference.get_context("fork"))
    queue.put("one")
    queue.put("two")
    thread = queue._thread
    assert thread.is_alive()
    queue.close()
    queue.join_thread()
    assert not thread.is_alive()
    with pytest.raises(ValueError, match="closed"):
        queue.put("three")


def test_a_queue_that_goes_ends_its_thread():
    queue = Upper(0, ctx=reference.get_context("fork"))
    queue.put("one")
    thread = queue._thread
    assert "ONE" == queue.get(timeout=LIMIT)
    del queue
    deadline = time.monotonic() + LIMIT
    while thread.is_alive() and time.monotonic() < deadline:
        gc.collect()  # where nothing counts references, a round or two must come by
        thread.join(0.1)
    assert not thread.is_alive()


def put_and_leave(queue):
    for _ in range(100):
        queue.put("word")


def test_a_child_leaves_when_everything_is_written():
    context = reference.get_context("fork")
    queue = Upper(0, ctx=context)
    child = context.Process(target=put_and_leave, args=(queue,))
    child.start()
    assert ["WORD"] * 100 == [queue.get(timeout=LIMIT) for _ in range(100)]
    child.join()
    assert 0 == child.exitcode


def test_what_a_subclass_defines_itself_is_left_to_it():
    class Own(queues.Queue):
        _opid = os.getpid()

        def _start_thread(self):
            raise NotImplementedError

    assert os.getpid() == Own._opid
    assert not hasattr(queues.Queue, "_opid")
    queue = Own(ctx=reference.get_context("fork"))
    with pytest.raises(NotImplementedError):
        queue.put(1)
    assert 0 == queue.qsize()
