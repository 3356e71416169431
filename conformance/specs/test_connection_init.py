"""Building a connection from a handle: which handles it takes, and the directions that it then permits, on POSIX."""

import gc
import os
import socket
import sys

from conformance.requirement import requirement
from conformance.specs.aids import Call, is_open


class Number:
    """An integer in all but name."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


def complaints(build):
    """What the interpreter could not raise while the object that `build` failed to make was collected."""
    unraised = []
    usual, sys.unraisablehook = sys.unraisablehook, lambda told: unraised.append(told.exc_value)
    try:
        try:
            build()
        except ValueError:
            pass
        gc.collect()
    finally:
        sys.unraisablehook = usual
    return unraised


@requirement("connection.init.negative-handle")
def test_connection_of_a_negative_handle_is_refused(mp):
    """Connection(-1) raises ValueError."""
    with mp.raises(ValueError):
        mp.module("connection").Connection(-1)


@requirement("connection.init.no-direction")
def test_connection_without_direction_is_refused(mp):
    """Connection(handle, readable=False, writable=False) raises ValueError and leaves the handle open."""
    left, _right = mp.Pipe()
    with mp.raises(ValueError):
        mp.module("connection").Connection(left.fileno(), readable=False, writable=False)
    assert True is is_open(left.fileno()), "whether the handle is still open"


@requirement("connection.init.refused-silently")
def test_connection_that_was_refused_is_collected_without_complaint(mp):
    """What a refused Connection(...) leaves behind causes no further error when it is collected."""
    Connection = mp.module("connection").Connection
    left, _right = mp.Pipe()
    assert [] == complaints(lambda: Connection(-1)), "errors after Connection(-1)"
    assert [] == complaints(lambda: Connection(left.fileno(), False, False)), "errors after one without direction"


@requirement("connection.init.index")
def test_connection_takes_any_integer_as_handle(mp):
    """An object with __index__ serves as handle, and fileno() is the int."""
    left, right = socket.socketpair()
    with right:
        number = left.detach()
        with mp.module("connection").Connection(Number(number)) as connection:
            assert (int, number) == (type(connection.fileno()), connection.fileno()), "type and value of fileno()"
            right.sendall(b"\0\0\0\2ok")
            assert b"ok" == Call(connection.recv_bytes).result(), "the message received"


@requirement("connection.init.handle-zero", platforms=["posix"])  # where a handle is a descriptor
def test_connection_works_on_descriptor_zero(mp):
    """A connection on descriptor 0 is open, sends, receives and polls, and is closed by close and by collection."""
    for close in (True, False):
        ours, low = mp.Pipe()
        os.dup2(low.fileno(), 0)
        low.close()
        zero = mp.module("connection").Connection(0)
        assert (False, 0) == (zero.closed, zero.fileno()), "closed, fileno()"
        ours.send("down")
        assert True is Call(zero.poll).result(), "poll() with an object waiting"
        assert "down" == Call(zero.recv).result(), "what descriptor 0 received"
        zero.send("up")
        assert "up" == Call(ours.recv).result(), "what descriptor 0 sent"
        if close:
            zero.close()
        else:
            del zero
            gc.collect()
        with mp.raises(EOFError):
            Call(ours.recv).result()
        os.open(os.devnull, os.O_RDONLY)  # takes the lowest number that is free


@requirement("connection.init.directions", platforms=["posix"])  # where a handle is a descriptor
def test_connection_without_writable_never_sends(mp):
    """On a handle that could be written to, send and send_bytes of a receive-only connection raise OSError."""
    near, far = mp.Pipe()
    reader = mp.module("connection").Connection(os.dup(near.fileno()), writable=False)
    assert (True, False) == (reader.readable, reader.writable), "readable, writable"
    for refused in (reader.send, reader.send_bytes):
        with mp.raises(OSError):
            refused(b"wrong way")
    assert False is far.poll(), "poll() of the other end"
    far.send("right way")
    assert "right way" == Call(reader.recv).result(), "what the receive-only end received"


@requirement("connection.init.directions", platforms=["posix"])  # where a handle is a descriptor
def test_connection_without_readable_never_receives(mp):
    """On a handle that could be read, a send-only connection refuses each way to receive and takes nothing."""
    near, far = mp.Pipe()
    writer = mp.module("connection").Connection(os.dup(near.fileno()), readable=False)
    assert (False, True) == (writer.readable, writer.writable), "readable, writable"
    far.send_bytes(b"message")
    for refused in (writer.recv, writer.recv_bytes, lambda: writer.recv_bytes_into(bytearray(8)), writer.poll):
        with mp.raises(OSError):
            Call(refused).result()
    assert b"message" == Call(near.recv_bytes).result(), "the message, still there"
    writer.send("right way")
    assert "right way" == Call(far.recv).result(), "what the send-only end sent"
