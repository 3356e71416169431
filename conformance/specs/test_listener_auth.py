"""Listener and Client with an authkey: each side proves to the other that it knows the key, without telling it."""

import hmac
import os
import socket
import threading

from conformance.requirement import requirement
from conformance.specs.aids import Call

KEY = b"the secret that both sides know"
CHALLENGE, WELCOME, FAILURE = b"#CHALLENGE#", b"#WELCOME#", b"#FAILURE#"


def connect(mp, listener, authkey):
    """The running accept() and Client() calls of a new connection."""
    accepting = Call(listener.accept)
    return accepting, Call(mp.module("connection").Client, listener.address, authkey=authkey)


def pump(source, sink, record):
    """Copy bytes from one socket to another, and into `record`, until the end."""
    while True:
        data = source.recv(4096)
        record += data
        if not data:
            sink.shutdown(socket.SHUT_WR)
            return
        sink.sendall(data)


def record_handshake(mp):
    """The bytes that a client and a listener with the same key exchange: from the client, from the listener."""
    connection = mp.module("connection")
    by_client, by_listener = bytearray(), bytearray()
    with connection.Listener(("127.0.0.1", 0), authkey=KEY) as listener, socket.socket() as middle:
        middle.bind(("127.0.0.1", 0))
        middle.listen(1)
        accepting = Call(listener.accept)
        calling = Call(connection.Client, middle.getsockname(), authkey=KEY)
        near, _ = middle.accept()
        far = socket.create_connection(listener.address)
        threading.Thread(target=pump, args=(near, far, by_client), daemon=True).start()
        threading.Thread(target=pump, args=(far, near, by_listener), daemon=True).start()
        served, client = accepting.result(), calling.result()
        client.send_bytes(b"end of handshake")
        assert b"end of handshake" == Call(served.recv_bytes).result(), "what passed after the handshake"
    return bytes(by_client), bytes(by_listener)


@requirement("listener.auth.match")
def test_listener_accepts_a_client_with_the_same_key(mp):
    """With equal keys on both sides the connection is established and usable."""
    connection = mp.module("connection")
    for key in (KEY, b"k", bytes(200), mp.current_process().authkey):
        with connection.Listener(authkey=key) as listener:
            accepting, calling = connect(mp, listener, bytes(key))
            served, client = accepting.result(), calling.result()
            client.send("request")
            assert "request" == Call(served.recv).result(), "what the listener's side received"
            served.send("reply")
            assert "reply" == Call(client.recv).result(), "what the client received"


@requirement("listener.auth.mismatch")
def test_listener_refuses_a_client_with_another_key(mp):
    """With different keys both accept and Client raise AuthenticationError, and the listener goes on."""
    with mp.module("connection").Listener(authkey=KEY) as listener:
        for key in (b"wrong", KEY[:-1], KEY + b"!", KEY.upper(), b" " + KEY, KEY + b"\n"):
            accepting, calling = connect(mp, listener, key)
            with mp.raises(mp.AuthenticationError):
                accepting.result()
            with mp.raises(mp.AuthenticationError):
                calling.result()
        accepting, calling = connect(mp, listener, KEY)
        served, client = accepting.result(), calling.result()
        client.send("request")
        assert "request" == Call(served.recv).result(), "what the next client sent"


@requirement("listener.auth.none")
def test_listener_without_key_sends_no_challenge(mp):
    """Without authkey the first bytes either way are the user's message."""
    connection = mp.module("connection")
    with connection.Listener(("127.0.0.1", 0)) as listener, socket.create_connection(listener.address) as peer:
        served = Call(listener.accept).result()
        served.send_bytes(b"hello")
        assert b"\0\0\0\5hello" == Call(peer.recv, 100).result(), "the first bytes from the listener's side"
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        client = Call(connection.Client, server.getsockname()).result()
        peer, _ = server.accept()
        client.send_bytes(b"hello")
        assert b"\0\0\0\5hello" == Call(peer.recv, 100).result(), "the first bytes from the client"
        peer.close()


@requirement("listener.auth.type")
def test_listener_refuses_a_key_that_is_not_bytes(mp):
    """A str, int or list as authkey raises TypeError in Listener and Client."""
    connection = mp.module("connection")
    for key in ("text", 5, [1, 2]):
        with mp.raises(TypeError):
            connection.Listener(authkey=key)
        with connection.Listener() as listener:
            with mp.raises(TypeError):
                Call(connection.Client, listener.address, authkey=key).result()


@requirement("listener.auth.empty-key")
def test_listener_authenticates_with_an_empty_key(mp):
    """authkey=b'' is a key: who has it is accepted, who has none is not."""
    connection = mp.module("connection")
    with connection.Listener(authkey=b"") as listener:
        accepting, calling = connect(mp, listener, b"")
        served, client = accepting.result(), calling.result()
        client.send("request")
        assert "request" == Call(served.recv).result(), "what the client with the empty key sent"
        accepting, calling = connect(mp, listener, None)
        calling.result().send_bytes(b"no proof")
        with mp.raises(mp.AuthenticationError):
            accepting.result()


@requirement("listener.auth.key-not-sent")
def test_listener_handshake_does_not_tell_the_key(mp):
    """The key appears in no byte that either side sends."""
    for sender, sent in zip(("client", "listener"), record_handshake(mp)):
        assert -1 == sent.find(KEY), f"position of the key in what the {sender} sent"
        assert -1 == sent.find(KEY.hex().encode()), f"position of the key's digits in what the {sender} sent"


@requirement("listener.auth.challenge-mutual")
def test_listener_and_client_both_demand_and_give_proof(mp):
    """Each side sends one challenge, one answer and one welcome, the listener's challenge first."""
    by_client, by_listener = record_handshake(mp)
    for sent in (by_client, by_listener):
        assert (1, 1) == (sent.count(CHALLENGE), sent.count(WELCOME)), "challenges and welcomes sent by one side"
    assert 4 == by_listener.find(CHALLENGE), "position of the listener's challenge"
    assert by_client.find(WELCOME) > by_client.find(CHALLENGE), "position of the client's welcome"


@requirement("listener.auth.challenge-mutual")
def test_client_refuses_a_listener_that_cannot_prove_itself(mp):
    """A server that welcomes everybody but answers the client's challenge wrongly is refused."""
    connection = mp.module("connection")
    with connection.Listener() as listener:
        accepting, calling = connect(mp, listener, KEY)
        fake = accepting.result()
        fake.send_bytes(CHALLENGE + b"{sha256}" + bytes(40))
        Call(fake.recv_bytes).result()
        fake.send_bytes(WELCOME)
        Call(fake.recv_bytes).result()
        fake.send_bytes(b"{sha256}" + bytes(32))
        with mp.raises(mp.AuthenticationError):
            calling.result()


@requirement("listener.auth.interop-md5")
def test_listener_accepts_a_client_of_the_old_protocol(mp):
    """A client that answers by an unprefixed MD5 digest, and asks for one, is accepted."""
    connection = mp.module("connection")
    with connection.Listener(authkey=KEY) as listener:
        accepting, calling = connect(mp, listener, None)
        client = calling.result()
        message = Call(client.recv_bytes).result()[len(CHALLENGE) :]
        client.send_bytes(hmac.new(KEY, message, "md5").digest())
        assert WELCOME == Call(client.recv_bytes).result(), "reply to the MD5 digest"
        challenge = os.urandom(20)
        client.send_bytes(CHALLENGE + challenge)
        answer = Call(client.recv_bytes).result()
        assert hmac.new(KEY, challenge, "md5").digest() == answer, "answer to a challenge of the old form"
        client.send_bytes(WELCOME)
        accepting.result().send("hello")
        assert "hello" == Call(client.recv).result(), "what came after the handshake"


@requirement("listener.auth.sha256-default")
def test_listener_challenge_asks_for_sha256(mp):
    """The listener's challenge names SHA-256, holds 40 random bytes, and differs each time."""
    connection = mp.module("connection")
    challenges = set()
    with connection.Listener(authkey=KEY) as listener:
        for _ in range(2):
            accepting, calling = connect(mp, listener, None)
            with calling.result() as client:
                message = Call(client.recv_bytes).result()
            with mp.raises(EOFError, OSError):
                accepting.result()
            start = CHALLENGE + b"{sha256}"
            assert start == message[: len(start)], "beginning of the challenge"
            assert 40 <= len(message) - len(start), "number of random bytes"
            challenges.add(message)
    assert 2 == len(challenges), "number of different challenges"


@requirement("listener.auth.bad-challenge")
def test_answer_challenge_refuses_what_is_no_challenge(mp):
    """answer_challenge raises AuthenticationError for a message of another form."""
    named = b"{sha256}" + bytes(40)
    for message in (
        b"hello",
        WELCOME,
        b"#CHALLENGE" + named,
        b"#challenge#" + named,
        b"!" + CHALLENGE + bytes(19),
        bytes(11) + bytes(20),
        named,
    ):
        left, right = mp.Pipe()
        left.send_bytes(message)
        with mp.raises(mp.AuthenticationError):
            Call(mp.module("connection").answer_challenge, right, KEY).result()


@requirement("listener.auth.deliver-failure")
def test_deliver_challenge_refuses_a_wrong_answer_and_says_so(mp):
    """deliver_challenge raises AuthenticationError when the reply does not match, and sends a failure."""
    for reply in (bytes(16), b"{sha256}" + bytes(32), b"{md5}" + bytes(16)):
        left, right = mp.Pipe()
        delivering = Call(mp.module("connection").deliver_challenge, left, KEY)
        message = Call(right.recv_bytes).result()
        assert CHALLENGE == message[: len(CHALLENGE)], "beginning of the challenge"
        right.send_bytes(reply)
        assert FAILURE == Call(right.recv_bytes).result(), "what the peer was told"
        with mp.raises(mp.AuthenticationError):
            delivering.result()


@requirement("listener.auth.answer-failure")
def test_answer_challenge_fails_without_a_welcome(mp):
    """answer_challenge raises AuthenticationError when the answer is not welcomed."""
    for verdict in (FAILURE, b"", b"#WELCOME", WELCOME + b"!", b"!" + WELCOME):
        left, right = mp.Pipe()
        answering = Call(mp.module("connection").answer_challenge, right, KEY)
        left.send_bytes(CHALLENGE + bytes(20))
        Call(left.recv_bytes).result()
        left.send_bytes(verdict)
        with mp.raises(mp.AuthenticationError):
            answering.result()
