"""Listeners and clients against each other, and against the stdlib of whatever Pythons there are."""

import os
import shutil
import socket
import subprocess
import sys
import threading

import pytest

from reference import connection
from reference.addresses import address_type, arbitrary_address, families, is_abstract, validate_family
from reference.connection import Client, Connection, Listener, Pipe, answer_challenge, deliver_challenge
from reference.errors import AuthenticationError

KEY = b"a secret"
PEERS = ["python3.10", "python3.11", "python3.12", "python3.13", "python3.14", "python3.15", "pypy3"]

CLIENT = """
import sys
from multiprocessing.connection import Client
with Client(sys.argv[1], authkey=sys.argv[2].encode()) as connection:
    connection.send(("from the client", connection.recv()))
"""
LISTENER = """
import sys
from multiprocessing.connection import Listener
with Listener(sys.argv[1], authkey=sys.argv[2].encode()) as listener:
    print("listening", flush=True)
    with listener.accept() as connection:
        connection.send("from the listener")
        print(connection.recv())
"""


def in_thread(function, *args):
    """Run `function` in a thread; returns what waits for its result or error."""
    outcome = []

    def run():
        try:
            outcome.append(function(*args))
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def result():
        thread.join(60)
        assert outcome, "the thread is stuck"
        return outcome[0]

    return result


@pytest.fixture(params=PEERS)
def peer(request):
    """An interpreter whose stdlib is at the other end."""
    program = shutil.which(request.param)
    if program is None and request.param == f"python3.{sys.version_info.minor}":
        program = sys.executable
    if program is None or subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode:
        pytest.skip(f"no {request.param} here")
    return program


@pytest.mark.parametrize("key", [KEY, b""], ids=["key", "empty key"])
def test_a_client_of_the_stdlib_trusts_our_listener(peer, key, tmp_path):
    if not key and peer.endswith(("3.10", "3.11", "3.12")):
        pytest.skip("took an empty key for none")
    address = str(tmp_path / "s")
    with Listener(address, authkey=key) as listener:
        command = [peer, "-c", CLIENT, address, key.decode()]
        with subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True) as program:
            with listener.accept() as ours:
                ours.send("from the listener")
                assert ("from the client", "from the listener") == ours.recv()
            _, errors = program.communicate(timeout=60)
    assert (0, "") == (program.returncode, errors)


def test_our_client_trusts_a_listener_of_the_stdlib(peer, tmp_path):
    address = str(tmp_path / "s")
    command = [peer, "-c", LISTENER, address, KEY.decode()]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert "listening\n" == program.stdout.readline()
        with Client(address, authkey=KEY) as ours:
            assert "from the listener" == ours.recv()
            ours.send(b"x" * 100_000)
        output, errors = program.communicate(timeout=60)
    assert (0, "", 100_004) == (program.returncode, errors, len(output))


def test_a_client_of_the_stdlib_with_another_key_is_refused(peer, tmp_path):
    address = str(tmp_path / "s")
    with Listener(address, authkey=KEY) as listener:
        command = [peer, "-c", CLIENT, address, "another"]
        with subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True) as program:
            with pytest.raises(AuthenticationError):
                listener.accept()
            _, errors = program.communicate(timeout=60)
    assert "AuthenticationError" in errors


def environment():
    """The environment without what would change a peer's imports."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


@pytest.mark.parametrize("family", [family for family in families if family != "AF_PIPE"])
def test_both_ends_find_each_other_in_every_family(family):
    with Listener(family=family, authkey=KEY) as listener:
        assert family == address_type(listener.address)
        assert listener.last_accepted is None
        client = in_thread(Client, listener.address, None, KEY)
        with listener.accept() as ours, client() as theirs:
            ours.send("hello")
            assert "hello" == theirs.recv()
            assert (family == "AF_INET") == bool(listener.last_accepted)


@pytest.mark.parametrize("ours", [KEY, b""])
def test_a_listener_with_a_key_does_not_accept_who_has_another(ours):
    with Listener(authkey=ours) as listener:
        client = in_thread(Client, listener.address, None, b"another")
        with pytest.raises(AuthenticationError, match="does not know the key"):
            listener.accept()
        assert isinstance(client(), AuthenticationError)


def test_a_client_leaving_in_the_handshake_is_an_eof_error_and_the_next_is_served():
    with Listener(authkey=KEY) as listener:
        Client(listener.address).close()
        with pytest.raises((EOFError, OSError)):
            listener.accept()
        client = in_thread(Client, listener.address, None, KEY)
        listener.accept().close()
        client().close()


def test_a_stranger_cannot_make_us_read_more_than_a_short_message():
    with Listener(authkey=KEY) as listener, socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(listener.address)
        stranger.sendall(b"\x7f\xff\xff\xff" + bytes(1000))
        with pytest.raises(OSError, match="longer than 256 bytes"):
            listener.accept()


def test_what_a_stranger_sends_is_not_unpickled():
    with Listener(authkey=KEY) as listener:
        stranger = Client(listener.address)
        stranger.send(Explosive())
        with pytest.raises(AuthenticationError):
            listener.accept()
        stranger.close()


class Explosive:
    """Fails a test when it is unpickled."""

    def __reduce__(self):
        return pytest.fail, ("was unpickled",)


def test_accepted_and_connected_sockets_block_whatever_the_default_timeout_is():
    socket.setdefaulttimeout(0.01)
    try:
        with Listener() as listener:
            client = in_thread(Client, listener.address)
            with listener.accept() as ours, client() as theirs, Pipe()[0] as end:
                assert [True] * 3 == [os.get_blocking(one.fileno()) for one in (ours, theirs, end)]
    finally:
        socket.setdefaulttimeout(None)


def test_closing_frees_the_address_even_if_its_file_is_gone(tmp_path):
    address = str(tmp_path / "s")
    with Listener(address) as listener:
        assert address == listener.address
        with pytest.raises(OSError, match=r"[Aa]ddress already in use"):
            Listener(address)
    assert [] == os.listdir(tmp_path)
    with Listener(address):
        os.unlink(address)
    for use in (listener.accept, lambda: listener.address, lambda: listener.last_accepted):
        with pytest.raises(OSError, match="listener is closed"):
            use()


def test_keys_and_families_are_checked_before_anything_is_made(tmp_path):
    with pytest.raises(TypeError, match="must be bytes"):
        Listener(str(tmp_path / "s"), authkey="text")
    with pytest.raises(TypeError, match="must be bytes"):
        Client(str(tmp_path / "s"), authkey="text")
    with pytest.raises(ValueError, match="AF_NONE"):
        Listener(family="AF_NONE")
    with pytest.raises(ValueError, match="AF_PIPE"):
        Client(r"\\.\pipe\none")
    with pytest.raises(ValueError, match="is no address"):
        Client(5)
    for function in (deliver_challenge, answer_challenge):
        with pytest.raises(ValueError, match="must be bytes"):
            function(None, "text")
    assert [] == os.listdir(tmp_path)


def test_addresses():
    assert ("AF_INET", "AF_UNIX", "AF_UNIX", "AF_PIPE") == tuple(
        map(address_type, [("localhost", 1), "/path", b"\0name", r"\\.\pipe\name"])
    )
    assert (True, True, False, False, False) == tuple(map(is_abstract, ["\0a", b"\0a", "a", b"a", None]))
    for family in ("AF_INET", "AF_UNIX", "AF_PIPE"):
        assert family == address_type(arbitrary_address(family))
    assert arbitrary_address("AF_UNIX") != arbitrary_address("AF_UNIX")
    with pytest.raises(ValueError, match="unknown family"):
        arbitrary_address("AF_NONE")
    with pytest.raises(ValueError, match="not available here; there are AF_INET"):
        validate_family("AF_NONE")


def test_the_names_of_this_room_are_reached_through_connection():
    assert connection.Listener is Listener
    assert isinstance(Pipe()[0], Connection)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        connection.nothing  # noqa: B018 - the access is the test
