"""The reading end of a queue's pipe: by a read that declines to wait and, where there is none, by a look first."""

import os
import signal
import threading
from types import SimpleNamespace

import pytest

import reference
from reference import connection
from reference._platform import _posix_streams
from reference.reading_end import ReadingEnd

LIMIT = 20


@pytest.fixture(params=["declines to wait", "looks first"])
def ends(request, monkeypatch):
    """A reading end, and the connection that writes to it."""
    if request.param == "looks first":
        monkeypatch.setattr(connection, "NOWAIT", 0)
        monkeypatch.setattr(connection, "scatter", None)
    elif not connection.NOWAIT:
        pytest.skip("this system knows no read that declines to wait")
    reader, writer = reference.Pipe(duplex=False)
    former = signal.signal(signal.SIGALRM, overdue)
    signal.alarm(LIMIT)
    try:
        yield ReadingEnd(reader, reference.get_context("fork").Lock()), reader, writer
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, former)
        reader.close()
        writer.close()


def overdue(signum, frame):
    raise TimeoutError(f"waited {LIMIT} seconds where nothing was to be waited for")


def test_messages_come_whole_and_in_order(ends):
    end, _, writer = ends
    sent = [b"", b"one", bytes(60_000), b"last"]
    for message in sent[:3]:
        writer.send_bytes(message)
    assert sent[:3] == [end.take_now(), end.take(None), end.take(LIMIT)]
    writer.send_bytes(sent[3])
    assert sent[3] == end.take_now()


def test_a_message_larger_than_the_pipe(ends):
    end, _, writer = ends
    message = os.urandom(1 << 20)
    feeder = threading.Thread(target=writer.send_bytes, args=(message,))
    feeder.start()
    assert message == end.take(LIMIT)
    feeder.join()


def test_nothing_is_at_hand_again_and_again(ends):
    end, _, writer = ends
    assert [None, None, None] == [end.take_now(), end.take_now(), end.take(0.01)]
    writer.send_bytes(b"one")
    assert b"one" == end.take_now()
    assert end.take_now() is None


def test_the_end_of_the_stream(ends):
    end, _, writer = ends
    writer.send_bytes(b"last")
    writer.close()
    assert b"last" == end.take_now()
    for take in (end.take_now, lambda: end.take(None)):
        with pytest.raises(EOFError):
            take()


def test_a_header_that_is_cut_off(ends):
    end, _, writer = ends
    os.write(writer.fileno(), b"\0\0")
    writer.close()
    with pytest.raises(OSError, match="inside a message"):
        end.take_now()


def test_a_closed_end(ends):
    end, reader, _ = ends
    reader.close()
    with pytest.raises(OSError, match="closed"):
        end.take_now()


def test_threads_wait_at_the_same_time_and_each_gets_one(ends):
    end, _, writer = ends
    found = []
    readers = [threading.Thread(target=lambda: found.append(end.take(LIMIT))) for _ in range(3)]
    for each in readers:
        each.start()
    for message in (b"one", b"two", b"three"):
        writer.send_bytes(message)
    for each in readers:
        each.join()
    assert [b"one", b"three", b"two"] == sorted(found)


def test_without_a_descriptor_to_try_it_with_there_is_no_such_read(monkeypatch):
    def exhausted():
        raise OSError(24, "too many open files")

    monkeypatch.setattr(_posix_streams.os, "pipe", exhausted)
    assert 0 == _posix_streams._without_waiting()


@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_a_lock_that_somebody_keeps_is_waited_for_at_stretches(ends, timeout):
    _, reader, writer = ends
    asked, answers = [], iter([False, True])

    def acquire(block, timeout):
        asked.append(timeout)
        return next(answers)

    end = ReadingEnd(reader, SimpleNamespace(acquire=acquire, release=int))
    writer.send_bytes(b"one")
    assert b"one" == end.take(timeout)
    assert [1.0, 1.0] == asked


def test_a_lock_that_somebody_keeps_is_not_waited_for_longer_than_was_asked(ends):
    _, reader, writer = ends
    lock = reference.get_context("fork").Lock()
    writer.send_bytes(b"one")
    with lock:
        assert ReadingEnd(reader, lock).take(0.01) is None
    assert b"one" == ReadingEnd(reader, lock).take(0)
