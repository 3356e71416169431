"""Pipes: the pair of connections that Pipe() returns. What each end can do is told in the specs of `connection`."""

import gc
import os
import socket
import sys

from conformance.clocks import never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import Call, left_to_the_collector, running


def echo_upper(connection):
    connection.send(connection.recv().upper())


def post_received(connection, box):
    box.post(connection.recv())


def hold_until(gate, box, connection):
    box.post("holding")
    gate.wait()
    connection.close()
    box.post("closed")


def send_to_each(connections):
    for number, connection in enumerate(connections):
        connection.send(number)


@requirement("pipe.returns-pair")
def test_pipe_returns_a_tuple_of_two_connections(mp):
    """Pipe() gives a tuple of two different Connection objects."""
    connection = mp.module("connection")
    kind = connection.PipeConnection if sys.platform == "win32" else connection.Connection
    pair = mp.Pipe()
    assert tuple is type(pair), "type of what Pipe() returns"
    assert [True, True] == [isinstance(end, kind) for end in pair], "whether the ends are connections"
    assert pair[0].fileno() != pair[1].fileno(), "handles of the two ends"


@requirement("pipe.duplex-default")
def test_pipe_ends_both_send_and_receive_by_default(mp):
    """Without an argument each end can send to the other."""
    left, right = mp.Pipe()
    left.send("to the right")
    right.send("to the left")
    assert "to the right" == right.recv(), "what the second end received"
    assert "to the left" == left.recv(), "what the first end received"


@requirement("pipe.duplex-default")
def test_pipe_duplex_true_is_the_default(mp):
    """Pipe(duplex=True), by keyword or position, gives ends that both read and write; so does connection.Pipe."""
    for Pipe in (mp.Pipe, mp.module("connection").Pipe):
        for pair in (Pipe(), Pipe(duplex=True), Pipe(True)):
            flags = [(end.readable, end.writable) for end in pair]
            assert [(True, True), (True, True)] == flags, "(readable, writable) of the ends"


@requirement("pipe.simplex.direction")
def test_pipe_simplex_leads_from_the_second_end_to_the_first(mp):
    """With duplex=False the first end only receives, and what the second sends arrives there."""
    for reader, writer in (mp.Pipe(duplex=False), mp.Pipe(False)):
        assert (True, False) == (reader.readable, reader.writable), "(readable, writable) of the first end"
        assert (False, True) == (writer.readable, writer.writable), "(readable, writable) of the second end"
        writer.send(["one way"])
        assert ["one way"] == reader.recv(), "what the first end received"


@requirement("pipe.simplex.send-on-reader")
def test_pipe_receiving_end_refuses_to_send(mp):
    """send and send_bytes on the receiving end of a one-way pipe raise OSError."""
    reader, _writer = mp.Pipe(duplex=False)
    with mp.raises(OSError):
        reader.send("wrong way")
    with mp.raises(OSError):
        reader.send_bytes(b"wrong way")


@requirement("pipe.simplex.recv-on-writer")
def test_pipe_sending_end_refuses_to_receive(mp):
    """recv, recv_bytes, recv_bytes_into and poll on the sending end of a one-way pipe raise OSError."""
    _reader, writer = mp.Pipe(duplex=False)
    for refused in (writer.recv, writer.recv_bytes, lambda: writer.recv_bytes_into(bytearray(8)), writer.poll):
        with mp.raises(OSError):
            Call(refused).result()


@requirement("pipe.cross-process")
def test_pipe_carries_objects_to_a_child_and_back(mp):
    """A duplex end given to a child carries objects both ways between the processes."""
    ours, theirs = mp.Pipe()
    with running(mp, echo_upper, args=(theirs,)):
        ours.send("hello")
        assert "HELLO" == Call(ours.recv).result(), "the child's answer"


@requirement("pipe.cross-process")
def test_pipe_simplex_carries_objects_to_a_child(mp):
    """The receiving end of a one-way pipe works in a child."""
    reader, writer = mp.Pipe(duplex=False)
    box = Mailbox()
    with running(mp, post_received, args=(reader, box)):
        writer.send({"number": 1})
        assert {"number": 1} == box.first(), "what the child received"


@requirement("pipe.cross-process.both-ends-usable")
def test_pipe_stays_usable_in_the_parent_after_an_end_went_to_a_child(mp):
    """Passing an end to a child does not close or change it in the parent."""
    left, right = mp.Pipe()
    gate, box = Gate(), Mailbox()
    with running(mp, hold_until, args=(gate, box, right)):
        box.wait()
        right.send("from the passed end")
        assert "from the passed end" == left.recv(), "what the kept end received"
        gate.open()
        box.wait(2)
        left.send("after the child closed its copy")
        assert "after the child closed its copy" == right.recv(), "what the passed end received in the parent"


@requirement("pipe.eof-needs-all-copies-closed")
def test_pipe_ends_only_when_every_copy_of_the_writer_is_closed(mp):
    """The reader sees no end of file while a child still holds the writing end, and sees it thereafter."""
    reader, writer = mp.Pipe(duplex=False)
    gate, box = Gate(), Mailbox()
    with running(mp, hold_until, args=(gate, box, writer)):
        box.wait()
        writer.close()
        call = Call(reader.recv)
        never(call.returned, "the end of a recv() while the child held the writer")
        gate.open()
        with mp.raises(EOFError):
            call.result()


@requirement("pipe.object-recreated")
def test_pipe_delivers_an_equal_copy(mp):
    """What is received equals what was sent, and later changes to the original do not show."""
    left, right = mp.Pipe()
    original = {"list": [1, 2], "text": "x"}
    left.send(original)
    original["list"].append(3)
    received = right.recv()
    assert {"list": [1, 2], "text": "x"} == received, "the received object"
    assert received is not original, "the received object is the original"


@requirement("pipe.directions-independent")
def test_pipe_directions_are_independent(mp):
    """A message in one direction does not appear in the other."""
    left, right = mp.Pipe()
    left.send("to the right")
    assert (False, True) == (left.poll(), right.poll()), "poll() of the sender and of the receiver"
    right.send("to the left")
    assert "to the right" == right.recv(), "what the second end received"
    assert (True, False) == (left.poll(), right.poll()), "poll() of the first end and of the second"
    assert "to the left" == left.recv(), "what the first end received"


@requirement("pipe.fds-not-inheritable")
def test_pipe_descriptors_are_closed_by_exec(mp):
    """No descriptor of a pipe is inheritable, one-way or duplex."""
    for duplex in (True, False):
        ends = mp.Pipe(duplex)
        assert [False, False] == [os.get_inheritable(end.fileno()) for end in ends], f"inheritable, duplex={duplex}"


@requirement("pipe.win32-message-mode")
def test_pipe_on_windows_keeps_messages_apart(mp):
    """Each send is one message, also of no bytes, and poll and wait neither lose nor join any."""
    reader, writer = mp.Pipe(duplex=False)
    messages = [b"", b"one", b"", b"", b"x" * 1000, b""]
    for message in messages:
        writer.send_bytes(message)
    for message in messages:
        assert True is Call(reader.poll, None).result(), "poll() with a message waiting"
        assert [reader] == Call(mp.module("connection").wait, [reader]).result(), "wait() with a message waiting"
        assert message == Call(reader.recv_bytes).result(), "the message received"
    assert False is reader.poll(), "poll() after the last message"


@requirement("pipe.default-timeout-ignored")
def test_pipe_ignores_the_default_timeout_of_sockets(mp):
    """After socket.setdefaulttimeout each end of a duplex pipe still waits for what the other sends."""
    socket.setdefaulttimeout(0.01)
    try:
        ends = mp.Pipe()
    finally:
        socket.setdefaulttimeout(None)
    for reader, writer in (ends, ends[::-1]):
        receiving = Call(reader.recv)
        never(receiving.returned, "the end of recv() before anything was sent", glance=0.05)
        writer.send("late")
        assert "late" == receiving.result(), "what was received"


@requirement("pipe.close-complete")
def test_pipe_leaves_nothing_to_the_collector(mp):
    """Once both ends are closed nothing is left to be closed by collection, of which Python would warn."""
    with left_to_the_collector() as told:
        for duplex in (True, False):
            for end in mp.Pipe(duplex):
                end.close()
        gc.collect()
    assert [] == told, "warnings of what was left to the collector"


@requirement("pipe.no-side-effect-start-method", fresh=True)
def test_pipe_does_not_fix_the_start_method(mp):
    """Making a pipe, by the package or by a context, leaves the global start method undecided."""
    mp.package.Pipe()
    mp.context.Pipe()
    assert None is mp.package.get_start_method(allow_none=True), "the start method after Pipe()"


@requirement("pipe.context-attribute")
def test_pipe_of_any_context_works_in_children_of_any_other(mp):
    """The Pipe of each context gives ends that a child under the present method can use."""
    pairs = [mp.package.get_context(method).Pipe() for method in mp.package.get_all_start_methods()]
    with running(mp, send_to_each, args=([theirs for _, theirs in pairs],)):
        received = [Call(ours.recv).result() for ours, _ in pairs]
    assert list(range(len(pairs))) == received, "what came through the pipe of each context"
