"""A connection's handle: fileno, close, collection, the with statement."""

import os

from conformance.requirement import requirement
from conformance.specs.aids import Call, Refusal, after_collection, is_open


@requirement("connection.fileno")
def test_connection_fileno_is_the_open_descriptor(mp):
    """fileno() is an int that the system knows, the same at each call and different for each end."""
    left, right = mp.Pipe()
    numbers = [left.fileno(), right.fileno(), left.fileno()]
    assert [int, int, int] == [type(number) for number in numbers], "types of the handles"
    assert numbers[0] == numbers[2], "the handle at a second call"
    assert numbers[0] != numbers[1], "the handle of the other end"
    assert [True, True] == [is_open(number) for number in numbers[:2]], "whether the descriptors are open"


@requirement("connection.fileno.closed")
def test_connection_fileno_of_a_closed_connection_is_refused(mp):
    """fileno() after close raises OSError."""
    left, _right = mp.Pipe()
    left.close()
    with mp.raises(OSError):
        left.fileno()


@requirement("connection.close.idempotent", platforms=["posix"])  # where a handle is a descriptor
def test_connection_close_can_be_repeated(mp):
    """A second close does nothing: it does not close a descriptor that got the same number meanwhile."""
    left, right = mp.Pipe()
    number = left.fileno()
    left.close()
    os.dup2(right.fileno(), number)
    left.close()
    assert True is is_open(number), "whether the reused descriptor is still open"
    os.close(number)
    assert True is left.closed, "closed"


@requirement("connection.close.failing", platforms=["posix"])  # where a handle is a descriptor
def test_connection_is_closed_though_the_system_refused(mp):
    """If the descriptor is not open any more, close raises OSError once, and the connection is closed."""
    left, _right = mp.Pipe()
    os.close(left.fileno())
    with mp.raises(OSError):
        left.close()
    assert True is left.closed, "closed after the close() that failed"
    left.close()


@requirement("connection.close.flags")
def test_connection_closed_flag_follows_close(mp):
    """closed is False before close and True after it; the directions are told by readable and writable."""
    left, right = mp.Pipe()
    assert (False, True, True) == (left.closed, left.readable, left.writable), "closed, readable, writable"
    left.close()
    assert True is left.closed, "closed after close()"
    assert False is right.closed, "closed of the other end"


@requirement("connection.close.then-use")
def test_connection_refuses_any_use_after_close(mp):
    """Each send, receive and poll on a closed connection raises OSError."""
    left, right = mp.Pipe()
    right.send("waiting")
    left.close()
    for use in (
        lambda: left.send("x"),
        lambda: left.send_bytes(b"x"),
        left.recv,
        left.recv_bytes,
        lambda: left.recv_bytes_into(bytearray(100)),
        left.poll,
        lambda: left.poll(None),
    ):
        with mp.raises(OSError):
            Call(use).result()


@requirement("connection.close.on-gc")
def test_connection_closes_its_descriptor_when_collected(mp):
    """The descriptor of a connection that nobody holds is closed."""
    left, right = mp.Pipe()
    number = left.fileno()
    del left
    after_collection(lambda: not is_open(number), "closing of the collected connection's descriptor")
    with mp.raises(EOFError):
        Call(right.recv).result()


@requirement("connection.context-manager")
def test_connection_is_closed_by_the_with_statement(mp):
    """with gives the connection itself and closes it at the end, also when the block raises."""
    left, right = mp.Pipe()
    with left as inner:
        assert left is inner, "what with gave"
        assert False is left.closed, "closed within the block"
    assert True is left.closed, "closed after the block"
    with mp.raises(Refusal):
        with right:
            raise Refusal("leaves the block")
    assert True is right.closed, "closed after the block that raised"
