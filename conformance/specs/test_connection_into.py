"""Connection.recv_bytes_into: messages stored in the caller's buffer."""

import array
import gc

from conformance.requirement import requirement
from conformance.specs.aids import Call


@requirement("connection.recv-into.count")
def test_connection_recv_into_stores_the_message_and_tells_its_length(mp):
    """The message goes to the start of the buffer, its length is returned, the rest stays untouched."""
    left, right = mp.Pipe()
    buffer = bytearray(b"........")
    for message, content in ((b"abc", b"abc....."), (b"", b"abc....."), (b"12345678", b"12345678")):
        left.send_bytes(message)
        assert len(message) == Call(right.recv_bytes_into, buffer).result(), "the returned count"
        assert content == bytes(buffer), "content of the buffer"


@requirement("connection.recv-into.offset")
def test_connection_recv_into_stores_from_the_offset_on(mp):
    """With an offset the message is stored from that byte on; one that just fits is accepted."""
    left, right = mp.Pipe()
    buffer = bytearray(b"........")
    left.send_bytes(b"abc")
    assert 3 == Call(right.recv_bytes_into, buffer, 2).result(), "the returned count"
    assert b"..abc..." == bytes(buffer), "content of the buffer, offset 2"
    left.send_bytes(b"xyz")
    assert 3 == Call(right.recv_bytes_into, buffer, offset=5).result(), "the returned count"
    assert b"..abcxyz" == bytes(buffer), "content of the buffer, offset 5"


@requirement("connection.recv-into.item-size")
def test_connection_recv_into_counts_bytes_in_wide_items(mp):
    """A buffer of multi-byte items is filled bytewise; count and offset are in bytes."""
    left, right = mp.Pipe()
    sent = array.array("i", [1, -2, 3])
    buffer = array.array("i", [0] * 5)
    width = buffer.itemsize
    left.send_bytes(sent)
    assert 3 * width == Call(right.recv_bytes_into, buffer).result(), "the returned count"
    assert [1, -2, 3, 0, 0] == buffer.tolist(), "content of the buffer"
    left.send_bytes(sent)
    assert 3 * width == Call(right.recv_bytes_into, buffer, 2 * width).result(), "the returned count"
    assert [1, -2, 1, -2, 3] == buffer.tolist(), "content of the buffer, offset of two items"


@requirement("connection.recv-into.too-short")
def test_connection_recv_into_too_short_a_buffer_hands_the_message_over(mp):
    """A message that does not fit raises BufferTooShort with the whole message as args[0]."""
    left, right = mp.Pipe()
    for size, offset in ((3, 0), (8, 5), (0, 0)):
        left.send_bytes(b"abcd")
        with mp.raises(mp.BufferTooShort) as caught:
            Call(right.recv_bytes_into, bytearray(size), offset).result()
        assert b"abcd" == caught.error.args[0], f"args[0] for a buffer of {size} bytes, offset {offset}"


@requirement("connection.recv-into.too-short-usable")
def test_connection_goes_on_after_too_short_a_buffer(mp):
    """After BufferTooShort the buffer is as it was, and the next message is received as if nothing had happened."""
    left, right = mp.Pipe()
    left.send_bytes(b"does not fit")
    left.send_bytes(b"next")
    buffer = bytearray(b".....")
    with mp.raises(mp.BufferTooShort):
        right.recv_bytes_into(buffer, 2)
    assert b"....." == bytes(buffer), "content of the buffer"
    assert b"next" == Call(right.recv_bytes).result(), "the next message"


@requirement("connection.recv-into.buffer-free")
def test_connection_recv_into_lets_go_of_the_buffer(mp):
    """A bytearray can be resized once the call is over, also while its BufferTooShort is still at hand."""
    left, right = mp.Pipe()
    buffer = bytearray(4)
    for message in (b"abcd", b"abcde"):
        left.send_bytes(message)
    assert 4 == Call(right.recv_bytes_into, buffer).result(), "the returned count"
    gc.collect()  # PyPy counts no references
    buffer.pop()
    error = None
    try:
        right.recv_bytes_into(buffer)
    except mp.BufferTooShort as too_short:
        error = too_short  # with its frames, and what they hold
    assert mp.BufferTooShort is type(error), "the error, if any, when the message did not fit"
    gc.collect()
    buffer.extend(b"more")
    assert b"abcmore" == bytes(buffer), "the buffer, resized"
    assert b"abcde" == error.args[0], "args[0]"


@requirement("connection.recv-into.read-only-buffer")
def test_connection_recv_into_refuses_a_read_only_buffer(mp):
    """Storing into bytes raises TypeError."""
    left, right = mp.Pipe()
    target = bytes(8)
    left.send_bytes(b"abc")
    with mp.raises(TypeError):
        Call(right.recv_bytes_into, target).result()
    assert bytes(8) == target, "the bytes object"


@requirement("connection.recv-into.bad-offset")
def test_connection_recv_into_refuses_an_offset_outside_the_buffer(mp):
    """A negative offset or one beyond the buffer raises ValueError and consumes nothing."""
    left, right = mp.Pipe()
    left.send_bytes(b"abc")
    for buffer, offset in ((bytearray(4), -1), (bytearray(4), 5), (array.array("i", [0]), 5)):
        with mp.raises(ValueError):
            Call(right.recv_bytes_into, buffer, offset).result()
    assert b"abc" == Call(right.recv_bytes).result(), "the message afterwards"


@requirement("connection.recv-into.eof")
def test_connection_recv_into_raises_eoferror_at_the_end(mp):
    """recv_bytes_into delivers what was sent and then raises EOFError."""
    reader, writer = mp.Pipe(duplex=False)
    writer.send_bytes(b"last")
    writer.close()
    buffer = bytearray(4)
    assert 4 == Call(reader.recv_bytes_into, buffer).result(), "the returned count"
    assert b"last" == bytes(buffer), "content of the buffer"
    with mp.raises(EOFError):
        Call(reader.recv_bytes_into, buffer).result()
