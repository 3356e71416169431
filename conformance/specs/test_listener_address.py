"""Addresses of listeners: how they are told apart and made up, who frees them, and when."""

import gc
import os
import socket
import sys

from conformance.requirement import requirement
from conformance.specs.aids import Call, left_to_the_collector, open_descriptors, running

WINDOWS = sys.platform == "win32"
LOCAL = "AF_PIPE" if WINDOWS else "AF_UNIX"

kept = []  # what outlives the function that made it


def listen_and_return(mp, address):
    """Leave a listener open at the end of this process."""
    kept.append(mp.module("connection").Listener(address))


def close_copy():
    """Close, in a forked child, the listener of the parent."""
    kept[-1].close()


def keep_copy():
    """End with the copy of the parent's listener open."""


@requirement("listener.address-type")
def test_address_type_tells_the_family(mp):
    """address_type names the family of a tuple, a path, a pipe's name and an abstract address; no other is one."""
    address_type = mp.module("connection").address_type
    families = {("localhost", 0): "AF_INET", r"\\.\pipe\x": "AF_PIPE", "x": "AF_UNIX", "\0x": "AF_UNIX"}
    assert families == {address: address_type(address) for address in families}, "families of the addresses"
    for other in (5, ["localhost", 0]):
        with mp.raises(ValueError, TypeError):
            address_type(other)
    for other in (None, b"x"):
        with mp.raises(ValueError):
            address_type(other)


@requirement("listener.address-type")
def test_families_are_those_that_a_listener_takes(mp):
    """connection.families names internet and local addresses, and default_family is the local one."""
    connection = mp.module("connection")
    assert {"AF_INET", LOCAL} <= set(connection.families), "families"
    assert LOCAL == connection.default_family, "default_family"
    for family in connection.families:
        connection.Listener(family=family).close()


@requirement("listener.arbitrary-address")
def test_arbitrary_address_is_free_and_of_its_family(mp):
    """arbitrary_address gives an address of the family on which a listener can be made, and refuses an unknown one."""
    connection = mp.module("connection")
    for family in ("AF_INET", LOCAL):
        address = connection.arbitrary_address(family)
        assert family == connection.address_type(address), "family of the address"
        connection.Listener(address).close()
    with mp.raises(ValueError):
        connection.arbitrary_address("AF_NOTHING")


@requirement("listener.arguments")
def test_listener_and_client_take_arguments_by_position_and_keyword(mp):
    """Listener(address, family, backlog, authkey) and Client(address, family, authkey) have them in this order."""
    connection = mp.module("connection")
    place = ("127.0.0.1", 0)
    for listener in (
        connection.Listener(place, "AF_INET", 3, b"key"),
        connection.Listener(address=place, family="AF_INET", backlog=3, authkey=b"key"),
    ):
        with listener:
            for calling in (
                Call(connection.Client, listener.address, "AF_INET", b"key"),
                Call(connection.Client, address=listener.address, family="AF_INET", authkey=b"key"),
            ):
                Call(listener.accept).result().send("welcome")
            assert "welcome" == Call(calling.result().recv).result(), "what the client received"


@requirement("listener.inet-local")
def test_listener_own_internet_address_is_local(mp):
    """A family alone gives each listener a port of its own, which only this machine reaches."""
    connection = mp.module("connection")
    with connection.Listener(family="AF_INET") as first, connection.Listener(family="AF_INET") as second:
        assert ["127.0.0.1"] * 2 == [first.address[0], second.address[0]], "hosts"
        assert first.address[1] != second.address[1], "port of the second listener"


@requirement("listener.bind-in-use", platforms=["posix"])  # where descriptors can be counted
def test_listener_that_could_not_bind_leaves_nothing_open(mp):
    """No descriptor stays open after an address in use was refused, while the error is still at hand."""
    connection = mp.module("connection")
    for family in ("AF_INET", "AF_UNIX"):
        with connection.Listener(family=family) as listener:
            before = open_descriptors()
            with left_to_the_collector() as told:
                with mp.raises(OSError) as caught:
                    connection.Listener(listener.address)
                assert before == open_descriptors(), f"open descriptors after {caught.error!r}"
            assert [] == told, "warnings of what was left to the collector"


@requirement("listener.client.refused", platforms=["posix"])  # where descriptors can be counted
def test_client_of_nobody_leaves_nothing_open(mp):
    """No descriptor stays open after a Client found nobody, while the error is still at hand."""
    connection = mp.module("connection")
    with mp.raises(OSError):
        connection.Client("nobody.sock")  # What is loaded on first use is open from now on.
    before = open_descriptors()
    with left_to_the_collector() as told:
        with mp.raises(OSError) as caught:
            connection.Client("nobody.sock")
    assert before == open_descriptors(), f"open descriptors after {caught.error!r}"
    assert [] == told, "warnings of what was left to the collector"


@requirement("listener.close-complete")
def test_listener_and_client_close_all_that_they_opened(mp):
    """Once listener and connections are closed nothing is left for the collector, which would warn of it."""
    connection = mp.module("connection")
    with left_to_the_collector() as told:
        for family in ("AF_INET", LOCAL):
            with connection.Listener(family=family, authkey=b"key") as listener:
                calling = Call(connection.Client, listener.address, authkey=b"key")
                Call(listener.accept).result().close()
                calling.result().close()
            del listener
        gc.collect()
    assert [] == told, "warnings of what was left to the collector"


@requirement("listener.not-inheritable")
def test_listener_and_client_connections_are_closed_by_exec(mp):
    """Neither end of a connection is inherited by a program that is executed."""
    connection = mp.module("connection")
    for family in ("AF_INET", "AF_UNIX"):
        with connection.Listener(family=family) as listener:
            calling = Call(connection.Client, listener.address)
            ends = [Call(listener.accept).result(), calling.result()]
            assert [False] * 2 == [os.get_inheritable(end.fileno()) for end in ends], f"inheritable, family {family}"


@requirement("listener.reuse-address")
def test_listener_can_have_a_port_again_at_once(mp):
    """A port whose last connection the listener's side closed first can be listened on again at once."""
    connection = mp.module("connection")
    with connection.Listener(("127.0.0.1", 0)) as listener:
        address = listener.address
        client = Call(connection.Client, address)
        served = Call(listener.accept).result()
        served.close()
        with mp.raises(EOFError):
            Call(client.result().recv).result()
        client.result().close()
    with connection.Listener(address) as again:
        assert address == again.address, "address of the second listener"


@requirement("listener.close-at-exit")
def test_listener_left_open_is_removed_when_its_process_ends(mp):
    """A listener that nobody closed leaves no socket file behind once its process has ended."""
    with running(mp, listen_and_return, args=(mp, "left.sock")):
        pass
    assert False is os.path.exists("left.sock"), "whether the socket file is left behind"


@requirement("listener.fork-keeps-file")
def test_listener_survives_its_copy_in_a_child(mp):
    """A forked child that closes its copy, or ends with it, does not take the parent's socket file away."""
    connection = mp.module("connection")
    kept.append(connection.Listener("shared.sock"))
    for end_with_it in (close_copy, keep_copy):
        with running(mp, end_with_it):
            pass
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect("shared.sock")
        Call(kept[-1].accept).result()
