"""The test vectors of docs/wire.md hold, and what the page lists is what the code has."""

import base64
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.exchange import receive
from app.exchange.digest import Version, bucket_of, digest_of
from app.exchange.envelope import decode_line, encode_line
from app.exchange.keys import NodeKey, fingerprint, verify
from app.exchange.models import SyncMeta
from app.exchange.node import LocalNode
from app.exchange.trust import NodeStatement, Revocation
from app.sync import signatures
from app.sync.enrolment import request_to_join
from app.sync.protocol import DigestAnswer, Hello, PageHeader, PushAnswer, PushHeader, VersionsAnswer, unpack
from app.sync.rotation import RotationRequest, request_rotation
from app.sync.signatures import BadSignature, Message

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "wire.md").read_text("utf-8")
VECTORS: dict[str, Any] = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[-1])
KEY = NodeKey(VECTORS["key"]["key_id"], bytes.fromhex(VECTORS["key"]["seed_hex"]))
SIGNED_AT = datetime.fromtimestamp(1795395600, UTC)


def test_the_key_is_the_one_of_the_seed() -> None:
    assert base64.b64encode(KEY.public).decode() == VECTORS["key"]["public_key"]
    assert fingerprint(KEY.public) == VECTORS["key"]["fingerprint"]


@pytest.mark.parametrize("record", VECTORS["records"], ids=["put", "tombstone"])
def test_a_record_is_read_signed_and_written_as_the_page_shows(record: dict[str, str]) -> None:
    envelope = decode_line(record["line"].encode() + b"\n")
    assert encode_line(envelope) == record["line"].encode() + b"\n"
    assert envelope.signed_bytes.hex() == record["signed_hex"]
    assert envelope.sha256.hex() == record["sha256_hex"]
    assert KEY.sign(envelope.signed_bytes) == envelope.sig
    assert verify(KEY.public, bytes.fromhex(record["signed_hex"]), envelope.sig)


def test_the_digest_of_a_record_is_the_one_shown() -> None:
    shown = VECTORS["digest"]
    e = decode_line(VECTORS["records"][0]["line"].encode())
    version = Version(e.origin, e.kind, e.rid, e.inc, e.ver, e.sha256.hex())
    found = digest_of([version])
    assert (version.line, bucket_of(e.rid)) == (shown["line"], shown["bucket"])
    assert found.buckets[shown["bucket"]].hex() == shown["sum_hex"]
    assert {b.hex() for n, b in enumerate(found.buckets) if n != shown["bucket"]} == {shown["empty_sum_hex"]}
    assert found.sha256 == shown["sha256_hex"]


def test_the_proof_of_enrolment_is_the_one_shown() -> None:
    shown = VECTORS["enrolment"]
    meta = SyncMeta(node=shown["node"], name="北京街道", tier="street", region="440104003")
    assert request_to_join(meta, KEY, shown["secret"]).proof == shown["proof"]


def test_the_request_for_another_key_is_the_one_shown() -> None:
    shown = VECTORS["rotation"]
    following = NodeKey(shown["request"]["key_id"], bytes.fromhex(shown["seed_hex"]))
    local = LocalNode("beijing", "北京街道", "street", "440104003", "yuexiu", None, "0" * 32, 1, KEY, 1)
    made = request_rotation(local, following)
    assert made.model_dump() == shown["request"]
    assert made.signed_bytes.hex() == shown["signed_hex"]


def test_the_request_is_signed_as_shown_and_for_nobody_else() -> None:
    shown = VECTORS["request"]
    body = shown["body"].encode()
    sent = Message(
        shown["method"], shown["url"], {n: shown["headers"][n] for n in ("content-type", "content-encoding")}
    )
    signatures.sign(sent, body, KEY, "yuexiu", SIGNED_AT)
    assert {name.lower(): value for name, value in sent.headers.items()} == shown["headers"]

    def key_of(key_id: str) -> list[bytes]:
        return [KEY.public] if key_id == KEY.key_id else []

    message = Message(shown["method"], shown["url"], shown["headers"])
    assert signatures.verify(message, body, key_of, "yuexiu", SIGNED_AT) == ("beijing:1", KEY.public)
    with pytest.raises(BadSignature):
        signatures.verify(message, body + b" ", key_of, "yuexiu", SIGNED_AT)
    with pytest.raises(BadSignature):
        signatures.verify(message, body, key_of, "liwan", SIGNED_AT)
    batch = unpack(body, shown["headers"]["content-encoding"])
    assert (batch.header.node, batch.lines) == ("beijing", [])


def test_the_page_names_the_fields_and_codes_that_the_code_has() -> None:
    def names(model: Any) -> list[str]:
        return [field.alias or name for name, field in model.model_fields.items()]

    for answer in (Hello, PushAnswer, DigestAnswer, VersionsAnswer, RotationRequest, NodeStatement, Revocation):
        assert "{" + ", ".join(names(answer)) + "}" in PAGE
    for header in (PushHeader, PageHeader):
        assert "{" + ", ".join(f'"{name}": ' for name in names(header)) in re.sub(r"(\": )(…|\[…\]|place)", r"\1", PAGE)
    codes = {
        value
        for name, value in vars(receive).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, str)
    }
    table = PAGE.partition("The codes:")[2].partition("## 6")[0]
    assert set(re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE)) == codes == receive.CODES
