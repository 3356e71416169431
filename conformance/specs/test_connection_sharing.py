"""Handles on their way to a running process: who keeps them meanwhile, who may fetch them, and that nothing remains.

The one that pickles a connection serves its handle to the one that unpickles it, which may be the same process.
"""

import os
import pickletools
import signal
import socket
import stat
import threading

from conformance.clocks import eventually, never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, Call, left_to_the_collector, open_descriptors, patience, running
from conformance.specs.deeds import exitcode_of


def pickled(mp, connection):
    """What `send` would send of `connection`."""
    return bytes(mp.module("reduction").ForkingPickler.dumps(connection))


def rebuilt(mp, data):
    """What `recv` would make of it, in bounded time."""
    return Call(mp.module("reduction").ForkingPickler.loads, data).result()


def meeting_points(data):
    """Paths of sockets that a pickle mentions: where the handle is to be fetched, if that is how it travels."""
    texts = [text for _, text, _ in pickletools.genops(data) if isinstance(text, str) and "\0" not in text]
    return [text for text in texts if os.path.exists(text) and stat.S_ISSOCK(os.stat(text).st_mode)]


def check_works(mp, end, other):
    end.send("there")
    assert "there" == Call(other.recv).result(), "what came through the transferred connection"
    other.send("and back")
    assert "and back" == Call(end.recv).result(), "what came back"


def send_end(mp, carrier):
    """Send one end of a pipe from this process, use the other, and stop serving what it sends."""
    ours, travelling = carrier.recv()
    carrier.send(travelling)
    ours.send("from the child")
    carrier.recv()
    mp.module("resource_sharer").stop()
    ours.send("still there")


def outlast(box, gate):
    """Be there for longer than anybody waits for something else to happen."""
    box.post("up")
    gate.wait(LONG)


def keep(connection, gate):
    gate.wait()


def send_unfetched(mp, carrier):
    """Send a connection that nobody will receive, and return."""
    carrier.send(mp.Pipe()[0])


@requirement("connection.transfer.original-free")
def test_connection_may_be_closed_once_it_is_sent(mp):
    """The sender may close its own before the receiver has it; the receiver's works, in whatever order they arrive."""
    pairs = [mp.Pipe() for _ in range(6)]
    data = []

    def send_next():
        travelling = pairs[len(data)][1]
        data.append(pickled(mp, travelling))
        travelling.close()

    for _ in range(3):
        send_next()
    for number in (1, 2, 0, 5, 3, 4):
        with rebuilt(mp, data[number]) as received:
            check_works(mp, received, pairs[number][0])
        if len(data) < len(pairs):
            send_next()


@requirement("connection.transfer.original-free")
def test_connection_stays_open_when_it_is_sent(mp):
    """The sender can go on using its own, also after the receiver has closed what it got."""
    ours, travelling = mp.Pipe()
    for _ in range(2):
        rebuilt(mp, pickled(mp, travelling)).close()
        check_works(mp, travelling, ours)


@requirement("connection.transfer.closed")
def test_closed_connection_cannot_be_sent(mp):
    """Sending a closed connection raises OSError, and nothing arrives."""
    carrier, receiver = mp.Pipe()
    closed, _other = mp.Pipe()
    closed.close()
    with mp.raises(OSError):
        carrier.send(["and", closed])
    assert False is receiver.poll(), "poll() of the receiver"


@requirement("connection.transfer.no-leak")
def test_connection_transfers_leave_no_descriptor(mp):
    """Sender and receiver have no more descriptors open once what was sent is closed."""
    ours, travelling = mp.Pipe()
    with socket.socket(fileno=os.dup(ours.fileno())) as channel:
        rebuilt(mp, pickled(mp, travelling)).close()
        # What serves the transfers may still be busy with the first one.
        most = open_descriptors() + 4
        for handle in [travelling, channel] * 10:
            rebuilt(mp, pickled(mp, handle)).close()
        eventually(lambda: open_descriptors() <= most, "the closing of what twenty transfers had opened")


@requirement("connection.transfer.once")
def test_connection_pickle_can_be_rebuilt_once(mp):
    """Rebuilding it again raises an error at once, and other transfers go on."""
    ours, travelling = mp.Pipe()
    data = pickled(mp, travelling)
    with rebuilt(mp, data) as received:
        for _ in range(2):
            with mp.raises(EOFError, OSError):
                rebuilt(mp, data)
        check_works(mp, received, ours)
    with rebuilt(mp, pickled(mp, travelling)) as received:
        check_works(mp, received, ours)


@requirement("connection.transfer.authenticated")
def test_connection_on_its_way_is_guarded_by_the_key(mp):
    """Who does not know the authkey is refused where the handle is fetched; who does still gets it."""
    Client = mp.module("connection").Client
    ours, travelling = mp.Pipe()
    data = pickled(mp, travelling)
    for address in meeting_points(data):
        with mp.raises(mp.AuthenticationError):
            Call(Client, address, authkey=b"another key").result()
        with Call(Client, address).result() as stranger:
            assert b"#CHALLENGE#" == Call(stranger.recv_bytes).result()[:11], "what a stranger is told first"
    with rebuilt(mp, data) as received:
        check_works(mp, received, ours)


@requirement("connection.transfer.after-fork")
def test_connection_can_be_sent_by_a_child_of_a_sender(mp):
    """A child that is started after its parent sent connections can send some itself, and so can the parent again."""
    _ours, travelling = mp.Pipe()
    rebuilt(mp, pickled(mp, travelling)).close()
    # No thread is in the midst of the transfer when the child is forked: what becomes of that is not the subject.
    mp.module("resource_sharer").stop()
    on_its_way = pickled(mp, travelling)
    carrier, theirs = mp.Pipe()
    with running(mp, send_end, args=(mp, theirs)) as child:
        carrier.send(mp.Pipe())
        received = Call(carrier.recv).result()
        assert "from the child" == Call(received.recv).result(), "what came through the end that the child sent"
        carrier.send("done")
        assert "still there" == Call(received.recv).result(), "what came after the child stopped serving"
    assert 0 == child.exitcode, "exitcode"
    rebuilt(mp, on_its_way).close()


@requirement("connection.transfer.not-held-by-children")
def test_connection_on_its_way_is_not_held_by_children(mp):
    """A child that is started while a connection is on its way does not keep it open."""
    ours, travelling = mp.Pipe()
    data = pickled(mp, travelling)
    travelling.close()
    box, gate = Mailbox(), Gate()
    with running(mp, outlast, args=(box, gate)):
        box.wait()
        rebuilt(mp, data).close()
        with mp.raises(EOFError):
            Call(ours.recv).result()
        gate.open()


@requirement("connection.transfer.inherited-directly")
def test_connection_as_argument_needs_nobody_to_serve_it(mp):
    """Starting a child with connections as arguments leaves the parent with no further thread."""
    ours, theirs = mp.Pipe()
    gate = Gate()
    exitcode_of(mp, int)  # whatever the first start sets up
    threads = threading.active_count()
    with running(mp, keep, args=([theirs, ours], gate)):
        assert threads == threading.active_count(), "threads of the parent after start()"
        gate.open()


@requirement("connection.transfer.exit")
def test_connection_that_nobody_fetches_holds_no_process_up(mp):
    """A process ends although a connection that it sent is still on its way."""
    carrier, theirs = mp.Pipe()
    with running(mp, send_unfetched, args=(mp, theirs)) as child:
        pass
    assert 0 == child.exitcode, "exitcode of the sender"
    assert True is carrier.poll(), "poll() of the receiver"


@requirement("connection.transfer.stop")
def test_resource_sharer_stop_drops_what_is_on_its_way(mp):
    """After resource_sharer.stop nothing serves any more and what was not fetched is closed; a later transfer works."""
    stop = mp.module("resource_sharer").stop
    stop()
    threads = threading.active_count()
    ours, travelling = mp.Pipe()
    data = pickled(mp, travelling)
    travelling.close()
    places = meeting_points(data)
    with left_to_the_collector() as told:
        assert None is stop(timeout=patience()), "what stop() returned"
    eventually(lambda: threads == threading.active_count(), "the end of all threads that served")
    assert [] == told, "warnings of what was left to the collector"
    with mp.raises(EOFError):
        Call(ours.recv).result()
    assert [False] * len(places) == [os.path.exists(place) for place in places], "whether the sockets are still there"
    with mp.raises(OSError, EOFError):
        rebuilt(mp, data)
    ours, travelling = mp.Pipe()
    with rebuilt(mp, pickled(mp, travelling)) as received:
        check_works(mp, received, ours)
    stop()
    check_works(mp, travelling, ours)


@requirement("connection.transfer.signals", methods=("spawn",))
def test_what_serves_connections_takes_no_signal(mp):
    """A signal that the program blocks stays pending, though the package has a thread of its own by then."""
    taken = []
    signal.signal(signal.SIGUSR1, lambda number, frame: taken.append(number))
    ours, travelling = mp.Pipe()
    data = pickled(mp, travelling)
    # From here on all threads that this spec starts have it blocked.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    with rebuilt(mp, data) as received:
        check_works(mp, received, ours)
    os.kill(os.getpid(), signal.SIGUSR1)
    never(lambda: taken, "the handling of a signal that is blocked")
    assert {signal.SIGUSR1} == set(signal.sigpending()), "pending signals"


@requirement("connection.transfer.socket-kind")
def test_socket_keeps_its_kind_when_it_is_sent(mp):
    """Family, type and protocol of a socket are the same on arrival, and it waits as before."""
    carrier, receiver = mp.Pipe()
    for kind in (
        (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP),
        (socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP),
        (socket.AF_UNIX, socket.SOCK_DGRAM, 0),
    ):
        with socket.socket(*kind) as travelling:
            carrier.send(travelling)
            with Call(receiver.recv).result() as received:
                assert type(travelling) is type(received), "type of the object on arrival"
                assert kind == (received.family, received.type, received.proto), "family, type, protocol on arrival"
                waits = received.gettimeout(), os.get_blocking(received.fileno())
                assert (None, True) == waits, "timeout on arrival, whether its descriptor blocks"
