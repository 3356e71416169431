"""The form of messages on the descriptor, on POSIX, and signals that arrive during a transfer."""

import mmap
import os
import pickle
import select
import socket
import struct
import time

from conformance.clocks import never
from conformance.requirement import requirement
from conformance.specs.aids import BIG, LONG, SHORT, TICK, Call, Refusal, after_failure, after_ticks, alarms, patience


def read_exactly(descriptor, size):
    data = b""
    while len(data) < size:
        chunk = os.read(descriptor, size - len(data))
        if not chunk:
            break
        data += chunk
    return data


def drain(descriptor, size):
    """Read up to `size` bytes, as long as some come; how many came, and the last five of them."""
    buffer, count, tail = bytearray(1 << 20), 0, b""
    while count < size and select.select([descriptor], [], [], patience())[0]:
        got = os.readv(descriptor, [buffer])
        if not got:
            break
        count += got
        tail = (tail + bytes(buffer[max(0, got - 5) : got]))[-5:]
    return count, tail


@requirement("connection.recv.no-read-ahead")
def test_connection_takes_one_message_at_a_time(mp):
    """What is behind the message received is still there, for poll and wait, and for another copy of the end."""
    connection = mp.module("connection")
    for writer, reader in (mp.Pipe(), mp.Pipe(duplex=False)[::-1]):
        with connection.Connection(os.dup(reader.fileno()), writable=False) as copy:
            for number in range(4):
                writer.send(number)
            assert 0 == Call(reader.recv).result(), "the first object"
            assert True is Call(reader.poll).result(), "poll() with more waiting"
            assert [reader] == Call(connection.wait, [reader], 0).result(), "wait() with more waiting"
            assert 1 == Call(copy.recv).result(), "the next object, received by the copy"
            assert 2 == Call(reader.recv).result(), "the third object"
            assert 3 == Call(copy.recv).result(), "the last object, received by the copy"


@requirement("connection.wire.header")
def test_connection_message_is_a_length_and_the_payload(mp):
    """Read raw, a message is its length as four big-endian bytes, then its bytes."""
    reader, writer = mp.Pipe(duplex=False)
    for size in (0, 1, 300, 20_000, 70_000):
        payload = bytes(number % 251 for number in range(size))
        sending = Call(writer.send_bytes, payload)
        raw = Call(read_exactly, reader.fileno(), 4 + size).result()
        sending.result()
        assert struct.pack("!i", size) == raw[:4], f"header of a message of {size} bytes"
        assert True is (payload == raw[4:]), f"whether the payload of {size} bytes is as sent"


@requirement("connection.wire.header")
def test_connection_reads_a_hand_written_message(mp):
    """Bytes written raw as length and payload, in whatever pieces, are one message, and the next one is let be."""
    for pieces in ((b"\0\0", b"\0\5he", b"ll"), (b"\0\0\0\5", b"h", b"el", b"l"), (b"\0\0\0\5he", b"l", b"l")):
        reader, writer = mp.Pipe(duplex=False)
        call = Call(reader.recv_bytes)
        for piece in pieces:
            os.write(writer.fileno(), piece)
            never(call.returned, "the return of recv_bytes() before the message was whole", glance=0.03)
        os.write(writer.fileno(), b"o" + b"\0\0\0\1!")
        assert b"hello" == call.result(), "the first message"
        assert b"!" == Call(reader.recv_bytes).result(), "the second message"


@requirement("connection.recv-bytes.maxlength-exceeded", platforms=["posix"])  # where the wire has headers
def test_connection_recv_bytes_refuses_by_the_length_alone(mp):
    """A message whose announced length is beyond maxlength is refused before any of it has come."""
    for header in (struct.pack("!i", 11), struct.pack("!i", (1 << 31) - 1), struct.pack("!iQ", -1, 1 << 40)):
        reader, writer = mp.Pipe()
        os.write(writer.fileno(), header)
        with mp.raises(OSError):
            Call(reader.recv_bytes, 10).result()
        assert False is reader.readable, "readable afterwards"


@requirement("connection.wire.long-header")
def test_connection_reads_a_long_header(mp):
    """A length of -1 announces that the real length follows as eight bytes."""
    reader, writer = mp.Pipe(duplex=False)
    os.write(writer.fileno(), struct.pack("!iQ", -1, 5) + b"hello" + struct.pack("!i", 1) + b"!")
    assert b"hello" == Call(reader.recv_bytes).result(), "the message with a long header"
    assert b"!" == Call(reader.recv_bytes).result(), "the message after it"


@requirement("connection.wire.long-header")
def test_connection_writes_a_long_header_for_two_gibibytes(mp):
    """A message of 2 GiB begins with -1 and its length as eight bytes."""
    reader, writer = mp.Pipe(duplex=False)
    # Pages that nobody wrote cost no memory, and the writer never gets beyond the first few.
    huge = mmap.mmap(-1, 1 << 31)
    sending = Call(writer.send_bytes, huge)
    raw = Call(read_exactly, reader.fileno(), 12).result()
    reader.close()
    assert struct.pack("!iQ", -1, 1 << 31) == raw, "the first bytes of the message"
    with mp.raises(BrokenPipeError):
        sending.result()


@requirement("connection.wire.long-header")
def test_connection_writes_a_short_header_below_two_gibibytes(mp):
    """The longest message whose length fits four signed bytes begins with just that."""
    size = (1 << 31) - 1
    reader, writer = mp.Pipe(duplex=False)
    sending = Call(writer.send_bytes, mmap.mmap(-1, size))
    raw = Call(read_exactly, reader.fileno(), 12).result()
    reader.close()
    assert struct.pack("!iQ", size, 0) == raw, "the first bytes of the message"
    with mp.raises(BrokenPipeError):
        sending.result()


@requirement("connection.wire.one-write")
def test_connection_writes_a_small_message_at_once(mp):
    """A message of up to 16 KiB leaves together with its header: a socket that keeps writes apart gets one."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with far, mp.module("connection").Connection(near.detach()) as connection:
        far.settimeout(patience())
        for size in (0, 1, 1000, 16_384):
            connection.send_bytes(bytes(size))
            assert 4 + size == len(far.recv(1 << 20)), f"bytes in the first write of a message of {size}"


@requirement("connection.send-bytes.over-2gib", methods=("fork",), deadline=120.0)
def test_connection_sends_more_than_two_gibibytes(mp):
    """A message that no system writes in one go arrives complete: its length as announced, and then the end."""
    size = (1 << 31) + 5
    reader, writer = mp.Pipe()
    # As above, no memory; what came is not kept either.
    huge = mmap.mmap(-1, size)
    huge[-5:] = b"tail!"
    sending = Call(writer.send_bytes, huge)
    count, tail = drain(reader.fileno(), 12 + size)
    reader.close()
    sending.result()
    assert 12 + size == count, "number of bytes that came, header included"
    assert b"tail!" == tail, "the last bytes"


@requirement("connection.recv.truncated")
def test_connection_recv_of_half_a_message_is_no_end_of_file(mp):
    """If the stream ends within a payload or within a header, receiving raises OSError, not EOFError."""
    for beginning in (b"\0\0\0\x0aabc", b"\0\0"):
        for duplex in (True, False):
            for receive, *into in (("recv",), ("recv_bytes",), ("recv_bytes_into", bytearray(20))):
                reader, writer = mp.Pipe(duplex)
                os.write(writer.fileno(), beginning)
                writer.close()
                with mp.raises(OSError):
                    Call(getattr(reader, receive), *into).result()


@requirement("connection.eintr")
def test_connection_recv_goes_on_after_signals(mp):
    """Signals whose handler returns do not disturb a recv that waits."""
    reader, writer = mp.Pipe(duplex=False)
    with alarms() as ticks:
        sending = after_ticks(ticks, writer.send, "after the signals")
        assert "after the signals" == reader.recv(), "what recv() returned"
    sending.result()


@requirement("connection.eintr")
def test_connection_poll_goes_on_after_signals(mp):
    """Signals whose handler returns do not end a poll before something is there."""
    reader, writer = mp.Pipe(duplex=False)
    with alarms() as ticks:
        sending = after_ticks(ticks, writer.send, "after the signals")
        assert True is reader.poll(LONG), "poll() while signals arrived"
    sending.result()


@requirement("connection.eintr")
def test_connection_poll_keeps_its_timeout_while_signals_arrive(mp):
    """Interrupted again and again, poll(t) gives False after t seconds, not before."""
    reader, _writer = mp.Pipe(duplex=False)
    with alarms(0.01):
        start = time.monotonic()
        ready = reader.poll(SHORT)
        seconds = time.monotonic() - start
    assert False is ready, "poll(timeout) with nothing sent"
    assert SHORT - TICK <= seconds, "seconds that poll(timeout) took"


@requirement("connection.eintr")
def test_connection_send_goes_on_after_signals(mp):
    """Signals whose handler returns do not disturb a send that waits for its reader."""
    reader, writer = mp.Pipe(duplex=False)
    payload = os.urandom(BIG)
    with alarms() as ticks:
        receiving = after_ticks(ticks, reader.recv_bytes)
        writer.send_bytes(payload)
    assert True is (payload == receiving.result()), "whether the message arrived whole"


@requirement("connection.eintr-exception")
def test_connection_recv_lets_a_signal_handlers_exception_out(mp):
    """An exception raised by a signal handler ends recv and poll."""
    reader, writer = mp.Pipe(duplex=False)
    for wait in (reader.recv, lambda: reader.poll(LONG)):
        with alarms(0.01) as ticks:
            rescue = after_failure(ticks, writer.send, "too late")
            with mp.raises(Refusal):
                ticks.fail()
                wait()
            rescue.result()
        reader.recv()


@requirement("connection.eintr-exception")
def test_connection_recv_lets_an_exception_out_in_the_midst_of_a_message(mp):
    """It does so too when a part of a message has come: the rest, which may never come, is not waited for."""
    for size, sent in ((1000, 500), (BIG, 500), (BIG, 100_000)):
        reader, writer = mp.Pipe(duplex=False)
        message = pickle.dumps(bytes(size))
        Call(os.write, writer.fileno(), struct.pack("!i", len(message)) + message[:sent])
        with alarms(0.01) as ticks:
            rescue = after_failure(ticks, writer.close, count=20)
            with mp.raises(Refusal):
                ticks.fail()
                reader.recv()
            late = ticks.since_failure() >= 20
            rescue.result()
        assert False is late, "whether recv() waited for the rest first, of {} bytes".format(size)
