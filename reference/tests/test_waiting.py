"""Waiting for several things at once."""

import os
import socket

import pytest
from background import Background

from reference.connection import Pipe, wait


def test_wait_returns_what_is_ready_in_the_order_given():
    pairs = [Pipe(False) for _ in range(5)]
    try:
        readers = [reader for reader, _ in pairs]
        assert [] == wait(readers, 0)
        for number in (4, 1):
            pairs[number][1].send(None)
        pairs[2][1].close()
        assert [readers[1], readers[2], readers[4]] == wait(readers)
        assert [readers[4], readers[2], readers[1]] == wait(reversed(readers), 60)
    finally:
        for pair in pairs:
            for end in pair:
                end.close()


def test_wait_takes_whatever_has_a_descriptor():
    one, other = socket.socketpair()
    source, sink = os.pipe()
    with one, other, open(sink, "wb", 0) as writer, open(source, "rb", 0) as reader:
        other.sendall(b"x")
        writer.write(b"x")
        assert [one, source] == wait([one, source, other], 60)
        assert [reader] == wait([reader], 60)


@pytest.mark.parametrize("timeout", [0, -1, -1e9, 0.0])
def test_wait_without_time_looks_once(ends, timeout):
    assert [] == wait([ends[0]], timeout)
    assert [] == wait([], timeout)
    assert not ends[0].poll(timeout)


def test_wait_for_longer_than_the_system_can_in_one_go(ends, monkeypatch):
    receiver, sender = ends
    with Background(lambda: sender.send(1)):
        assert [receiver] == wait([receiver], 1e12)
        assert [receiver] == wait([receiver], float("inf"))
    monkeypatch.setattr("reference._platform._posix_polling._LONGEST", 0.01)
    receiver.recv()
    assert [] == wait([receiver], 0.05)


def test_wait_refuses_what_it_cannot_wait_for(ends):
    closed = socket.socket()
    closed.close()
    for thing in (object(), closed, "text", -1):
        with pytest.raises(ValueError, match=r"wait|descriptor"):
            wait([thing])
    with pytest.raises(KeyError, match="given twice"):
        wait([ends[0], ends[0].fileno()])


def test_a_descriptor_that_is_not_open_is_ready():
    source, sink = os.pipe()
    os.close(source)
    os.close(sink)
    assert [source] == wait([source], 60)
