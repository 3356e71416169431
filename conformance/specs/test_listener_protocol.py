"""The handshake's messages, one side of it played by hand: digests, lengths, and what neither side may accept.

So a fault that both sides share, and that therefore does not show between them, is seen.
"""

import hashlib
import hmac
import os

from conformance.requirement import requirement
from conformance.specs.aids import Call, after_collection

KEY = b"the secret that both sides know"
CHALLENGE, WELCOME, FAILURE = b"#CHALLENGE#", b"#WELCOME#", b"#FAILURE#"
DIGESTS = ("md5", "sha256", "sha384", "sha3_256", "sha3_384")
LONGEST = 256
"""Bytes that no message of a handshake exceeds."""


def named(digest, data):
    """`data` behind the name of a digest, as in challenges and answers."""
    return b"{" + digest.encode("ascii") + b"}" + data


def proof(challenge, digest, key=KEY):
    """What answers `challenge`, which is everything that followed #CHALLENGE#."""
    return named(digest, hmac.new(key, challenge, digest).digest())


def right_answer(challenge, key=KEY):
    """The answer to `challenge`. One of 20 bytes comes from before Python 3.12, when there was MD5 only, unnamed."""
    if len(challenge) == 20:
        return hmac.new(key, challenge, "md5").digest()
    return proof(challenge, challenge[1 : challenge.index(b"}")].decode("ascii"), key)


def flipped(data):
    """`data` with one bit of its last byte changed."""
    return data[:-1] + bytes([data[-1] ^ 1])


def challenged(mp, **options):
    """A running deliver_challenge, its peer, and the challenge that the peer got."""
    left, right = mp.Pipe()
    delivering = Call(mp.module("connection").deliver_challenge, left, KEY, **options)
    message = Call(right.recv_bytes).result()
    assert CHALLENGE == message[: len(CHALLENGE)], "beginning of the challenge"
    return delivering, right, message[len(CHALLENGE) :]


def answer_to(mp, message):
    """A running answer_challenge that was sent `message`, and its peer."""
    left, right = mp.Pipe()
    left.send_bytes(message)
    return Call(mp.module("connection").answer_challenge, right, KEY), left


@requirement("listener.auth.digests")
def test_answer_challenge_uses_the_digest_that_is_asked_for(mp):
    """The answer names the digest that the challenge names, and authenticates the challenge with that name."""
    for digest in DIGESTS:
        challenge = named(digest, os.urandom(40))
        answering, peer = answer_to(mp, CHALLENGE + challenge)
        assert proof(challenge, digest) == Call(peer.recv_bytes).result(), f"answer with {digest}"
        peer.send_bytes(WELCOME)
        assert None is answering.result(), "what answer_challenge returned"


@requirement("listener.auth.digests")
def test_deliver_challenge_accepts_each_digest(mp):
    """digest_name is what the challenge asks for, and any of the known digests is accepted as answer."""
    for digest in DIGESTS:
        for options in ({"digest_name": digest}, {}):
            delivering, peer, challenge = challenged(mp, **options)
            assert named(options.get("digest_name", "sha256"), b"") == challenge[: challenge.index(b"}") + 1], "name"
            peer.send_bytes(proof(challenge, digest))
            assert WELCOME == Call(peer.recv_bytes).result(), f"verdict on an answer with {digest}"
            assert None is delivering.result(), "what deliver_challenge returned"


@requirement("listener.auth.challenge-fresh")
def test_deliver_challenge_never_asks_the_same_again(mp):
    """What was answered once is of no use later: each challenge is another."""
    challenges = []
    for _ in range(2):
        delivering, peer, challenge = challenged(mp)
        peer.send_bytes(right_answer(challenge))
        delivering.result()
        challenges.append(challenge)
    assert challenges[0] != challenges[1], "two challenges one after the other"


@requirement("listener.auth.unknown-digest")
def test_handshake_refuses_other_digests(mp):
    """A right answer with a digest that is not allowed is refused, and a challenge that names one not answered."""
    for digest in sorted({"sha1", "sha512", "blake2b"} & hashlib.algorithms_available):
        delivering, peer, challenge = challenged(mp)
        peer.send_bytes(proof(challenge, digest))
        assert FAILURE == Call(peer.recv_bytes).result(), f"verdict on an answer with {digest}"
        with mp.raises(mp.AuthenticationError):
            delivering.result()
        answering, _peer = answer_to(mp, CHALLENGE + named(digest, bytes(40)))
        with mp.raises(mp.AuthenticationError):
            answering.result()


@requirement("listener.auth.deliver-failure")
def test_deliver_challenge_refuses_answers_that_prove_nothing(mp):
    """An echo, an answer to another challenge or with another key, part of a right one, and no answer are refused."""
    for forge in (
        lambda challenge: challenge,
        lambda challenge: right_answer(flipped(challenge)),
        lambda challenge: right_answer(challenge, KEY + b"!"),
        lambda challenge: flipped(right_answer(challenge)),
        lambda challenge: right_answer(challenge)[:-1],
        lambda challenge: right_answer(challenge) + b"!",
        lambda challenge: challenge[: challenge.find(b"}") + 1],
        lambda challenge: proof(challenge[-40:], "sha256"),
        lambda challenge: WELCOME,
    ):
        delivering, peer, challenge = challenged(mp)
        answer = forge(challenge)
        peer.send_bytes(answer)
        assert FAILURE == Call(peer.recv_bytes).result(), f"verdict on the answer {answer!r}"
        with mp.raises(mp.AuthenticationError):
            delivering.result()


@requirement("listener.auth.bad-challenge")
def test_answer_challenge_gives_nothing_for_a_short_challenge(mp):
    """Fewer than 20 random bytes are refused without an answer: they would be no protection against replays."""
    for size in (0, 1, 16, 19):
        answering, peer = answer_to(mp, CHALLENGE + bytes(size))
        with mp.raises(mp.AuthenticationError):
            answering.result()
        assert False is peer.poll(), f"whether {size} bytes were answered"


@requirement("listener.auth.message-limit")
def test_handshake_reads_no_message_beyond_its_limit(mp):
    """A challenge, an answer or a verdict of more than 256 bytes raises OSError; a challenge of 256 is answered."""
    delivering, peer, _challenge = challenged(mp)
    peer.send_bytes(bytes(LONGEST + 1))
    with mp.raises(OSError):
        delivering.result()
    answering, peer = answer_to(mp, CHALLENGE + named("sha256", bytes(LONGEST + 1 - 19)))
    with mp.raises(OSError):
        answering.result()
    answering, peer = answer_to(mp, CHALLENGE + named("sha256", bytes(LONGEST - 19)))
    assert 16 <= len(Call(peer.recv_bytes).result()), "length of the answer to a challenge of 256 bytes"
    peer.send_bytes(bytes(LONGEST + 1))
    with mp.raises(OSError):
        answering.result()


@requirement("listener.auth.handshake-key-type")
def test_handshake_functions_refuse_a_key_that_is_not_bytes(mp):
    """deliver_challenge and answer_challenge raise ValueError for a str as key, and send nothing."""
    connection = mp.module("connection")
    left, right = mp.Pipe()
    left.send_bytes(CHALLENGE + bytes(20))
    for function in (connection.deliver_challenge, connection.answer_challenge):
        for key in ("text", None, [1]):
            with mp.raises(ValueError):
                Call(function, right, key).result()
    assert False is left.poll(), "whether anything was sent"


@requirement("listener.auth.challenge-mutual")
def test_listener_refuses_a_client_that_refuses_it(mp):
    """A client that proves itself but does not take the listener's own proof is refused."""
    connection = mp.module("connection")
    with connection.Listener(authkey=KEY) as listener:
        accepting = Call(listener.accept)
        client = Call(connection.Client, listener.address).result()
        challenge = Call(client.recv_bytes).result()[len(CHALLENGE) :]
        client.send_bytes(right_answer(challenge))
        assert WELCOME == Call(client.recv_bytes).result(), "verdict on the client's answer"
        client.send_bytes(CHALLENGE + bytes(20))
        assert hmac.new(KEY, bytes(20), "md5").digest() == Call(client.recv_bytes).result(), "the listener's answer"
        client.send_bytes(FAILURE)
        with mp.raises(mp.AuthenticationError):
            accepting.result()


@requirement("listener.auth.peer-gone")
def test_listener_refuses_a_client_that_leaves_amid_the_handshake(mp):
    """A client that goes before it has proven itself, or then without asking for proof, is not accepted."""
    connection = mp.module("connection")
    with connection.Listener(authkey=KEY) as listener:
        for proves in (False, True):
            accepting = Call(listener.accept)
            with Call(connection.Client, listener.address).result() as client:
                challenge = Call(client.recv_bytes).result()[len(CHALLENGE) :]
                if proves:
                    client.send_bytes(right_answer(challenge))
                    assert WELCOME == Call(client.recv_bytes).result(), "verdict on the client's answer"
            with mp.raises(EOFError, OSError):
                accepting.result()


@requirement("listener.auth.peer-gone")
def test_client_refuses_a_listener_that_leaves_amid_the_handshake(mp):
    """A listener that goes before it has asked for proof, or then without proving itself, is not connected to."""
    connection = mp.module("connection")
    with connection.Listener() as listener:
        for asks in (False, True):
            calling = Call(connection.Client, listener.address, authkey=KEY)
            with Call(listener.accept).result() as served:
                if asks:
                    served.send_bytes(CHALLENGE + bytes(20))
                    Call(served.recv_bytes).result()
                    served.send_bytes(WELCOME)
                    Call(served.recv_bytes).result()
            with mp.raises(EOFError, OSError):
                calling.result()


def is_over(connection):
    """Whether a receive would not wait; where `poll` tells of an end by an error, that is no matter here."""
    try:
        return connection.poll()
    except OSError:
        return True


@requirement("listener.auth.refused-closed")
def test_listener_lets_go_of_a_client_that_it_refused(mp):
    """After AuthenticationError nothing holds the connection: the client's ends too."""
    connection = mp.module("connection")
    with connection.Listener(authkey=KEY) as listener:
        accepting = Call(listener.accept)
        client = Call(connection.Client, listener.address).result()
        Call(client.recv_bytes).result()
        client.send_bytes(b"no proof")
        assert FAILURE == Call(client.recv_bytes).result(), "verdict on the client's answer"
        with mp.raises(mp.AuthenticationError):
            accepting.result()
        del accepting
        after_collection(lambda: is_over(client), "the end of the refused client's connection")
        with mp.raises(EOFError):
            Call(client.recv_bytes).result()


@requirement("listener.auth.refused-closed")
def test_client_lets_go_of_a_listener_that_refused_it(mp):
    """After AuthenticationError in Client nothing holds the connection: the listener's ends too."""
    connection = mp.module("connection")
    with connection.Listener() as listener:
        calling = Call(connection.Client, listener.address, authkey=KEY)
        served = Call(listener.accept).result()
        served.send_bytes(CHALLENGE + bytes(20))
        Call(served.recv_bytes).result()
        served.send_bytes(FAILURE)
        with mp.raises(mp.AuthenticationError):
            calling.result()
        del calling
        after_collection(lambda: is_over(served), "the end of the connection to the client that gave up")
        with mp.raises(EOFError):
            Call(served.recv_bytes).result()
