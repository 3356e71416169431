"""Connection.poll: whether a receive would return at once."""

import os

from conformance.clocks import never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import BIG, LONG, SHORT, TICK, Call, jumping_clock, running


def send_at(gate, connection, value):
    gate.wait()
    connection.send(value)


def close_at(gate, connection, box):
    box.post("up")
    gate.wait()
    connection.close()


@requirement("connection.poll.default-nonblocking")
def test_connection_poll_returns_at_once(mp):
    """poll() is False while nothing is there and True once something is, and never waits."""
    for reader, writer in (mp.Pipe(), mp.Pipe(duplex=False)):
        assert False is Call(reader.poll).result(), "poll() of an empty connection"
        writer.send("something")
        assert True is Call(reader.poll).result(), "poll() with an object waiting"
        reader.recv()
        assert False is Call(reader.poll).result(), "poll() after the object was received"


@requirement("connection.poll.default-nonblocking")
def test_connection_poll_zero_does_not_wait(mp):
    """poll(0) is as poll()."""
    left, right = mp.Pipe()
    assert False is Call(right.poll, 0).result(), "poll(0) of an empty connection"
    left.send("something")
    assert True is Call(right.poll, 0).result(), "poll(0) with an object waiting"


@requirement("connection.poll.timeout")
def test_connection_poll_waits_for_its_timeout(mp):
    """poll(t) returns False after t seconds, not before, if nothing came."""
    for reader, _writer in (mp.Pipe(), mp.Pipe(duplex=False)):
        for call in (Call(reader.poll, SHORT), Call(reader.poll, timeout=SHORT)):
            assert False is call.result(), "poll(timeout) of an empty connection"
            assert SHORT - TICK <= call.seconds, "seconds that poll(timeout) took"


@requirement("connection.poll.timeout")
def test_connection_poll_timeout_ignores_the_wall_clock(mp):
    """A system clock that is put forward does not cut poll(t) short."""
    reader, _writer = mp.Pipe()
    with jumping_clock():
        call = Call(reader.poll, SHORT)
        assert False is call.result(), "poll(timeout) of an empty connection"
    assert SHORT - TICK <= call.seconds, "seconds that poll(timeout) took"


@requirement("connection.poll.early")
def test_connection_poll_returns_as_soon_as_data_arrives(mp):
    """A long poll returns True when a child sends, long before its time is over."""
    ours, theirs = mp.Pipe()
    gate = Gate()
    with running(mp, send_at, args=(gate, theirs, "data")):
        call = Call(ours.poll, LONG)
        never(call.returned, "the return of poll(timeout) before anything was sent")
        gate.open()
        assert True is call.result(), "poll(timeout) after the child sent"
        assert "data" == Call(ours.recv).result(), "what the child sent"


@requirement("connection.poll.none")
def test_connection_poll_none_waits_until_data_arrives(mp):
    """poll(None) waits without limit and returns True once something is there."""
    left, right = mp.Pipe()
    call = Call(right.poll, None)
    never(call.returned, "the return of poll(None) before anything was sent")
    left.send("data")
    assert True is call.result(), "poll(None) after a send"


@requirement("connection.poll.negative")
def test_connection_poll_negative_does_not_wait(mp):
    """A negative timeout tells the present state at once."""
    left, right = mp.Pipe()
    for timeout in (-1, -0.001, -1000):
        assert False is Call(right.poll, timeout).result(), f"poll({timeout}) of an empty connection"
    left.send("data")
    for timeout in (-1, -0.001, -1000):
        assert True is Call(right.poll, timeout).result(), f"poll({timeout}) with an object waiting"


@requirement("connection.poll.eof")
def test_connection_poll_is_true_at_end_of_file(mp):
    """Once the other end is closed poll is True, with any timeout, drained or not, and stays so."""
    for duplex in (True, False):
        reader, writer = mp.Pipe(duplex)
        writer.send("last")
        writer.close()
        assert True is Call(reader.poll).result(), "poll() with the last object waiting"
        assert "last" == reader.recv(), "the last object"
        for timeout in (0, SHORT, None, -1, 0):
            assert True is Call(reader.poll, timeout).result(), f"poll({timeout}) at end of file, duplex={duplex}"
        with mp.raises(EOFError):
            Call(reader.recv).result()
        assert True is Call(reader.poll).result(), "poll() after EOFError"


@requirement("connection.poll.eof")
def test_connection_poll_returns_when_a_child_closes_the_last_copy(mp):
    """A poll that waits returns True when the child that holds the other end closes it."""
    reader, writer = mp.Pipe(duplex=False)
    gate, box = Gate(), Mailbox()
    with running(mp, close_at, args=(gate, writer, box)):
        box.wait()
        writer.close()
        call = Call(reader.poll, LONG)
        never(call.returned, "the return of poll(timeout) before the end of file")
        gate.open()
        assert True is call.result(), "poll(timeout) at end of file"


@requirement("connection.poll.keeps-data")
def test_connection_poll_takes_nothing(mp):
    """Any number of polls leaves the message whole, small or larger than the pipe."""
    reader, writer = mp.Pipe(duplex=False)
    for size in (1, BIG):
        payload = os.urandom(size)
        sending = Call(writer.send_bytes, payload)
        assert [True] * 3 == [Call(reader.poll, LONG).result() for _ in range(3)], "repeated polls"
        assert True is (payload == Call(reader.recv_bytes).result()), "whether the message is whole"
        sending.result()
    assert False is reader.poll(), "poll() after everything was received"


@requirement("connection.poll.empty-message")
def test_connection_poll_sees_an_empty_message(mp):
    """poll is True for a message of no bytes, and False once it is received."""
    left, right = mp.Pipe()
    left.send_bytes(b"")
    assert True is right.poll(), "poll() with an empty message waiting"
    assert b"" == Call(right.recv_bytes).result(), "the message"
    assert False is right.poll(), "poll() after the message was received"
