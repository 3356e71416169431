"""How two processes prove to each other that they know a key without sending it: sans-IO, messages in and out.

    verifier                                     prover
    #CHALLENGE#{digest}random bytes       ->
                                          <-     {digest}HMAC of what followed #CHALLENGE#, with the key
    #WELCOME# or #FAILURE#                ->

A `Handshake` plays one part. `_STEPS` says which message it awaits in each state and what follows; the code only
walks that table. For both sides to be sure, it is played twice, with the parts exchanged.

Peers older than Python 3.12 know one digest, MD5, and do not name it: a challenge of exactly 20 bytes comes from
one, a response of exactly 16 bytes too. They are answered and accepted in kind. The HMAC is over the whole
challenge, digest name included.

Knows neither connections nor sockets. Above: `listener`.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from enum import Enum

__all__ = [
    "CHALLENGE",
    "DIGESTS",
    "FAILURE",
    "LARGEST_MESSAGE",
    "WELCOME",
    "Handshake",
    "Refusal",
    "State",
    "prover",
    "verifier",
]

CHALLENGE = b"#CHALLENGE#"
WELCOME = b"#WELCOME#"
FAILURE = b"#FAILURE#"

LARGEST_MESSAGE = 256
"""No message of a handshake has more bytes: nobody need read more from a peer that has proven nothing."""

DIGESTS = frozenset({"md5", "sha256", "sha384", "sha3_256", "sha3_384"})
"""What peers may name (the stdlib's choice)."""

_RANDOM_BYTES = 40  # with the name of a digest more than the 20 that would mark an old peer
_OLD_CHALLENGE = 20
_OLD_RESPONSE = 16


class Refusal(Exception):
    """The peer broke the rules, or does not know the key; says how."""


class State(Enum):
    """How far a handshake has come."""

    AWAITS_CHALLENGE = "awaits a challenge"
    AWAITS_VERDICT = "awaits the verdict on its response"
    AWAITS_RESPONSE = "awaits the response to its challenge"
    PROVEN = "has succeeded"
    REFUSED = "has failed"


class Handshake:
    """One part in one exchange. Made by `prover` or `verifier`.

    opening: what to send first, if anything.
    state: how far it has come; `PROVEN` and `REFUSED` are final.
    reason: after `REFUSED`, why.
    """

    def __init__(self, key: bytes, state: State, challenge: bytes = b"") -> None:
        self.key = key
        self.state = state
        self.challenge = challenge
        self.opening = CHALLENGE + challenge if challenge else None
        self.reason = ""

    @property
    def over(self) -> bool:
        """Whether nothing more is to be received."""
        return self.state not in _STEPS

    def receive(self, message: bytes) -> bytes | None:
        """Take the peer's next message; returns what to send, if anything.

        Raises:
            Refusal: nothing was to come any more.
        """
        awaited = self.state
        if self.over:
            raise Refusal(f"a message came to a handshake that {awaited.value}")
        step, self.state = _STEPS[awaited]
        try:
            return step(self, message)
        except Refusal as refusal:
            self.state = State.REFUSED
            self.reason = str(refusal)
            return FAILURE if awaited is State.AWAITS_RESPONSE else None


def prover(key: bytes) -> Handshake:
    """The part that proves to know `key`."""
    return Handshake(key, State.AWAITS_CHALLENGE)


def verifier(key: bytes, digest: str = "sha256") -> Handshake:
    """The part that demands proof, by preference with `digest`."""
    return Handshake(key, State.AWAITS_RESPONSE, _name(digest) + os.urandom(_RANDOM_BYTES))


def _respond(handshake: Handshake, message: bytes) -> bytes:
    if not message.startswith(CHALLENGE):
        raise Refusal(f"expected a challenge, got {message!r}")
    challenge = message[len(CHALLENGE) :]
    if len(challenge) < _OLD_CHALLENGE:
        raise Refusal(f"a challenge of {len(challenge)} bytes is too short")
    if len(challenge) > _OLD_CHALLENGE:
        digest, _ = _split(challenge)
        return _name(digest) + _authenticate(handshake.key, challenge, digest)
    try:
        return hmac.digest(handshake.key, challenge, "md5")
    except ValueError:  # this system forbids MD5: the old peer would have to understand the new way
        return _name("sha256") + _authenticate(handshake.key, challenge, "sha256")


def _judge(handshake: Handshake, message: bytes) -> bytes:
    digest, code = ("md5", message) if len(message) == _OLD_RESPONSE else _split(message)
    # compare_digest takes the same time whatever the first difference.
    if not hmac.compare_digest(_authenticate(handshake.key, handshake.challenge, digest), code):
        raise Refusal("the peer's response shows that it does not know the key")
    return WELCOME


def _conclude(handshake: Handshake, message: bytes) -> None:
    if message != WELCOME:
        raise Refusal("the peer did not accept our response: it has another key")


_STEPS: dict[State, tuple[Callable[[Handshake, bytes], bytes | None], State]] = {
    State.AWAITS_CHALLENGE: (_respond, State.AWAITS_VERDICT),
    State.AWAITS_VERDICT: (_conclude, State.PROVEN),
    State.AWAITS_RESPONSE: (_judge, State.PROVEN),
}


def _name(digest: str) -> bytes:
    return b"{%s}" % digest.encode("ascii")


def _split(message: bytes) -> tuple[str, bytes]:
    """The digest that a message names in its beginning, and what follows."""
    for digest in DIGESTS:
        name = _name(digest)
        if message.startswith(name):
            return digest, message[len(name) :]
    raise Refusal(f"no known digest is named in {message!r}")


def _authenticate(key: bytes, challenge: bytes, digest: str) -> bytes:
    try:
        return hmac.digest(key, challenge, digest)
    except ValueError as error:
        raise Refusal(f"this system does not offer the digest {digest}") from error
