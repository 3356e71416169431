"""Listener and Client: addresses and families, accepting, closing."""

import errno
import os
import socket
import stat
import sys

from conformance.clocks import never
from conformance.requirement import requirement
from conformance.specs.aids import Call, Refusal, after_collection, after_ticks, alarms

WINDOWS = sys.platform == "win32"

PRIVATE_DIRECTORY = """
import os
from TARGET import connection
listener = connection.Listener(family="AF_UNIX")
print(listener.address)
print(oct(os.stat(os.path.dirname(listener.address)).st_mode & 0o777))
"""


def connect(mp, listener, **options):
    """Both ends of a new connection: the listener's and the client's."""
    calling = Call(mp.module("connection").Client, listener.address, **options)
    accepting = Call(listener.accept)
    client = calling.result()
    return accepting.result(), client


def check_round_trip(served, client):
    client.send("request")
    assert "request" == Call(served.recv).result(), "what the listener's side received"
    served.send("reply")
    assert "reply" == Call(client.recv).result(), "what the client received"


def pending_clients(path):
    """How many clients may wait for an accept() at `path`; they are gone again when this returns."""
    clients = []
    try:
        while len(clients) < 50:
            clients.append(socket.socket(socket.AF_UNIX))
            clients[-1].setblocking(False)
            try:
                clients[-1].connect(path)
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.ECONNREFUSED):
                    raise
                return len(clients) - 1
        return len(clients)
    finally:
        for client in clients:
            client.close()


@requirement("listener.default-address")
def test_listener_chooses_an_address_by_itself(mp):
    """Each Listener() gets an address of its own, a str, at which clients reach it."""
    connection = mp.module("connection")
    with connection.Listener() as first, connection.Listener() as second:
        assert [str, str] == [type(first.address), type(second.address)], "types of the addresses"
        assert first.address != second.address, "address of the second listener"
        for listener in (first, second):
            check_round_trip(*connect(mp, listener))


@requirement("listener.address-inet")
def test_listener_on_a_tuple_address_gets_a_real_port(mp):
    """A (host, 0) address makes an internet listener whose address tells the port."""
    with mp.module("connection").Listener(("127.0.0.1", 0)) as listener:
        host, port = listener.address
        assert "127.0.0.1" == host, "host of the address"
        assert 0 < port, "port of the address"
        with socket.create_connection((host, port)):
            Call(listener.accept).result()
        check_round_trip(*connect(mp, listener))


@requirement("listener.address-unix")
def test_listener_on_a_path_makes_a_socket_there(mp):
    """A str address makes a socket file at that path."""
    with mp.module("connection").Listener("meeting.sock") as listener:
        assert "meeting.sock" == listener.address, "address"
        assert True is stat.S_ISSOCK(os.stat("meeting.sock").st_mode), "whether the path is a socket"
        check_round_trip(*connect(mp, listener))


@requirement("listener.address-pipe")
def test_listener_takes_two_backslashes_for_a_windows_pipe(mp):
    """An address beginning with two backslashes is a named pipe: served on Windows, refused elsewhere."""
    connection = mp.module("connection")
    address = r"\\.\pipe\conformance-{}".format(os.getpid())
    if WINDOWS:
        with connection.Listener(address) as listener:
            check_round_trip(*connect(mp, listener))
        return
    for refused in (connection.Listener, connection.Client):
        with mp.raises(ValueError):
            refused(address)
    assert False is os.path.exists(address), "whether a socket of that name was made"


@requirement("listener.address-unknown")
def test_listener_refuses_an_address_of_another_type(mp):
    """An address that is neither str nor tuple raises ValueError or TypeError, in Listener and Client."""
    connection = mp.module("connection")
    for refused in (connection.Listener, connection.Client):
        for address in (5, 1.5, ["localhost", 0]):
            with mp.raises(ValueError, TypeError):
                refused(address)


@requirement("listener.family-explicit")
def test_listener_family_decides_the_kind_of_address(mp):
    """family without an address gives an address of that family."""
    connection = mp.module("connection")
    kinds = {"AF_INET": tuple, "AF_PIPE" if WINDOWS else "AF_UNIX": str}
    for family, kind in kinds.items():
        with connection.Listener(family=family) as listener:
            assert kind is type(listener.address), f"type of the address, family {family}"
            check_round_trip(*connect(mp, listener, family=family))


@requirement("listener.family-invalid")
def test_listener_refuses_an_unknown_family(mp):
    """A family that does not exist, or not on this system, raises ValueError."""
    connection = mp.module("connection")
    elsewhere = "AF_UNIX" if WINDOWS else "AF_PIPE"
    for family in ("AF_NOTHING", elsewhere):
        with mp.raises(ValueError):
            connection.Listener(family=family)
    with mp.raises(ValueError):
        connection.Client("nowhere", family=elsewhere)


@requirement("listener.unix-private-dir")
def test_listener_own_socket_lies_in_a_private_directory(mp):
    """The directory of an automatic socket is the owner's alone and is removed at exit."""
    program = mp.script(PRIVATE_DIRECTORY)
    assert 0 == program.returncode, f"exit status; stderr: {program.stderr}"
    address, mode = program.stdout.split()
    assert "0o700" == mode, "mode of the directory while the program ran"
    assert False is os.path.exists(os.path.dirname(address)), "whether the directory is left behind"


@requirement("listener.abstract-namespace")
def test_listener_in_the_abstract_namespace_leaves_no_file(mp):
    """An address that starts with a null character works and makes no file."""
    address = f"\0conformance-{os.getpid()}"
    with mp.module("connection").Listener(address) as listener:
        check_round_trip(*connect(mp, listener))
        assert [] == [name for name in os.listdir(".") if "conformance" in name], "files made"


@requirement("listener.bind-in-use")
def test_listener_refuses_an_address_in_use(mp):
    """A second listener on an address raises OSError and leaves the first alone."""
    connection = mp.module("connection")
    for family in ("AF_INET",) if WINDOWS else ("AF_INET", "AF_UNIX"):
        with connection.Listener(family=family) as listener:
            with mp.raises(OSError):
                connection.Listener(listener.address)
            check_round_trip(*connect(mp, listener))


@requirement("listener.bind-in-use", platforms=["windows"])
def test_listener_refuses_the_name_of_a_pipe_in_use(mp):
    """As an address of another family in use."""
    connection = mp.module("connection")
    with connection.Listener(family="AF_PIPE") as listener:
        with mp.raises(OSError):
            connection.Listener(listener.address)
        check_round_trip(*connect(mp, listener))


@requirement("listener.backlog", needs=("AF_UNIX",), platforms=["posix"])
def test_listener_backlog_bounds_the_waiting_clients(mp):
    """As many clients may wait as at a plain socket with that backlog, and by default as with a backlog of 1."""
    connection = mp.module("connection")
    for options in ({}, {"backlog": 1}, {"backlog": 6}):
        backlog = options.get("backlog", 1)
        with socket.socket(socket.AF_UNIX) as plain:
            plain.bind(f"plain-{len(options)}-{backlog}.sock")
            plain.listen(backlog)
            count = pending_clients(plain.getsockname())
        with connection.Listener(f"{len(options)}-{backlog}.sock", **options) as listener:
            assert count == pending_clients(listener.address), f"clients that may wait with {options}"


@requirement("listener.accept-returns-connection")
def test_listener_accept_gives_a_connection(mp):
    """accept waits for a client and gives a Connection to it; Client gives one too."""
    connection = mp.module("connection")
    with connection.Listener() as listener:
        accepting = Call(listener.accept)
        never(accepting.returned, "the return of accept() without a client")
        client = connection.Client(listener.address)
        served = accepting.result()
        kind = connection.PipeConnection if WINDOWS else connection.Connection
        assert [True, True] == [isinstance(end, kind) for end in (served, client)], "whether both are connections"
        check_round_trip(served, client)


@requirement("listener.last-accepted")
def test_listener_tells_the_last_accepted_peer(mp):
    """last_accepted is None at first and then the address of the client accepted last."""
    with mp.module("connection").Listener(("127.0.0.1", 0)) as listener:
        assert None is listener.last_accepted, "last_accepted at first"
        for _ in range(2):
            with socket.create_connection(listener.address) as client:
                Call(listener.accept).result()
                assert client.getsockname() == listener.last_accepted, "last_accepted after accept()"


@requirement("listener.close-unlinks")
def test_listener_close_frees_the_address(mp):
    """After close the socket file is gone and a new listener can have the address."""
    connection = mp.module("connection")
    for _ in range(2):
        with connection.Listener("again.sock") as listener:
            check_round_trip(*connect(mp, listener))
            listener.close()
            assert False is os.path.exists("again.sock"), "whether the socket file is there after close()"
            with mp.raises(OSError):
                connection.Client("again.sock")


@requirement("listener.close-idempotent", platforms=["posix"])  # where an address is a path
def test_listener_close_can_be_repeated(mp):
    """A second close does nothing: it does not remove the socket of a new listener at the same path."""
    connection = mp.module("connection")
    first = connection.Listener("reused.sock")
    first.close()
    with connection.Listener("reused.sock") as second:
        first.close()
        check_round_trip(*connect(mp, second))


@requirement("listener.closed-accept")
def test_listener_refuses_to_accept_after_close(mp):
    """accept on a closed listener raises OSError."""
    listener = mp.module("connection").Listener()
    listener.close()
    with mp.raises(OSError):
        Call(listener.accept).result()


@requirement("listener.context-manager")
def test_listener_is_closed_by_the_with_statement(mp):
    """with gives the listener itself and closes it, also when the block raises."""
    listener = mp.module("connection").Listener()
    with mp.raises(Refusal):
        with listener as inner:
            assert listener is inner, "what with gave"
            check_round_trip(*connect(mp, listener))
            raise Refusal("leaves the block")
    with mp.raises(OSError):
        Call(listener.accept).result()


@requirement("listener.closed-on-gc")
def test_listener_is_closed_when_collected(mp):
    """A listener that nobody holds is closed: nobody answers at its address, and the socket file goes."""
    connection = mp.module("connection")
    listener = connection.Listener()
    address = listener.address
    del listener
    after_collection(lambda: WINDOWS or not os.path.exists(address), "removal of the collected listener's socket")
    with mp.raises(OSError):
        connection.Client(address)


@requirement("listener.client.refused")
def test_client_of_nobody_fails(mp):
    """Client raises an OSError, in bounded time, where nobody listens."""
    connection = mp.module("connection")
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        with mp.raises(OSError):
            Call(connection.Client, unheard.getsockname()).result()
    with mp.raises(OSError):
        Call(connection.Client, r"\\.\pipe\nobody" if WINDOWS else "nobody.sock").result()


@requirement("listener.client.family-inferred")
def test_client_infers_the_family_from_the_address(mp):
    """Client needs no family for a tuple, a path or whatever address a listener has."""
    connection = mp.module("connection")
    for address in (("127.0.0.1", 0), None) if WINDOWS else (("127.0.0.1", 0), "path.sock", None):
        with connection.Listener(address) as listener:
            check_round_trip(*connect(mp, listener))


@requirement("listener.client.several")
def test_listener_serves_several_clients(mp):
    """Clients accepted one after the other each keep a connection of their own."""
    with mp.module("connection").Listener() as listener:
        pairs = [connect(mp, listener) for _ in range(3)]
        for number, (_served, client) in enumerate(pairs):
            client.send(number)
        assert [0, 1, 2] == [Call(served.recv).result() for served, _ in pairs], "what each connection received"
        for served, client in pairs:
            check_round_trip(served, client)


@requirement("listener.client.early-data")
def test_listener_delivers_what_was_sent_before_accept(mp):
    """What a client sends, and even its leaving, before accept is called, is not lost."""
    connection = mp.module("connection")
    for family in ("AF_INET",) if WINDOWS else ("AF_INET", "AF_UNIX"):
        with connection.Listener(family=family) as listener:
            client = connection.Client(listener.address)
            client.send("early")
            client.close()
            served = Call(listener.accept).result()
            assert "early" == Call(served.recv).result(), f"what was sent before accept, family {family}"
            with mp.raises(EOFError):
                Call(served.recv).result()


@requirement("listener.client.eintr")
def test_listener_accept_goes_on_after_signals(mp):
    """Signals whose handler returns do not disturb an accept that waits."""
    connection = mp.module("connection")
    with connection.Listener() as listener, alarms() as ticks:
        calling = after_ticks(ticks, connection.Client, listener.address)
        served = listener.accept()
    check_round_trip(served, calling.result())


@requirement("listener.default-timeout-ignored")
def test_listener_ignores_the_default_timeout_of_sockets(mp):
    """socket.setdefaulttimeout neither limits accept nor the connections."""
    connection = mp.module("connection")
    socket.setdefaulttimeout(0.05)
    try:
        with connection.Listener() as listener:
            accepting = Call(listener.accept)
            never(accepting.returned, "the end of accept() without a client")
            client = Call(connection.Client, listener.address).result()
            served = accepting.result()
            receiving = Call(served.recv)
            never(receiving.returned, "the end of recv() before anything was sent")
            client.send("late")
            assert "late" == receiving.result(), "what the listener's side received"
            receiving = Call(client.recv)
            never(receiving.returned, "the end of the client's recv() before anything was sent")
            served.send("later")
            assert "later" == receiving.result(), "what the client received"
    finally:
        socket.setdefaulttimeout(None)
