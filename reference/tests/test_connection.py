"""Connections at the level of descriptors: odd pieces, ends of file, what belongs to whom."""

import gc
import os
import pickle
import struct

import pytest
from background import Background

from reference import connection, reduction
from reference.connection import Connection, Pipe, wait
from reference.errors import BufferTooShort


@pytest.fixture
def raw():
    """A connection to receive by, and the raw descriptor of the other end."""
    source, sink = os.pipe()
    with Connection(source, writable=False) as receiver, open(sink, "wb", buffering=0) as other:
        yield receiver, other


def frame(payload):
    return struct.pack("!i", len(payload)) + payload


SIZES = [0, 1, 100, connection._JOINED, connection._JOINED + 1, connection._AT_ONCE + 1, connection._STREAMED + 1]


@pytest.mark.parametrize("size", SIZES)
def test_bytes_of_every_size_arrive_whole_and_in_order(ends, size):
    receiver, sender = ends
    data = os.urandom(size)
    with Background(lambda: [sender.send_bytes(data), sender.send(data), sender.send([data, data]), sender.send(0)]):
        assert data == receiver.recv_bytes()
        assert data == receiver.recv()
        assert [data, data] == receiver.recv()
        assert 0 == receiver.recv()


@pytest.mark.parametrize("size", SIZES)
def test_the_stream_is_what_the_stdlib_writes(size):
    data = bytes(size)
    receiver, sender = Pipe(False)
    with receiver, sender, Background(lambda: sender.send_bytes(data)):
        got = b""
        while len(got) < size + 4:
            got += os.read(receiver.fileno(), 2**20)
    assert frame(data) == got


def test_a_small_message_is_one_write(ends):
    receiver, sender = ends
    sender.send_bytes(b"abc")
    sender.send_bytes(b"")
    assert frame(b"abc") + frame(b"") == os.read(receiver.fileno(), 100)


def test_messages_may_come_in_single_bytes(raw):
    receiver, other = raw
    stream = frame(pickle.dumps("text")) + frame(b"bytes") + struct.pack("!iQ", -1, 4) + b"long"

    def trickle():
        for number in stream:
            other.write(bytes([number]))

    with Background(trickle):
        assert ("text", b"bytes", b"long") == (receiver.recv(), receiver.recv_bytes(), receiver.recv_bytes())


def test_more_pieces_than_one_gathering_write_takes(ends):
    receiver, sender = ends
    data = [bytes([number % 256]) * 70_000 for number in range(1200)]
    with Background(sender.send, data):
        assert data == receiver.recv()


@pytest.mark.parametrize("there", [1, 3, 4, 5, 50])
@pytest.mark.parametrize("size", [100, connection._AT_ONCE + 1, connection._STREAMED + 1])
@pytest.mark.parametrize("use", ["recv", "recv_bytes", "recv_bytes_into"])
def test_an_end_inside_a_message_is_no_end_of_file(raw, there, size, use):
    receiver, other = raw
    other.write(frame(pickle.dumps(b"x" * size))[:there])
    other.close()
    args = (bytearray(size * 2),) if use == "recv_bytes_into" else ()
    with pytest.raises(OSError, match="inside a message"):
        getattr(receiver, use)(*args)


def test_an_end_between_messages_is_an_eof_error_again_and_again(raw):
    receiver, other = raw
    other.write(frame(b"last"))
    other.close()
    assert b"last" == receiver.recv_bytes()
    for _ in range(2):
        assert receiver.poll()
        for use in (receiver.recv, receiver.recv_bytes, lambda: receiver.recv_bytes_into(bytearray(5))):
            with pytest.raises(EOFError):
                use()


def test_a_malformed_header_is_an_os_error(raw):
    receiver, other = raw
    other.write(struct.pack("!i", -2))
    with pytest.raises(OSError, match="malformed"):
        receiver.recv_bytes()


@pytest.mark.parametrize("size", [10, connection._STREAMED + 1])
def test_after_an_unpickling_error_the_next_message_is_received(ends, size):
    receiver, sender = ends
    with Background(lambda: [sender.send_bytes(b"\xff" * size), sender.send("next")]):
        with pytest.raises(pickle.UnpicklingError):
            receiver.recv()
        assert "next" == receiver.recv()


class Fails:
    """Cannot be rebuilt; what comes behind it in the message is big."""

    def __init__(self, behind):
        self.behind = behind

    def __reduce__(self):
        return fail, (1,), {}, iter([self.behind])


def fail(number):
    raise LookupError(number)


def test_after_an_error_in_rebuilding_the_rest_of_a_big_message_is_skipped(ends):
    receiver, sender = ends
    with Background(lambda: [sender.send(Fails(bytes(2_000_000))), sender.send("next")]):
        with pytest.raises(LookupError):
            receiver.recv()
        assert "next" == receiver.recv()


def test_nothing_is_sent_of_an_object_that_cannot_be_pickled(ends):
    receiver, sender = ends
    for thing in (lambda: 0, [bytes(1_000_000), lambda: 0]):
        with pytest.raises((pickle.PicklingError, AttributeError)):
            sender.send(thing)
    assert not receiver.poll()


def test_too_long_a_message_stops_reading_but_not_writing():
    receiver, sender = Pipe(False)
    with sender:
        sender.send_bytes(b"12345")
        assert b"12345" == receiver.recv_bytes(5)
        sender.send_bytes(b"123456")
        with pytest.raises(OSError, match="longer than 5"):
            receiver.recv_bytes(5)
        assert receiver.closed
    one, other = Pipe()
    with one, other:
        other.send_bytes(b"12345")
        with pytest.raises(OSError, match="longer than 0"):
            one.recv_bytes(0)
        assert (False, True, False) == (one.readable, one.writable, one.closed)
        with pytest.raises(OSError, match="sending only"):
            one.recv_bytes()
        one.send_bytes(b"still")
        assert b"still" == other.recv_bytes()


@pytest.mark.parametrize("size", [4, 100_000])
def test_receiving_into_a_buffer(ends, size):
    receiver, sender = ends
    data, buffer = os.urandom(size), bytearray(size + 4)
    with Background(lambda: [sender.send_bytes(data) for _ in range(3)]):
        assert size == receiver.recv_bytes_into(buffer)
        assert data == buffer[:size]
        assert size == receiver.recv_bytes_into(buffer, 4)
        assert data == buffer[4:]
        with pytest.raises(BufferTooShort) as caught:
            receiver.recv_bytes_into(buffer, 5)
        assert data == caught.value.args[0]


@pytest.mark.parametrize(
    ("offset", "size", "sent"),
    [(0, None, b"abcdef"), (2, None, b"cdef"), (6, None, b""), (2, 3, b"cde"), (0, 0, b""), (6, 0, b"")],
)
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_the_part_of_a_buffer_that_is_sent(ends, offset, size, sent, kind):
    receiver, sender = ends
    sender.send_bytes(kind(b"abcdef"), offset, size)
    assert sent == receiver.recv_bytes()


@pytest.mark.parametrize(("offset", "size"), [(-1, None), (7, None), (0, -1), (0, 7), (3, 4), (6, 1)])
def test_a_part_outside_the_buffer_is_refused(ends, offset, size):
    receiver, sender = ends
    with pytest.raises(ValueError, match="buffer of 6 bytes"):
        sender.send_bytes(b"abcdef", offset, size)
    assert not receiver.poll()


def test_buffers_of_every_shape_are_sent_bytewise(ends):
    receiver, sender = ends
    twodimensional = memoryview(bytes(range(24))).cast("B", (2, 3, 4))
    for buffer in (twodimensional, memoryview(b"abcd").cast("i"), memoryview(b""), memoryview(bytearray()).cast("i")):
        sender.send_bytes(buffer)
        assert buffer.tobytes() == receiver.recv_bytes()
    for wrong, error in ((memoryview(b"abcdef")[::2], (TypeError, BufferError)), ("text", TypeError), (5, TypeError)):
        with pytest.raises(error):
            sender.send_bytes(wrong)
    buffer = memoryview(bytearray(24)).cast("i", (2, 3))
    sender.send_bytes(bytes(range(20)))
    assert 20 == receiver.recv_bytes_into(buffer, 4)
    assert bytes(4) + bytes(range(20)) == buffer.tobytes()
    sender.send_bytes(b"")
    assert 0 == receiver.recv_bytes_into(bytearray())
    with pytest.raises(TypeError, match="read-only"):
        receiver.recv_bytes_into(b"read-only")
    assert not receiver.poll()


@pytest.mark.parametrize("handle", [-1, 2**31, 2**70])
def test_what_is_no_handle_is_refused(handle):
    with pytest.raises(ValueError, match="no handle"):
        Connection(handle)


def test_a_connection_needs_a_direction():
    with pytest.raises(ValueError, match="readable or writable"):
        Connection(0, readable=False, writable=False)


def test_every_use_of_a_closed_connection_is_an_os_error():
    one, other = Pipe()
    other.close()
    one.close()
    one.close()
    assert one.closed
    for use in (
        one.fileno,
        one.recv,
        one.recv_bytes,
        one.poll,
        lambda: one.send(1),
        lambda: one.send_bytes(b""),
        lambda: one.recv_bytes_into(bytearray()),
        lambda: wait([one]),
    ):
        with pytest.raises(OSError, match="closed"):
            use()


def test_the_wrong_direction_is_an_os_error(ends):
    receiver, sender = ends
    for use in (lambda: receiver.send(1), lambda: receiver.send_bytes(b"")):
        with pytest.raises(OSError, match="receiving only"):
            use()
    for use in (sender.recv, sender.recv_bytes, sender.poll, lambda: sender.recv_bytes_into(bytearray())):
        with pytest.raises(OSError, match="sending only"):
            use()


def test_a_connection_that_is_collected_closes_its_descriptor_unless_it_was_detached():
    one, other = Pipe()
    handles = one.fileno(), other.fileno()
    other._detach()
    del one, other
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(handles[0])
    os.close(handles[1])


def test_writing_to_nobody_is_a_broken_pipe(ends):
    receiver, sender = ends
    receiver.close()
    for message in (b"", bytes(connection._JOINED + 1)):
        with pytest.raises(BrokenPipeError):
            sender.send_bytes(message)


def test_threads_at_different_ends_do_not_mix_messages():
    one, other = Pipe()

    def talk(end, mine):
        for number in range(500):
            end.send([mine, number, "x" * number])
            theirs, same, _ = end.recv()
            assert (mine != theirs, number) == (True, same)

    with one, other, Background(talk, one, "one"), Background(talk, other, "other"):
        pass


def test_descriptors_above_a_thousand():
    resource = pytest.importorskip("resource", reason="no limits on descriptors here")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2000:
        pytest.skip("not that many descriptors allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    receiver, sender = Pipe(False)
    with receiver, sender:
        high = os.dup2(receiver.fileno(), 1500, inheritable=False)
        with Connection(high, writable=False) as again:
            assert not again.poll(0)
            sender.send("high")
            assert [again] == wait([again], 60)
            assert "high" == again.recv()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("duplex", [True, False])
def test_a_big_message_needs_its_memory_once(duplex):
    tracemalloc = pytest.importorskip("tracemalloc", reason="this interpreter does not count memory")
    size = 32 * 2**20
    receiver, sender = Pipe(duplex)
    data = bytes(size)
    with receiver, sender:
        child = os.fork()
        if child == 0:
            tracemalloc.start()
            sender.send(data)
            os._exit(tracemalloc.get_traced_memory()[1] > size // 10)
        tracemalloc.start()
        try:
            assert size == len(receiver.recv())
            assert tracemalloc.get_traced_memory()[1] < 1.05 * size
        finally:
            tracemalloc.stop()
        assert (child, 0) == os.waitpid(child, 0)


class Parcel:
    """What a broker makes of a descriptor, in these tests."""

    def __init__(self, fd):
        self.fd = fd

    def detach(self):
        return os.dup(self.fd)


def test_connections_travel_and_keep_their_directions(monkeypatch):
    monkeypatch.setattr(reduction, "handle_broker", Parcel)
    receiver, sender = Pipe(False)
    with receiver, sender, Pipe()[0] as both:
        again = pickle.loads(reduction.ForkingPickler.dumps([receiver, sender, both]))
        assert [(True, False), (False, True), (True, True)] == [(one.readable, one.writable) for one in again]
        again[1].send("by the copies")
        assert "by the copies" == again[0].recv()


def test_handles_go_over_a_connection_between_relatives():
    one, other = Pipe()
    source, sink = os.pipe()
    with one, other:
        reduction.send_handle(one, sink, None)
        copy = reduction.recv_handle(other)
        os.write(copy, b"by the copy")
        assert b"by the copy" == os.read(source, 100)
    for fd in (source, sink, copy):
        os.close(fd)
