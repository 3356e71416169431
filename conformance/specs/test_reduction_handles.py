"""Descriptors passed from hand to hand: send_handle and recv_handle, sendfds and recvfds, on POSIX."""

import array
import os
import socket

from conformance.requirement import requirement
from conformance.specs.aids import Call, left_to_the_collector, open_descriptors, running


def identity(descriptor):
    """What tells files apart, whatever their descriptors."""
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


def receive_and_write(mp, connection):
    descriptor = mp.module("reduction").recv_handle(connection)
    os.write(descriptor, b"from the child")
    os.close(descriptor)
    connection.send(None)


def close_all(descriptors):
    for descriptor in descriptors:
        os.close(descriptor)


def sent(mp, near, descriptors):
    """A running sendfds: from Python 3.14 on it waits for the receiver to confirm."""
    return Call(mp.module("reduction").sendfds, near, descriptors)


@requirement("util.send-handle", platforms=["posix"])  # where a handle is a descriptor
def test_send_handle_gives_a_child_a_descriptor(mp):
    """A child receives, by recv_handle, a descriptor that it can write to."""
    ours, theirs = mp.Pipe()
    source, sink = os.pipe()
    with running(mp, receive_and_write, args=(mp, theirs)) as child:
        Call(mp.module("reduction").send_handle, ours, sink, child.pid).result()
        Call(ours.recv).result()
    os.close(sink)
    assert b"from the child" == os.read(source, 100), "what the child wrote"
    assert b"" == os.read(source, 100), "what came after it"


@requirement("util.send-handle", platforms=["posix"])  # where a handle is a descriptor
def test_recv_handle_gives_a_new_descriptor_of_the_same_file(mp):
    """The receiver gets another descriptor of the same file; nothing else stays open, and the connection goes on."""
    reduction = mp.module("reduction")
    left, right = mp.Pipe()
    with open("file", "wb") as file:
        before = open_descriptors()
        with left_to_the_collector() as told:
            for number in (file.fileno(), os.dup2(file.fileno(), 300)):
                sending = Call(reduction.send_handle, left, number, os.getpid())
                received = Call(reduction.recv_handle, right).result()
                sending.result()
                assert received not in (number, file.fileno()), "descriptor of the receiver"
                assert identity(file.fileno()) == identity(received), "the file that was received"
                os.close(received)
            os.close(300)
            assert before == open_descriptors(), "open descriptors"
        assert [] == told, "warnings of what was left to the collector"
    left.send("and on")
    assert "and on" == Call(right.recv).result(), "what came over the connection afterwards"


@requirement("util.sendfds")
def test_recvfds_gives_the_descriptors_in_order(mp):
    """A list of descriptors sent by sendfds arrives as a list of descriptors of the same files, in the same order."""
    recvfds = mp.module("reduction").recvfds
    near, far = socket.socketpair()
    with near, far:
        for count in (1, 2, 250):
            files = [os.open(f"file-{number % 7}", os.O_CREAT | os.O_RDWR) for number in range(count)]
            sending = sent(mp, near, files)
            received = Call(recvfds, far, count).result()
            sending.result()
            assert list is type(received), "type of what recvfds returned"
            assert [identity(file) for file in files] == [identity(file) for file in received], "files received"
            close_all(files + received)


@requirement("util.sendfds.errors")
def test_recvfds_refuses_what_is_no_descriptor(mp):
    """At the end of the stream recvfds raises EOFError, and for data without descriptors RuntimeError."""
    recvfds = mp.module("reduction").recvfds
    near, far = socket.socketpair()
    with far:
        near.sendall(b"\1")
        with mp.raises(RuntimeError):
            Call(recvfds, far, 1).result()
        near.shutdown(socket.SHUT_WR)
        with near, mp.raises(EOFError):
            Call(recvfds, far, 1).result()


@requirement("util.sendfds.errors")
def test_recvfds_refuses_descriptors_that_do_not_match_their_count(mp):
    """A message tells, in its one byte, how many descriptors come with it; another number is refused."""
    near, far = socket.socketpair()
    with near, far, open("file", "w") as file:
        near.sendmsg([b"\2"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file.fileno()]))])
        with mp.raises(AssertionError, RuntimeError):
            mp.module("reduction").recvfds(far, 2)


@requirement("util.sendfds.credentials")
def test_recvfds_takes_no_credentials_for_descriptors(mp):
    """Three numbers that tell who sent the data are no three descriptors: RuntimeError."""
    near, far = socket.socketpair()
    with near, far:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        near.sendall(b"\3")
        with mp.raises(RuntimeError):
            mp.module("reduction").recvfds(far, 3)
