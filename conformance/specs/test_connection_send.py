"""Connection.send and recv: whole objects, in order, across processes, and what happens when a side is gone."""

import array
import pickle

from conformance.clocks import never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import BIG, Call, Refusal, Unloadable, Unpicklable, running

SIZES = (1, 100, 16_000, 17_000, 65_535, 65_536, 65_537, 200_000)


def send_numbered(connection):
    for number in range(200):
        connection.send((number, b"x" * SIZES[number % len(SIZES)]))


def send_and_wait(connection, value, gate):
    connection.send(value)
    gate.wait()


def echo(connection, count):
    for _ in range(count):
        connection.send(connection.recv())


def megabytes():
    return array.array("I", range(1_000_000)).tobytes()


def send_megabytes(connection):
    connection.send({"payload": megabytes()})


def send_then_close(connection, box):
    connection.send("first")
    connection.send("second")
    connection.close()
    box.post("closed")


@requirement("connection.send-recv.order")
def test_connection_delivers_objects_in_order(mp):
    """Objects of any size arrive in the order in which a child sent them, far beyond what a pipe buffers."""
    for duplex in (True, False):
        reader, writer = mp.Pipe(duplex)
        with running(mp, send_numbered, args=(writer,)):
            received = Call(lambda: [reader.recv() for _ in range(200)]).result()
        assert list(range(200)) == [number for number, _ in received], f"order of arrival, duplex={duplex}"
        sizes = [SIZES[number % len(SIZES)] for number in range(200)]
        assert sizes == [len(payload) for _, payload in received], f"sizes of the payloads, duplex={duplex}"


@requirement("connection.send-recv.order")
def test_connection_delivers_waiting_objects_in_order(mp):
    """Objects that wait in the pipe together come out first in, first out."""
    reader, writer = mp.Pipe(duplex=False)
    for number in range(300):
        writer.send(number)
    received = Call(lambda: [reader.recv() for _ in range(300)]).result()
    assert list(range(300)) == received, "order of arrival"


@requirement("connection.send.picklable")
def test_connection_carries_any_picklable_object(mp):
    """Falsy values, nested containers, text, numbers, exceptions and classes arrive as equal objects."""
    left, right = mp.Pipe()
    values = [
        None,
        False,
        0,
        "",
        b"",
        (),
        [],
        {},
        "\N{SNOWMAN}",
        1 << 100,
        1.5,
        {1: [2, {3}]},
        Refusal,
        bytearray(b"x"),
    ]
    for value in values:
        left.send(value)
        received = Call(right.recv).result()
        assert (type(value), value) == (type(received), received), "type and value of the received object"


@requirement("connection.send.unpicklable")
def test_connection_send_raises_what_pickling_raised(mp):
    """If pickling fails, send raises that error, nothing is written, and the connection stays usable."""
    left, right = mp.Pipe()
    with mp.raises(Refusal):
        left.send(["good", Unpicklable()])
    assert False is right.poll(), "poll() of the other end after the failed send"
    left.send("next")
    assert "next" == Call(right.recv).result(), "what arrived after the failed send"


@requirement("connection.send.large")
def test_connection_carries_many_megabytes(mp):
    """An object of 4 MB arrives whole from a child, through a duplex and a one-way pipe."""
    for duplex in (True, False):
        reader, writer = mp.Pipe(duplex)
        with running(mp, send_megabytes, args=(writer,)):
            payload = Call(reader.recv).result()["payload"]
        assert 4_000_000 == len(payload), f"number of bytes received, duplex={duplex}"
        assert True is (megabytes() == payload), f"whether the bytes are those sent, duplex={duplex}"


@requirement("connection.send.large")
def test_connection_carries_objects_of_many_small_parts(mp):
    """Objects that are pickled in one, two, or more frames of 64 KiB arrive whole."""
    left, right = mp.Pipe()
    for count in (20_000, 30_000, 40_000, 60_000):
        sending = Call(left.send, list(range(count)))
        assert True is (list(range(count)) == Call(right.recv).result()), f"whether the {count} numbers arrived"
        sending.result()


@requirement("connection.send.blocks-when-full")
def test_connection_send_waits_for_the_reader_when_the_pipe_is_full(mp):
    """send of more than the system buffers returns only once the other end reads."""
    for duplex in (True, False):
        reader, writer = mp.Pipe(duplex)
        sending = Call(writer.send, bytes(BIG))
        never(sending.returned, "the return of a send() that nobody reads")
        assert BIG == len(Call(reader.recv).result()), "number of bytes received"
        sending.result()


@requirement("connection.send.closed-peer")
def test_connection_send_to_nobody_is_a_broken_pipe(mp):
    """Sending when every reader is closed raises BrokenPipeError and the process lives on."""
    for duplex in (True, False):
        reader, writer = mp.Pipe(duplex)
        reader.close()
        with mp.raises(BrokenPipeError):
            writer.send("nobody reads this")
        with mp.raises(BrokenPipeError):
            writer.send_bytes(bytes(BIG))


@requirement("connection.recv.blocks")
def test_connection_recv_waits_for_an_object(mp):
    """recv returns only once an object was sent by the child."""
    ours, theirs = mp.Pipe()
    with running(mp, echo, args=(theirs, 2)):
        ours.send("child is up")
        assert "child is up" == Call(ours.recv).result(), "the child's first answer"
        call = Call(ours.recv)
        never(call.returned, "the return of recv() before anything was sent")
        ours.send("now")
        assert "now" == call.result(), "the child's second answer"


@requirement("connection.recv.eof")
def test_connection_recv_raises_eoferror_once_the_other_end_is_closed(mp):
    """With nothing left and the other end closed, recv raises EOFError, duplex or one-way."""
    for duplex in (True, False):
        reader, writer = mp.Pipe(duplex)
        writer.close()
        with mp.raises(EOFError):
            Call(reader.recv).result()


@requirement("connection.recv.eof")
def test_connection_recv_ends_when_the_child_that_held_the_other_end_dies(mp):
    """A recv that waits is ended by EOFError when the only holder of the other end ends without closing it."""
    reader, writer = mp.Pipe(duplex=False)
    gate = Gate()
    with running(mp, send_and_wait, args=(writer, "up", gate)):
        writer.close()
        assert "up" == Call(reader.recv).result(), "the child's message"
        call = Call(reader.recv)
        never(call.returned, "the return of recv() while the child lived")
        gate.open()
        with mp.raises(EOFError):
            call.result()


@requirement("connection.recv.drain-before-eof")
def test_connection_recv_delivers_all_before_eoferror(mp):
    """What was sent before the other end closed is delivered, and only then EOFError comes."""
    reader, writer = mp.Pipe(duplex=False)
    box = Mailbox()
    with running(mp, send_then_close, args=(writer, box)):
        writer.close()
        box.wait()
        assert "first" == Call(reader.recv).result(), "the first object"
        assert "second" == Call(reader.recv).result(), "the second object"
        with mp.raises(EOFError):
            Call(reader.recv).result()


@requirement("connection.recv.eof-repeats")
def test_connection_recv_repeats_eoferror(mp):
    """Each recv after the first EOFError raises EOFError again."""
    reader, writer = mp.Pipe()
    writer.close()
    for _ in range(3):
        with mp.raises(EOFError):
            Call(reader.recv).result()


@requirement("connection.recv.unpickle-error")
def test_connection_recv_consumes_a_message_that_cannot_be_rebuilt(mp):
    """recv raises what rebuilding raised, and the next recv gives the next object."""
    left, right = mp.Pipe()
    left.send(Unloadable())
    left.send("next")
    with mp.raises(Refusal):
        right.recv()
    assert "next" == Call(right.recv).result(), "what came after the failed recv"


@requirement("connection.recv.non-pickle-bytes")
def test_connection_recv_refuses_bytes_that_are_no_pickle(mp):
    """recv of a message that is no pickle raises an unpickling error and consumes the message."""
    left, right = mp.Pipe()
    left.send_bytes(b"\xff no pickle")
    left.send("next")
    with mp.raises(pickle.UnpicklingError, KeyError, ValueError):
        right.recv()
    assert "next" == Call(right.recv).result(), "what came after the failed recv"


@requirement("connection.concurrent-different-ends")
def test_connection_ends_may_be_used_at_the_same_time(mp):
    """Two processes that both send and receive at the same time get every message whole and in order."""
    ours, theirs = mp.Pipe()
    sent = [(number, bytes([number]) * SIZES[number % len(SIZES)]) for number in range(100)]
    with running(mp, echo, args=(theirs, len(sent))):
        sending = Call(lambda: [ours.send(message) for message in sent])
        received = Call(lambda: [ours.recv() for _ in sent]).result()
        sending.result()
    assert [number for number, _ in sent] == [number for number, _ in received], "order of the echoes"
    assert True is (sent == received), "whether each echo is what was sent"
