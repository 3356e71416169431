"""connection.wait: which of several objects are ready."""

import os
import socket
import time

from conformance.clocks import eventually, never
from conformance.gates import Gate
from conformance.requirement import requirement
from conformance.specs.aids import LONG, SHORT, TICK, Call, after_ticks, alarms, jumping_clock, running


def leave_at(gate):
    gate.wait()


def send_at(gate, connection):
    gate.wait()
    connection.send("now")


@requirement("connection.wait.ready-list")
def test_connection_wait_returns_the_list_of_ready_objects(mp):
    """wait gives a list of just those objects that can be read, as they were given."""
    wait = mp.module("connection").wait
    pairs = [mp.Pipe() for _ in range(3)]
    readers = [reader for reader, _ in pairs]
    assert [] == Call(wait, readers, 0).result(), "wait() with nothing ready"
    for ready in (1, 0, 2):
        pairs[ready][1].send("data")
        result = Call(wait, readers, LONG).result()
        assert list is type(result), "type of the result"
        assert [True] == [found is readers[ready] for found in result], f"whether object {ready} alone is returned"
        readers[ready].recv()


@requirement("connection.wait.ready-list")
def test_connection_wait_accepts_any_iterable(mp):
    """Objects may come as a tuple or from a generator."""
    wait = mp.module("connection").wait
    reader, writer = mp.Pipe()
    writer.send("data")
    assert [reader] == Call(wait, (reader,)).result(), "wait() of a tuple"
    assert [reader] == Call(wait, (end for end in [reader]), LONG).result(), "wait() of a generator"


@requirement("connection.wait.timeout")
def test_connection_wait_returns_an_empty_list_after_its_timeout(mp):
    """With nothing ready wait(objects, t) gives [] after t seconds, not before."""
    wait = mp.module("connection").wait
    reader, _writer = mp.Pipe()
    for call in (Call(wait, [reader], SHORT), Call(wait, object_list=[reader], timeout=SHORT)):
        assert [] == call.result(), "wait() with nothing ready"
        assert SHORT - TICK <= call.seconds, "seconds that wait() took"


@requirement("connection.wait.timeout")
def test_connection_wait_timeout_ignores_the_wall_clock(mp):
    """A system clock that is put forward does not cut wait(objects, t) short."""
    reader, _writer = mp.Pipe()
    with jumping_clock():
        call = Call(mp.module("connection").wait, [reader], SHORT)
        assert [] == call.result(), "wait() with nothing ready"
    assert SHORT - TICK <= call.seconds, "seconds that wait() took"


@requirement("connection.wait.timeout")
def test_connection_wait_ends_early_when_a_child_sends(mp):
    """A long wait returns as soon as one object is ready."""
    ours, theirs = mp.Pipe()
    other, _kept = mp.Pipe()
    gate = Gate()
    with running(mp, send_at, args=(gate, theirs)):
        call = Call(mp.module("connection").wait, [other, ours], LONG)
        never(call.returned, "the return of wait() before anything was sent")
        gate.open()
        assert [ours] == call.result(), "wait() after the child sent"


@requirement("connection.wait.none")
def test_connection_wait_without_timeout_waits_until_something_is_ready(mp):
    """wait(objects) and wait(objects, None) wait without limit."""
    wait = mp.module("connection").wait
    for arguments in ((), (None,)):
        reader, writer = mp.Pipe()
        call = Call(wait, [reader], *arguments)
        never(call.returned, "the return of wait() with nothing ready", glance=0.05)
        writer.send("data")
        assert [reader] == call.result(), "wait() after a send"


@requirement("connection.wait.negative")
def test_connection_wait_negative_timeout_does_not_wait(mp):
    """A negative timeout tells the present state at once."""
    wait = mp.module("connection").wait
    reader, writer = mp.Pipe()
    for timeout in (-1, -0.001, -1000):
        assert [] == Call(wait, [reader], timeout).result(), f"wait([...], {timeout}) with nothing ready"
    writer.send("data")
    for timeout in (-1, -0.001, -1000):
        assert [reader] == Call(wait, [reader], timeout).result(), f"wait([...], {timeout}) with an object ready"


@requirement("connection.wait.sentinel")
def test_connection_wait_tells_the_end_of_a_process(mp):
    """A process's sentinel, waited for together with a connection, is ready once the process has ended."""
    wait = mp.module("connection").wait
    reader, writer = mp.Pipe()
    gate = Gate()
    with running(mp, leave_at, args=(gate,)) as child:
        call = Call(wait, [reader, child.sentinel], LONG)
        never(call.returned, "the return of wait() while the process ran")
        writer.send("data")
        assert [reader] == call.result(), "wait() with data sent and the process running"
        gate.open()
        eventually(lambda: child.sentinel in wait([child.sentinel], LONG), "readiness of the sentinel")
        assert {reader, child.sentinel} == set(wait([reader, child.sentinel], LONG)), "wait() with both ready"


@requirement("connection.wait.socket")
def test_connection_wait_tells_when_a_socket_can_be_read(mp):
    """A connected socket is ready once its peer has sent, and at its peer's end."""
    wait = mp.module("connection").wait
    left, right = socket.socketpair()
    with left, right:
        assert [] == Call(wait, [left], 0).result(), "wait() with nothing sent"
        right.sendall(b"data")
        assert [left] == Call(wait, [left], LONG).result(), "wait() with data sent"
        left.recv(100)
        right.close()
        assert [left] == Call(wait, [left], LONG).result(), "wait() with the peer closed"


@requirement("connection.wait.fd")
def test_connection_wait_takes_descriptors_and_objects_with_fileno(mp):
    """Plain descriptors and file objects, of ordinary files too, can be waited for, and come back as given."""
    wait = mp.module("connection").wait
    with open("ordinary", "w+b") as ordinary:
        assert [True] == [found is ordinary for found in Call(wait, [ordinary], 0).result()], "the ordinary file"
    first, second = os.pipe(), os.pipe()
    with os.fdopen(first[0], "rb") as file, os.fdopen(first[1], "wb", 0) as out:
        assert [] == Call(wait, [file, second[0]], 0).result(), "wait() with nothing written"
        out.write(b"x")
        assert [True] == [found is file for found in Call(wait, [file, second[0]], LONG).result()], "the ready file"
        file.read(1)
        os.write(second[1], b"x")
        assert [second[0]] == Call(wait, [file, second[0]], LONG).result(), "the ready descriptor"
    for descriptor in second:
        os.close(descriptor)


@requirement("connection.wait.eof-ready")
def test_connection_wait_takes_a_connection_at_its_end_as_ready(mp):
    """A connection whose other end closed is ready, duplex or one-way."""
    for duplex in (True, False):
        reader, writer = mp.Pipe(duplex)
        other, _kept = mp.Pipe()
        writer.close()
        for timeout in (0, LONG, None):
            assert [reader] == Call(mp.module("connection").wait, [other, reader], timeout).result(), (
                "wait() at the end"
            )


@requirement("connection.wait.empty")
def test_connection_wait_of_nothing_lasts_for_its_timeout(mp):
    """wait of an empty list or iterable gives [] after the timeout, at once for zero or less."""
    wait = mp.module("connection").wait
    for nothing in ([], iter(())):
        call = Call(wait, nothing, SHORT)
        assert [] == call.result(), "wait() of nothing"
        assert SHORT - TICK <= call.seconds, "seconds that wait() took"
    assert [] == Call(wait, [], 0).result(), "wait() of nothing, timeout 0"
    assert [] == Call(wait, [], -1).result(), "wait() of nothing, negative timeout"


@requirement("connection.wait.several")
def test_connection_wait_reports_all_ready_objects_at_once(mp):
    """Everything that is ready is in the list that one call gives, in whatever form it is ready."""
    wait = mp.module("connection").wait
    with_data, idle, at_end, both = mp.Pipe(), mp.Pipe(), mp.Pipe(duplex=False), mp.Pipe()
    with_data[1].send("data")
    both[1].send("data")
    both[1].close()
    at_end[1].close()
    readers = [with_data[0], idle[0], at_end[0], both[0]]
    for timeout in (0, LONG, None):
        found = Call(wait, readers, timeout).result()
        assert 3 == len(found), f"number of objects that wait(..., {timeout}) reports"
        assert {with_data[0], at_end[0], both[0]} == set(found), f"objects that wait(..., {timeout}) reports"


@requirement("connection.wait.several")
def test_connection_wait_reports_many_ready_objects_at_once(mp):
    """Of 70 connections all that are ready are reported, first and last included."""
    pairs = [mp.Pipe(duplex=False) for _ in range(70)]
    ready = [reader for number, (reader, _) in enumerate(pairs) if number % 3 == 0]
    for reader, writer in pairs:
        if reader in ready:
            writer.send("data")
    found = Call(mp.module("connection").wait, [reader for reader, _ in pairs], LONG).result()
    assert sorted(end.fileno() for end in ready) == sorted(end.fileno() for end in found), "descriptors reported"


@requirement("connection.wait.many-win32")
def test_connection_wait_takes_more_objects_than_windows_does(mp):
    """Of 130 connections the one that is ready is found, wherever it stands, and none is when nothing was sent."""
    wait = mp.module("connection").wait
    pairs = [mp.Pipe(duplex=False) for _ in range(130)]
    readers = [reader for reader, _ in pairs]
    assert [] == Call(wait, readers, 0).result(), "wait() with nothing ready"
    for reader, writer in (pairs[0], pairs[64], pairs[129]):
        writer.send("data")
        assert [reader] == Call(wait, readers).result(), "wait() with one object ready"
        reader.recv()


@requirement("connection.wait.duplicates")
def test_connection_wait_refuses_the_same_object_twice(mp):
    """Giving an object twice raises KeyError."""
    reader, writer = mp.Pipe()
    writer.send("data")
    with mp.misuse(KeyError):
        Call(mp.module("connection").wait, [reader, reader], LONG).result()


@requirement("connection.wait.closed")
def test_connection_wait_refuses_a_closed_connection(mp):
    """A closed connection among the objects raises OSError, though others are ready."""
    closed, kept = mp.Pipe()
    closed.close()
    with mp.raises(OSError):
        Call(mp.module("connection").wait, [kept, closed], 0).result()


@requirement("connection.wait.invalid")
def test_connection_wait_refuses_what_has_no_handle(mp):
    """A negative descriptor, and an object that is neither descriptor nor has fileno, raise ValueError."""
    for nothing in (-1, "text", None, object()):
        with mp.raises(ValueError):
            Call(mp.module("connection").wait, [nothing], 0).result()


@requirement("connection.wait.eintr")
def test_connection_wait_goes_on_after_signals(mp):
    """Signals whose handler returns do not end a wait before something is ready."""
    wait = mp.module("connection").wait
    reader, writer = mp.Pipe()
    with alarms() as ticks:
        sending = after_ticks(ticks, writer.send, "data")
        assert [reader] == wait([reader], LONG), "wait() while signals arrived"
    sending.result()


@requirement("connection.wait.eintr")
def test_connection_wait_keeps_its_timeout_while_signals_arrive(mp):
    """Interrupted again and again, wait(objects, t) gives [] after t seconds, not before."""
    reader, _writer = mp.Pipe()
    with alarms(0.01):
        start = time.monotonic()
        found = mp.module("connection").wait([reader], SHORT)
        seconds = time.monotonic() - start
    assert [] == found, "wait(timeout) with nothing ready"
    assert SHORT - TICK <= seconds, "seconds that wait(timeout) took"
