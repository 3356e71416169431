"""Connections and sockets that travel: as arguments of a process, and through another connection."""

import os
import socket

try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None

from conformance.gates import Gate
from conformance.requirement import requirement
from conformance.specs.aids import Call, running


def use_received(carrier):
    """Receive a connection, answer through it, and tell the sender that it may go."""
    connection = carrier.recv()
    connection.send(["echo", connection.recv()])
    connection.close()
    carrier.send("done")


def echo_through_received_socket(carrier):
    channel = carrier.recv()
    channel.sendall(channel.recv(100).upper())
    channel.close()
    carrier.send("done")


def make_pipe_and_send_end(carrier):
    ours, theirs = carrier.recv()
    theirs.send("from the middle")
    carrier.send([theirs, ours])
    assert "done" == carrier.recv()


def answer_on_each(connections, gate):
    for name in sorted(connections):
        reader, writer = connections[name]
        writer.send([name, reader.recv()])
    gate.wait()


@requirement("connection.transfer.by-send")
def test_connection_can_be_sent_to_a_running_child(mp):
    """A child uses, both ways, a connection that it received through another one."""
    carrier, theirs = mp.Pipe()
    ours, travelling = mp.Pipe()
    with running(mp, use_received, args=(theirs,)):
        carrier.send(travelling)
        ours.send("hello")
        assert ["echo", "hello"] == Call(ours.recv).result(), "the answer through the connection that was sent"
        assert "done" == Call(carrier.recv).result(), "the child's last word"


@requirement("connection.transfer.by-send")
def test_connection_can_be_received_from_a_child(mp):
    """Ends that went to a child come back from it, in a container, and still work."""
    carrier, theirs = mp.Pipe()
    with running(mp, make_pipe_and_send_end, args=(theirs,)):
        carrier.send(mp.Pipe())
        left, right = Call(carrier.recv).result()
        assert "from the middle" == Call(right.recv).result(), "what the child had sent through one end"
        right.send("and back")
        assert "and back" == Call(left.recv).result(), "what came through the other end"
        carrier.send("done")


@requirement("connection.transfer.by-send", platforms=["posix"])  # where a handle is a descriptor
def test_connection_on_a_high_descriptor_can_be_sent(mp):
    """A connection whose descriptor is above 255 travels as any other."""
    carrier, theirs = mp.Pipe()
    ours, low = mp.Pipe()
    travelling = mp.module("connection").Connection(os.dup2(low.fileno(), 300))
    with running(mp, use_received, args=(theirs,)):
        carrier.send(travelling)
        ours.send("hello")
        assert ["echo", "hello"] == Call(ours.recv).result(), "the answer through the connection that was sent"
        assert "done" == Call(carrier.recv).result(), "the child's last word"


@requirement("connection.transfer.by-send-same-process")
def test_connection_sent_to_its_own_process_is_a_second_end(mp):
    """A connection sent and received in one process works, also once the original is closed."""
    carrier, receiver = mp.Pipe()
    ours, travelling = mp.Pipe()
    carrier.send(travelling)
    received = Call(receiver.recv).result()
    assert travelling.fileno() != received.fileno(), "descriptor of the received connection"
    travelling.close()
    received.send("through the copy")
    assert "through the copy" == Call(ours.recv).result(), "what the other end received"
    received.close()
    with mp.raises(EOFError):
        Call(ours.recv).result()


@requirement("connection.transfer.keeps-flags")
def test_connection_keeps_its_directions_when_sent(mp):
    """A one-way end is one-way on arrival, and works in its direction."""
    carrier, receiver = mp.Pipe()
    for end in mp.Pipe(duplex=False):
        carrier.send(end)
        received = Call(receiver.recv).result()
        assert (end.readable, end.writable) == (received.readable, received.writable), "readable, writable on arrival"


@requirement("connection.transfer.socket")
def test_connection_carries_a_socket_to_a_running_child(mp):
    """A child uses a socket that it received through a connection."""
    carrier, theirs = mp.Pipe()
    ours, travelling = socket.socketpair()
    with ours, travelling, running(mp, echo_through_received_socket, args=(theirs,)):
        carrier.send(travelling)
        ours.sendall(b"hello")
        assert b"HELLO" == Call(ours.recv, 100).result(), "the answer through the socket that was sent"
        assert "done" == Call(carrier.recv).result(), "the child's last word"


@requirement("connection.transfer.by-inheritance")
def test_connection_is_inherited_as_an_argument(mp):
    """Duplex and one-way ends within a container reach a child as arguments and work there."""
    parent_reader, child_writer = mp.Pipe(duplex=False)
    child_reader, parent_writer = mp.Pipe(duplex=False)
    ours, theirs = mp.Pipe()
    gate = Gate()
    ends = {"one-way": (child_reader, child_writer), "duplex": (theirs, theirs)}
    with running(mp, answer_on_each, args=(ends, gate)):
        ours.send("a")
        parent_writer.send("b")
        assert ["duplex", "a"] == Call(ours.recv).result(), "the answer on the duplex end"
        assert ["one-way", "b"] == Call(parent_reader.recv).result(), "the answer on the one-way ends"
        gate.open()


@requirement("connection.high-descriptor")
def test_connection_works_on_a_descriptor_beyond_1023(mp):
    """Transfer, poll and wait work where an old select() would not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 1200:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1200, hard))
    ours, low = mp.Pipe()
    connection = mp.module("connection")
    with connection.Connection(os.dup2(low.fileno(), 1100)) as high:
        assert False is Call(high.poll, 0).result(), "poll() with nothing sent"
        ours.send("up")
        assert True is Call(high.poll, 0).result(), "poll() with an object waiting"
        assert [high] == Call(connection.wait, [high]).result(), "wait() with an object waiting"
        assert "up" == Call(high.recv).result(), "what the high end received"
        high.send("down")
        assert "down" == Call(ours.recv).result(), "what the low end received"
