"""The handshake without connections: two parts fed by hand, and old peers made from what they are known to send."""

import hmac

import pytest

from reference import challenge
from reference.challenge import CHALLENGE, FAILURE, WELCOME, Refusal, State, prover, verifier

KEY = b"a secret"


def play(demanding, proving):
    """Carry messages between the two parts until both are done; returns them."""
    messages, message, receiver, other = [], demanding.opening, proving, demanding
    while message is not None:
        messages.append(message)
        message = receiver.receive(message)
        receiver, other = other, receiver
    return messages


@pytest.mark.parametrize("digest", sorted(challenge.DIGESTS))
def test_equal_keys_prove_themselves_with_every_digest(digest):
    demanding, proving = verifier(KEY, digest), prover(KEY)
    messages = play(demanding, proving)
    assert (State.PROVEN, State.PROVEN) == (demanding.state, proving.state)
    assert messages[0].startswith(CHALLENGE + b"{%s}" % digest.encode())
    assert messages[1].startswith(b"{%s}" % digest.encode())
    assert WELCOME == messages[2]
    assert max(map(len, messages)) <= challenge.LARGEST_MESSAGE


def test_an_empty_key_is_a_key():
    demanding, proving = verifier(b""), prover(b"")
    play(demanding, proving)
    assert (State.PROVEN, State.PROVEN) == (demanding.state, proving.state)
    demanding, proving = verifier(b""), prover(KEY)
    play(demanding, proving)
    assert (State.REFUSED, State.REFUSED) == (demanding.state, proving.state)


def test_different_keys_end_in_failure_on_both_sides():
    demanding, proving = verifier(KEY), prover(b"another")
    messages = play(demanding, proving)
    assert FAILURE == messages[-1]
    assert (State.REFUSED, State.REFUSED) == (demanding.state, proving.state)
    assert "does not know the key" in demanding.reason
    assert "has another key" in proving.reason


def test_the_key_is_in_no_message_and_no_challenge_comes_twice():
    first, second = play(verifier(KEY), prover(KEY)), play(verifier(KEY), prover(KEY))
    assert not any(KEY in message for message in first + second)
    assert first[0] != second[0]


def test_a_prover_answers_an_old_verifier_with_bare_md5():
    random = bytes(range(20))
    proving = prover(KEY)
    assert hmac.digest(KEY, random, "md5") == proving.receive(CHALLENGE + random)
    assert proving.receive(WELCOME) is None
    assert State.PROVEN is proving.state


def test_a_verifier_accepts_an_old_prover_that_takes_the_digest_name_for_random_bytes():
    demanding = verifier(KEY)
    old_answer = hmac.digest(KEY, demanding.opening[len(CHALLENGE) :], "md5")
    assert WELCOME == demanding.receive(old_answer)
    assert State.PROVEN is demanding.state


def test_a_prover_without_md5_answers_an_old_verifier_with_sha256(monkeypatch):
    real = hmac.digest

    def without_md5(key, message, digest):
        if digest == "md5":
            raise ValueError("disabled")
        return real(key, message, digest)

    monkeypatch.setattr(hmac, "digest", without_md5)
    random = bytes(20)
    assert b"{sha256}" + real(KEY, random, "sha256") == prover(KEY).receive(CHALLENGE + random)
    demanding = verifier(KEY)
    assert FAILURE == demanding.receive(bytes(16))
    assert "does not offer the digest md5" in demanding.reason


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", "expected a challenge"),
        (b"something bogus", "expected a challenge"),
        (WELCOME, "expected a challenge"),
        (CHALLENGE, "0 bytes is too short"),
        (CHALLENGE + bytes(19), "19 bytes is too short"),
        (CHALLENGE + bytes(21), "no known digest"),
        (CHALLENGE + b"{sha1}" + bytes(40), "no known digest"),
        (CHALLENGE + b"{sha256" + bytes(40), "no known digest"),
    ],
)
def test_a_prover_refuses_what_is_no_challenge_and_says_nothing(message, reason):
    proving = prover(KEY)
    assert proving.receive(message) is None
    assert State.REFUSED is proving.state
    assert reason in proving.reason


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (b"", "no known digest"),
        (bytes(16), "does not know the key"),
        (bytes(20), "no known digest"),
        (b"{sha256}", "does not know the key"),
        (b"{sha256}" + bytes(31), "does not know the key"),
        (b"{md4}" + bytes(16), "no known digest"),
    ],
)
def test_a_verifier_refuses_what_is_no_proof_and_says_so(response, reason):
    demanding = verifier(KEY)
    assert FAILURE == demanding.receive(response)
    assert State.REFUSED is demanding.state
    assert reason in demanding.reason


def test_a_prover_is_not_proven_by_anything_but_the_welcome():
    for verdict in (FAILURE, b"", b"#WELCOME", WELCOME + b" "):
        proving = prover(KEY)
        proving.receive(CHALLENGE + bytes(20))
        assert proving.receive(verdict) is None
        assert State.REFUSED is proving.state


def test_a_response_made_for_another_challenge_is_refused():
    first, second = verifier(KEY), verifier(KEY)
    response = prover(KEY).receive(first.opening)
    assert FAILURE == second.receive(response)


def test_nothing_can_be_received_after_the_end():
    demanding, proving = verifier(KEY), prover(KEY)
    play(demanding, proving)
    for part in (demanding, proving):
        assert part.over
        with pytest.raises(Refusal, match="has succeeded"):
            part.receive(WELCOME)
