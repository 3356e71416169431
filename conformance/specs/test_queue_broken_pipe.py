"""What becomes of items that nobody will ever read, since every reading end is closed.

`_reader`, `_ignore_epipe`, `_on_queue_feeder_error` and `_terminate_broken` are names that executors of processes use.
"""

import contextlib
import errno
import io

from conformance.clocks import eventually, never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import BIG, LONG, Call, Refusal, Unpicklable, launch_helpers, running


def watched(mp, maxsize=0):
    """A queue, and the list of what its hook was told: pairs of error and object."""
    told = []

    class Watched(mp.module("queues").Queue):
        def _on_queue_feeder_error(self, error, obj):
            told.append((error, obj))

    return Watched(maxsize, ctx=mp.context), told


class Late:
    """A value that is pickled only once a gate opens; it becomes the text "late"."""

    def __init__(self, gate):
        self.gate = gate

    def __reduce__(self):
        self.gate.wait()
        return str, ("late",)


class Lost:
    """A value whose pickling fails as the reading of a file that is not there."""

    def __reduce_ex__(self, protocol):
        raise FileNotFoundError(errno.ENOENT, "is not there")


def put_without_reader(items, box, gate):
    box.post("here")
    gate.wait()
    items._reader.close()
    with contextlib.redirect_stderr(io.StringIO()) as stderr:
        items.put("lost")
        items.close()
        items.join_thread()
        box.post(stderr.getvalue())


@requirement("queue.put.write-error")
def test_queue_reports_items_that_cannot_be_written(mp):
    """With no reading end left each item is reported by the hook, and its slot comes free."""
    launch_helpers(mp)
    items, told = watched(mp, 1)
    items._reader.close()
    for number in range(3):
        Call(items.put, number, True, LONG).result()
    eventually(lambda: len(told) == 3, "the report of three items")
    assert [BrokenPipeError] * 3 == [type(error) for error, _ in told], "errors reported"


@requirement("queue.put.write-error")
def test_queue_reports_items_that_cannot_be_written_on_stderr(mp):
    """With no reading end left a traceback of the BrokenPipeError is written; put does not raise."""
    launch_helpers(mp)
    items = mp.Queue()
    items._reader.close()
    with contextlib.redirect_stderr(io.StringIO()) as stderr:
        assert None is items.put("lost"), "what put() returned"
        eventually(lambda: "BrokenPipeError" in stderr.getvalue(), "report of the error on stderr")


@requirement("queue.ignore-epipe")
def test_queue_that_ignores_epipe_drops_items_silently(mp):
    """With _ignore_epipe set before the first put, items that nobody can read are not reported."""
    launch_helpers(mp)
    items, told = watched(mp)
    items._ignore_epipe = True
    items._reader.close()
    items.put("lost")
    items.put("lost too")
    items.close()
    Call(items.join_thread).result()
    assert [] == told, "errors reported"


@requirement("queue.ignore-epipe")
def test_queue_that_ignores_epipe_reports_other_errors(mp):
    """With _ignore_epipe set, items that cannot be pickled are reported as ever, and the next one arrives."""
    items, told = watched(mp)
    items._ignore_epipe = True
    items.put(Unpicklable())
    items.put(Lost())
    items.put("next")
    assert "next" == Call(items.get).result(), "the item received"
    eventually(lambda: len(told) > 1, "two calls of the hook")
    assert [Refusal, FileNotFoundError] == [type(error) for error, _ in told], "errors reported"


@requirement("queue.ignore-epipe")
def test_queue_that_ignores_epipe_does_so_in_a_child(mp):
    """_ignore_epipe travels with the queue; a child whose items nobody can read writes nothing to stderr."""
    items, box, gate = mp.Queue(), Mailbox(), Gate()
    items._ignore_epipe = True
    with running(mp, put_without_reader, args=(items, box, gate)):
        box.wait()
        items._reader.close()
        gate.open()
        assert "" == box.wait(2)[1], "stderr of the child"


@requirement("queue.terminate-broken")
def test_queue_terminate_broken_frees_a_stuck_feeder(mp):
    """_terminate_broken returns though the pipe is full and nobody reads; the queue is closed and its feeder ended."""
    items, told = watched(mp)
    before = len(told)
    items.put(bytes(BIG))
    feeder = items._thread
    Call(items._terminate_broken).result()
    assert False is feeder.is_alive(), "is_alive() of the feeder"
    assert before + 1 == len(told), "items reported"
    with mp.raises(ValueError):
        items.put("x")


@requirement("queue.terminate-broken")
def test_queue_terminate_broken_waits_for_the_feeder(mp):
    """_terminate_broken returns only once the feeder is done with what it was about."""
    gate = Gate()

    class Slow(mp.module("queues").Queue):
        def _on_queue_feeder_error(self, error, obj):
            gate.wait()

    items = Slow(ctx=mp.context)
    items.put(bytes(BIG))
    call = Call(items._terminate_broken)
    never(call.returned, "the return of _terminate_broken() while the feeder is busy")
    gate.open()
    call.result()


@requirement("queue.terminate-broken.reports")
def test_queue_terminate_broken_reports_all_that_is_lost(mp):
    """What a stuck feeder was about to write, and what had still to come, is reported, each as a broken pipe."""
    items, told = watched(mp)
    for item in (bytes(BIG), "next", "last"):
        items.put(item)
    Call(items._terminate_broken).result()
    assert [BrokenPipeError] * 3 == [type(error) for error, _ in told], "errors reported"


@requirement("queue.terminate-broken")
def test_queue_terminate_broken_closes_an_unused_queue(mp):
    """_terminate_broken closes the reading end, and the queue, though nothing was ever put."""
    items, told = watched(mp)
    Call(items._terminate_broken).result()
    assert True is items._reader.closed, "whether the reading end is closed"
    with mp.raises(ValueError):
        items.put("x")
    assert [] == told, "errors reported"


@requirement("queue.close.alone")
def test_queue_close_keeps_a_reading_end_for_what_is_still_to_be_written(mp):
    """An item that is pickled only after close is written without an error, though no other process could read it."""
    items, told = watched(mp)
    gate = Gate()
    items.put(Late(gate))
    items.close()
    gate.open()
    Call(items.join_thread).result()
    assert [] == told, "errors reported"
