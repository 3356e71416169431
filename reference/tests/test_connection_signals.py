"""Signals while a connection is used: their handlers run, and nothing else changes unless they raise."""

import os
import signal
import threading

import pytest
from background import Background

from reference import connection
from reference.connection import wait


class Alarm(Exception):
    """Raised by a handler."""


@pytest.fixture
def alarms():
    """A handler for a timer that soon goes off again and again; what it raises can be chosen."""
    state = {"count": 0, "error": None, "then": lambda: None}

    def handler(number, frame):
        state["count"] += 1
        if state["count"] == 3:
            state["then"]()
        if state["error"] is not None:
            raise state["error"]

    before = signal.signal(signal.SIGALRM, handler)
    yield state
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def set_off():
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)


@pytest.mark.parametrize("use", ["recv", "recv_bytes", "recv_bytes_into", "poll", "wait"])
def test_signals_do_not_disturb_waiting(ends, alarms, use):
    receiver, sender = ends
    alarms["then"] = lambda: sender.send(b"came")
    set_off()
    action = {
        "recv_bytes_into": lambda: receiver.recv_bytes_into(bytearray(100)),
        "poll": lambda: receiver.poll(None),
        "wait": lambda: wait([receiver], 60),
    }.get(use) or getattr(receiver, use)
    assert action()
    assert 3 <= alarms["count"]


@pytest.mark.parametrize("size", [connection._JOINED + 1, 1_000_000])
def test_signals_do_not_disturb_big_messages(ends, alarms, size):
    receiver, sender = ends
    data = os.urandom(size)
    got = []

    def receive():
        released.acquire()
        got.extend(receiver.recv() for _ in range(5))

    released = threading.Semaphore(0)
    alarms["then"] = released.release
    with Background(receive):
        set_off()
        for _ in range(5):
            sender.send(data)
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert [True] * 5 == [data == one for one in got]


@pytest.mark.parametrize("use", ["recv", "recv_bytes", "poll", "wait"])
def test_an_error_out_of_a_handler_ends_the_waiting(ends, alarms, use):
    receiver, sender = ends
    alarms["error"] = Alarm
    action = {"poll": lambda: receiver.poll(None), "wait": lambda: wait([receiver])}.get(use) or getattr(receiver, use)
    set_off()
    with pytest.raises(Alarm):
        action()
    signal.setitimer(signal.ITIMER_REAL, 0)
    alarms["error"] = None
    sender.send("after")
    assert "after" == receiver.recv()
