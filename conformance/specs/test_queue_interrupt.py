"""Queue.get while the time runs out behind another reader, and while signals arrive."""

import os
import queue
import time

from conformance.clocks import eventually
from conformance.gates import Mailbox
from conformance.requirement import requirement
from conformance.specs import kin
from conformance.specs.aids import LONG, SHORT, TICK, Call, Refusal, after_failure, after_ticks, alarms, running


def get_one(items, box):
    box.post("getting")
    items.get()


def sleeping(child):
    """Wait until the child, which was about to do so, waits for something."""
    if os.name == "posix":
        eventually(lambda: kin.state(child.pid) == "S", "sleep of the child")


def timed_get(items, timeout):
    """Whether get(timeout) gave an item, and when it ended."""
    try:
        items.get(True, timeout)
    except queue.Empty:
        return False, time.monotonic()
    return True, time.monotonic()


def waits_anew(mp, items, timeout):
    """Whether get(timeout), half of it behind another reader, takes that reader's time and all of its own."""
    box = Mailbox()
    with running(mp, get_one, args=(items, box)) as reader:
        box.wait()
        sleeping(reader)
        call = Call(timed_get, items, timeout)
        half = time.monotonic() + timeout / 2
        eventually(lambda: time.monotonic() > half, "half of the timeout")
        released = time.monotonic()
        items.put("for one of the two")
        taken, ended = call.result()
        if taken:
            items.put("for the other reader")
    return released + timeout - TICK <= ended


@requirement("queue.get.timeout-deadline", deadline=40)
def test_queue_get_does_not_wait_anew_once_it_may_read(mp):
    """The time spent behind another reader counts: what is left of it is waited for data, not all of it again.

    Whoever waits anew is never quicker than this other reader and the timeout together. A right get may be late
    on a busy machine, but not each time, when there is more and more time to be so.
    """
    items = mp.Queue()
    always = all(waits_anew(mp, items, timeout) for timeout in (0.2, 0.5, 1, 3, 6))
    assert False is always, "whether each get(timeout) waited anew when another reader had let go"


@requirement("queue.get.eintr")
def test_queue_get_goes_on_after_signals(mp):
    """Signals whose handler returns do not end a get, with or without timeout, before an item comes."""
    items = mp.Queue()
    for arguments in ((), (True, LONG)):
        with alarms() as ticks:
            putting = after_ticks(ticks, items.put, "after the signals")
            assert "after the signals" == items.get(*arguments), "what get() returned"
        putting.result()


@requirement("queue.get.eintr")
def test_queue_get_keeps_its_timeout_while_signals_arrive(mp):
    """Interrupted again and again, get(timeout=t) raises Empty after t seconds, not before."""
    items = mp.Queue()
    with alarms(0.01):
        start = time.monotonic()
        with mp.raises(queue.Empty):
            items.get(True, SHORT)
        seconds = time.monotonic() - start
    assert SHORT - TICK <= seconds, "seconds that get(timeout) took"


@requirement("queue.get.interrupted")
def test_queue_is_usable_after_an_exception_ended_get(mp):
    """A get that a signal handler's exception ended has taken nothing and keeps nobody waiting."""
    items = mp.Queue(1)
    for arguments in ((), (True, LONG)):
        with alarms() as ticks:
            rescue = after_failure(ticks, items.put, "next")
            with mp.raises(Refusal):
                ticks.fail()
                items.get(*arguments)
            rescue.result()
        assert "next" == Call(items.get).result(), "the item put after the interrupted get"
        assert False is items.full(), "full() afterwards"
