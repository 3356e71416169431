"""Connection.send_bytes and recv_bytes: messages of bytes, parts of buffers, the greatest length."""

import array
import gc
import pickle

from conformance.gates import Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import BIG, Call, running

EDGES = (1, 2, 255, 256, 4096, 16_383, 16_384, 16_385, 65_531, 65_532, 65_533, 65_535, 65_536, 65_537, 131_072, 1 << 20)


def pattern(size):
    return (array.array("I", range(size // 4 + 1)).tobytes())[:size]


def echo_bytes(connection, count):
    for _ in range(count):
        connection.send_bytes(connection.recv_bytes())


def post_messages(connection, count, box):
    box.post([connection.recv_bytes() for _ in range(count)])


@requirement("connection.send-bytes.message")
def test_connection_bytes_message_arrives_whole(mp):
    """recv_bytes gives, as bytes, exactly what send_bytes sent, at every size where a buffer might end."""
    ours, theirs = mp.Pipe()
    with running(mp, echo_bytes, args=(theirs, len(EDGES))):
        for size in EDGES:
            sending = Call(ours.send_bytes, pattern(size))
            message = Call(ours.recv_bytes).result()
            sending.result()
            assert (bytes, size) == (type(message), len(message)), "type and length of the message"
            assert True is (pattern(size) == message), f"whether the {size} bytes are those sent"


@requirement("connection.send-bytes.buffer-types")
def test_connection_send_bytes_takes_any_contiguous_buffer(mp):
    """bytearray, memoryview and arrays of multi-byte items are sent as their raw bytes."""
    left, right = mp.Pipe()
    numbers = array.array("d", [1.5, -2.5, 1e300])
    for buffer in (
        bytearray(b"abc"),
        memoryview(b"abcdef")[2:5],
        numbers,
        memoryview(numbers)[1:],
        array.array("H", [1, 2]),
    ):
        left.send_bytes(buffer)
        assert memoryview(buffer).tobytes() == Call(right.recv_bytes).result(), "the raw bytes of the buffer"


@requirement("connection.send-bytes.buffer-free")
def test_connection_send_bytes_gives_the_buffer_back(mp):
    """Once the call is over the buffer can be changed and resized, and what was sent before arrives as it was."""
    left, right = mp.Pipe()
    buffer = bytearray(b"as it was")
    Call(left.send_bytes, buffer).result()
    gc.collect()  # PyPy counts no references
    buffer[:] = b"changed, and longer"
    assert b"as it was" == Call(right.recv_bytes).result(), "the message"


@requirement("connection.send-bytes.str-refused")
def test_connection_send_bytes_refuses_text(mp):
    """send_bytes of a str raises TypeError and sends nothing."""
    left, right = mp.Pipe()
    with mp.raises(TypeError):
        left.send_bytes("text")
    assert False is right.poll(), "poll() of the other end"


@requirement("connection.send-bytes.offset-size")
def test_connection_send_bytes_sends_the_selected_part(mp):
    """offset and size, by position or keyword, select a part of the buffer."""
    left, right = mp.Pipe()
    left.send_bytes(b"abcdefgh", 2, 3)
    assert b"cde" == Call(right.recv_bytes).result(), "offset 2, size 3"
    left.send_bytes(b"abcdefgh", offset=0, size=8)
    assert b"abcdefgh" == Call(right.recv_bytes).result(), "offset 0, size 8"
    left.send_bytes(b"abcdefgh", 8, 0)
    assert b"" == Call(right.recv_bytes).result(), "offset 8, size 0"
    left.send_bytes(b"abcdefgh", 2, 0)
    assert b"" == Call(right.recv_bytes).result(), "offset 2, size 0"
    left.send_bytes(b"abcdefgh", size=1)
    assert b"a" == Call(right.recv_bytes).result(), "size 1 alone"


@requirement("connection.send-bytes.offset-size")
def test_connection_send_bytes_counts_in_bytes(mp):
    """offset and size count bytes, also when the buffer's items have several."""
    left, right = mp.Pipe()
    numbers = array.array("i", range(10))
    left.send_bytes(numbers, 4, 9)
    assert numbers.tobytes()[4:13] == Call(right.recv_bytes).result(), "nine bytes from the fifth on"


@requirement("connection.send-bytes.offset-only")
def test_connection_send_bytes_without_size_sends_the_rest(mp):
    """Without size everything from offset on is sent, also for items of several bytes."""
    left, right = mp.Pipe()
    left.send_bytes(b"abcdefgh", 3)
    assert b"defgh" == Call(right.recv_bytes).result(), "offset 3"
    left.send_bytes(b"abcdefgh", 8)
    assert b"" == Call(right.recv_bytes).result(), "offset at the end"
    numbers = array.array("i", range(4))
    left.send_bytes(numbers, 8)
    assert numbers.tobytes()[8:] == Call(right.recv_bytes).result(), "offset 8 in an array of four-byte items"


@requirement("connection.send-bytes.bad-range")
def test_connection_send_bytes_refuses_a_part_outside_the_buffer(mp):
    """A negative offset or size, or one beyond the buffer, raises ValueError and sends nothing."""
    left, right = mp.Pipe()
    numbers = array.array("i", range(2))
    for buffer, part in (
        (b"abcd", (-1,)),
        (b"abcd", (5,)),
        (b"abcd", (0, -1)),
        (b"abcd", (0, 5)),
        (b"abcd", (3, 2)),
        (b"", (1,)),
        (numbers, (9,)),
        (numbers, (4, 5)),
    ):
        with mp.raises(ValueError):
            left.send_bytes(buffer, *part)
    assert False is right.poll(), "poll() of the other end"


@requirement("connection.send-bytes.empty")
def test_connection_empty_message_is_a_message(mp):
    """An empty message arrives as b'', in its place among others."""
    left, right = mp.Pipe()
    for message in (b"", b"x", b"", b"", b"y"):
        left.send_bytes(message)
    messages = [Call(right.recv_bytes).result() for _ in range(5)]
    assert [b"", b"x", b"", b"", b"y"] == messages, "the messages received"


@requirement("connection.send-bytes.boundaries")
def test_connection_messages_are_neither_merged_nor_split(mp):
    """A child receives each of many waiting messages as it was sent, small and large in turn."""
    ours, theirs = mp.Pipe()
    box = Mailbox()
    messages = [bytes([number]) * size for number, size in enumerate((3, 0, 30_000, 1, 16_385, 2, 70_000, 1) * 5)]
    with running(mp, post_messages, args=(theirs, len(messages), box)):
        Call(lambda: [ours.send_bytes(message) for message in messages]).result()
        received = box.first()
    assert [len(message) for message in messages] == [len(message) for message in received], "lengths received"
    assert True is (messages == received), "whether each message is as sent"


@requirement("connection.recv-bytes.maxlength-ok")
def test_connection_recv_bytes_takes_a_message_of_the_greatest_length(mp):
    """A message of exactly maxlength bytes, or fewer, is received; so is an empty one with maxlength 0."""
    left, right = mp.Pipe()
    for message, greatest in ((b"abcd", 4), (b"abc", 4), (b"", 0), (b"x" * 20_000, 20_000)):
        Call(left.send_bytes, message)
        assert message == Call(right.recv_bytes, greatest).result(), f"recv_bytes({greatest})"
    left.send_bytes(b"abcd")
    assert b"abcd" == Call(right.recv_bytes, maxlength=4).result(), "recv_bytes(maxlength=4)"


@requirement("connection.recv-bytes.maxlength-exceeded")
def test_connection_recv_bytes_refuses_a_longer_message(mp):
    """A message longer than maxlength raises OSError, and nothing more can be received."""
    for duplex in (True, False):
        for size, greatest in ((5, 4), (1, 0), (70_000, 69_999)):
            reader, writer = mp.Pipe(duplex)
            Call(writer.send_bytes, bytes(size))
            with mp.raises(OSError):
                Call(reader.recv_bytes, greatest).result()
            for refused in (reader.recv, reader.recv_bytes, reader.poll):
                with mp.raises(OSError):
                    Call(refused).result()


@requirement("connection.recv-bytes.maxlength-duplex-still-writable")
def test_connection_too_long_message_leaves_a_duplex_end_writable(mp):
    """After a message beyond maxlength a duplex end still sends, while a receive-only end is closed."""
    left, right = mp.Pipe()
    left.send_bytes(b"too long")
    with mp.raises(OSError):
        right.recv_bytes(3)
    assert (False, True, False) == (right.readable, right.writable, right.closed), "readable, writable, closed"
    right.send("still")
    assert "still" == Call(left.recv).result(), "what the other end received"
    reader, writer = mp.Pipe(duplex=False)
    writer.send_bytes(b"too long")
    with mp.raises(OSError):
        reader.recv_bytes(3)
    assert True is reader.closed, "closed of the receive-only end"


@requirement("connection.recv-bytes.negative-maxlength")
def test_connection_recv_bytes_refuses_a_negative_maxlength(mp):
    """A negative maxlength raises ValueError and consumes nothing."""
    left, right = mp.Pipe()
    left.send_bytes(b"message")
    with mp.raises(ValueError):
        right.recv_bytes(-1)
    assert b"message" == Call(right.recv_bytes).result(), "the message afterwards"


@requirement("connection.recv-bytes.eof")
def test_connection_recv_bytes_raises_eoferror_at_the_end(mp):
    """recv_bytes delivers what was sent and then raises EOFError."""
    for duplex in (True, False):
        reader, writer = mp.Pipe(duplex)
        writer.send_bytes(b"last")
        writer.close()
        assert b"last" == Call(reader.recv_bytes).result(), "the last message"
        with mp.raises(EOFError):
            Call(reader.recv_bytes).result()
        with mp.raises(EOFError):
            Call(reader.recv_bytes, 10).result()


@requirement("connection.recv-bytes.of-object")
def test_connection_sent_object_is_a_message_with_its_pickle(mp):
    """What send sends can be taken by recv_bytes as a pickle, and a pickle sent as bytes by recv."""
    left, right = mp.Pipe()
    left.send({"key": [1, 2]})
    assert {"key": [1, 2]} == pickle.loads(Call(right.recv_bytes).result()), "the unpickled message"
    left.send_bytes(pickle.dumps({"other": 3}))
    assert {"other": 3} == Call(right.recv).result(), "the received object"


@requirement("connection.recv-bytes.of-object")
def test_connection_receives_big_pickles_of_every_protocol(mp):
    """Short values before and after long ones, in the notation of each of pickle's protocols."""
    left, right = mp.Pipe()
    value = [1, "text " * (BIG // 5), 2.5, "", b"bytes " * (BIG // 6), len, list(range(1000))]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        sending = Call(left.send_bytes, pickle.dumps(value, protocol))
        assert value == Call(right.recv).result(), "the object of a pickle by protocol {}".format(protocol)
        sending.result()
