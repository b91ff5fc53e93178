"""Who is speaking: requests between nodes carry HTTP message signatures (RFC 9421, Ed25519; docs/wire.md §6).

Covered are method, path, query and the receiving node's name, so that a request cannot be sent on to another; with a
body also its digest over the bytes on the wire, type and encoding. A clock that is off is told the right time once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import http_sf
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, InvalidSignature
from http_message_signatures.algorithms import ED25519
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from http_message_signatures.resolvers import HTTPSignatureKeyResolver

from app.exchange.keys import NodeKey
from app.kernel.problems import Unauthenticated

TAG = "sanlian-sync-1"
DESTINATION = "sanlian-destination"
LASTS = timedelta(seconds=300)
_ALWAYS = ("@method", "@path", "@query", DESTINATION)
_WITH_BODY = ("content-digest", "content-type", "content-encoding")


class BadSignature(Unauthenticated):
    slug, zh, en = "bad-signature", "请求签名无效", "The request's signature does not hold"


class ClockSkew(Unauthenticated):
    """The signature's time is outside the window; `now` tells the receiver's time."""

    slug, zh, en = "clock-skew", "节点时钟相差过大", "The clocks of the two nodes differ too much"


@dataclass
class Message:
    """A request as the signature sees it."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


class _Keys(HTTPSignatureKeyResolver):
    def __init__(self, key: NodeKey | None, public: tuple[str, bytes] | None) -> None:
        self._key = key
        self._public = public

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        if self._key is None or self._key.key_id != key_id:
            raise KeyError(key_id)
        return Ed25519PrivateKey.from_private_bytes(self._key.seed)

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        if self._public is None or self._public[0] != key_id:
            return None
        return Ed25519PublicKey.from_public_bytes(self._public[1])


class _AnyTime(HTTPMessageVerifier):
    """Leaves the times to `_check_times`, which uses our clock and answers skew in its own way."""

    def validate_created_and_expires(self, sig_input: object, max_age: object = None) -> None:  # noqa: ARG002
        return None


def sign(message: Message, body: bytes, key: NodeKey, destination: str, now: datetime) -> None:
    """Sign `message` in place for the node `destination`."""
    message.headers[DESTINATION] = destination
    covered: tuple[str, ...] = _ALWAYS
    if body:
        message.headers.setdefault("content-encoding", "identity")
        covered += _WITH_BODY
    signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=_Keys(key, None))
    signer.sign(
        message,
        key_id=key.key_id,
        created=now,
        expires=now + LASTS,
        tag=TAG,
        label="sanlian",
        covered_component_ids=covered,
        body=body or None,
    )


def verify(
    message: Message, body: bytes, keys: Callable[[str], Sequence[bytes]], own_node: str, now: datetime
) -> tuple[str, bytes]:
    """The name of the key that signed `message`, and the key; BadSignature or ClockSkew (401) otherwise.

    `keys` looks up the keys of a name before anything is verified: the verifier would take a database that is busy for
    a signature that does not hold.
    """
    if message.headers.get(DESTINATION) != own_node:
        raise BadSignature("该请求不是发给本节点的", "this request is for another node")
    key_id = _claimed_key(message)
    for key in keys(key_id):
        parameters = _verified(message, body, key_id, key)
        if parameters is not None:
            _check_times(parameters, now)
            return key_id, key
    raise BadSignature()


def _verified(message: Message, body: bytes, key_id: str, key: bytes) -> dict[str, int | str] | None:
    """The parameters of the signature, if it was made with `key`."""
    verifier = _AnyTime(signature_algorithm=ED25519, key_resolver=_Keys(None, (key_id, key)))
    required = _ALWAYS + (_WITH_BODY if body else ())
    try:
        [result] = verifier.verify(message, max_age=None, expect_tag=TAG, require_components=required, body=body)
    except (InvalidSignature, HTTPMessageSignaturesException, ValueError):
        return None
    found: dict[str, int | str] = result.parameters
    return found


def _claimed_key(message: Message) -> str:
    """The key that a request says it is signed with; BadSignature unless it says one, in a form that can be read."""
    headers = {name.lower(): value for name, value in message.headers.items()}
    try:
        parsed: Any = http_sf.parse(headers.get("signature-input", "").encode(), tltype="dictionary")
        [(_, parameters)] = parsed.values()
        key_id = parameters["keyid"]
    except (ValueError, TypeError, LookupError):
        raise BadSignature() from None
    if not isinstance(key_id, str):
        raise BadSignature()
    return key_id


def _check_times(parameters: dict[str, int | str], now: datetime) -> None:
    created, expires = parameters.get("created"), parameters.get("expires")
    if not isinstance(created, int) or not isinstance(expires, int):
        raise BadSignature()
    if expires - created > LASTS.total_seconds():
        raise BadSignature()
    # The margin covers clocks that are a little off: the sequence stops replays, not the clock.
    margin = 60
    if not created - margin <= now.timestamp() <= expires + margin:
        raise ClockSkew(now=int(now.timestamp()))
