"""What a node answers to those who may not, cannot or should not push: always a problem document, never an effect."""

import base64
import gzip
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import zstandard

from app.exchange.envelope import Envelope, encode_line
from app.exchange.keys import NodeKey
from app.sync.protocol import MAX_WIRE, NDJSON, START, Place
from tests.network.office import look
from tests.network.outlaw import Outlaw
from tests.network.processes import NodeProcess, wait_until
from tests.network.three_levels import ThreeLevels


@pytest.fixture(scope="module")
def hongqiao(network_of_three: ThreeLevels) -> Outlaw:
    """A second street below the same district, enrolled, whose process is this test."""
    network = network_of_three
    node = NodeProcess(network.folder / "hongqiao", "hongqiao", "洪桥街道", "street", "440104001")
    return Outlaw(node.init(network.district), network.district)


@pytest.fixture(scope="module")
def stranger(network_of_three: ThreeLevels, tmp_path_factory: pytest.TempPathFactory) -> Outlaw:
    """A node of another city, with a name and a key that nobody here knows."""
    node = NodeProcess(tmp_path_factory.mktemp("other") / "shenzhen", "shenzhen", "市", "city", "440100")
    return Outlaw(node.init(), network_of_three.district)


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """The problem document of a refusal."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["type"] == f"urn:sanlian:problem:{slug}"
    assert found["status"] == status
    assert found["title"]
    assert found["title_zh"]
    return found


@pytest.fixture
def untouched(three: ThreeLevels, hongqiao: Outlaw) -> Iterator[None]:
    """Nothing of this test may have any effect at the district, and the next honest batch is taken."""
    state = "SELECT head, (SELECT count(*) FROM sync_quarantine), (SELECT max(seq) FROM sync_peer) FROM sync_head"
    before = look(three.district.folder, state)
    yield
    assert look(three.district.folder, state) == before
    assert hongqiao.push([hongqiao.record()]).json()["rejected"] == []


def test_records_of_others_are_refused_one_by_one_and_the_rest_of_the_batch_is_taken(
    three: ThreeLevels, hongqiao: Outlaw
) -> None:
    rid = three.office.open_vacancy()
    three.settle()
    inc = hongqiao.local.inc + 10
    first, last = hongqiao.record(), hongqiao.record()
    end_of_anothers = hongqiao.record(origin="beijing", kind="listing", rid=rid, inc=inc, op="D", body=None)
    with_its_key_name = replace(end_of_anothers, key_id="beijing:1")
    for_the_city = hongqiao.record(origin="guangzhou")
    forged = hongqiao.record(sig=bytes(64))
    statement = {
        "node": "spy",
        "name": "spy",
        "tier": "street",
        "region": "440104003",
        "parent": "yuexiu",
        "key_id": "spy:1",
        "public_key": base64.b64encode(bytes(32)).decode(),
    }
    adopting = hongqiao.record(kind="trust.node", body=json.dumps(statement))
    quarantined = three.district.status()["quarantined"]
    answer = hongqiao.push([first, with_its_key_name, for_the_city, forged, adopting, last])
    assert answer.status_code == 200, answer.text
    assert {(r["o"], r["r"], r["code"]) for r in answer.json()["rejected"]} == {
        ("beijing", rid, "bad_signature"),  # of a record that is held, another version must be genuine
        ("guangzhou", for_the_city.rid, "foreign_subtree"),
        ("hongqiao", forged.rid, "bad_signature"),
        ("hongqiao", adopting.rid, "wrong_stream"),
    }
    alone = hongqiao.body([adopting], from_=START, to=Place(seq=1, mark="0" * 16))
    answer_to_it = hongqiao.send(alone, "trust").json()
    assert [r["code"] for r in answer_to_it["rejected"]] == ["foreign_subtree"]
    assert answer.json()["checkpoint"]["seq"] == hongqiao.place.seq
    assert three.district.status()["quarantined"] == quarantined + 4
    kept = "SELECT count(*) FROM sync_record WHERE rid = ?"
    wait_until(lambda: look(three.city.folder, kept, last.rid) == [(1,)], 5)
    for node in (three.district, three.city):
        assert look(node.folder, kept, first.rid) == [(1,)]
        for refused in (for_the_city, forged, adopting):
            assert look(node.folder, kept, refused.rid) == [(0,)]
        assert look(node.folder, "SELECT op, inc < ? FROM sync_record WHERE rid = ?", inc, rid) == [("P", 1)]
        assert node.get(f"/v1/listings/beijing/{rid}")["id"] == rid
        assert look(node.folder, "SELECT count(*) FROM sync_node WHERE node = 'spy'") == [(0,)]
    raw = "SELECT raw FROM sync_quarantine WHERE rid = ?"
    assert json.loads(look(three.district.folder, raw, forged.rid)[0][0])["r"] == forged.rid


def test_a_line_that_is_no_envelope_stops_nobody(three: ThreeLevels, hongqiao: Outlaw) -> None:
    good = hongqiao.record()
    header = hongqiao.header(3).model_dump_json(by_alias=True).encode()
    lines = [b'{"o":"hongqiao","o":"beijing"}', b"\xff\xfe NaN", json.dumps(_fields(good)).encode()]
    answer = hongqiao.send(b"\n".join([header, *lines]) + b"\n", encoding="identity")
    assert [r["code"] for r in answer.json()["rejected"]] == ["malformed", "malformed"]
    hongqiao.place = Place.model_validate({k: answer.json()["checkpoint"][k] for k in ("seq", "mark")})
    assert look(three.district.folder, "SELECT count(*) FROM sync_record WHERE rid = ?", good.rid) == [(1,)]


def _fields(envelope: Envelope) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(encode_line(envelope))
    return found


@pytest.mark.usefixtures("untouched")
def test_a_node_that_has_not_joined_gets_401(stranger: Outlaw) -> None:
    problem(stranger.hello(), 401, "unknown-key")
    problem(stranger.push([stranger.record()]), 401, "unknown-key")
    stranger.local = replace(stranger.local, key=NodeKey("hongqiao:1", bytes(range(32))), node="hongqiao")
    problem(stranger.push([stranger.record()]), 401, "bad-signature")


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"signature": "sanlian=:AAAA:"},
        {"signature-input": "sanlian=()", "signature": "sanlian=:AAAA:"},
        {"signature-input": "((((", "signature": "\x7f"},
        {"signature-input": 'a=("@method");keyid="hongqiao:1";tag="sanlian-sync-1"', "signature": "a=:AAAA:"},
        {"signature-input": 'a=("@method");created=9999999999999999999;tag="sanlian-sync-1"', "signature": "a=:AAAA:"},
        {"sanlian-destination": "yuexiu", "signature-input": "a=1", "signature": "a=1"},
    ],
)
def test_a_request_without_a_signature_that_holds_gets_401(three: ThreeLevels, headers: dict[str, str]) -> None:
    to = {"sanlian-destination": "yuexiu", "content-type": NDJSON, **headers}
    for method, path in (("GET", "hello"), ("POST", "push/live")):
        body = b"{}\n" if method == "POST" else None
        url = f"{three.district.url}/sync/v1/{path}"
        problem(httpx.request(method, url, content=body, headers=to, trust_env=False), 401, "bad-signature")


@pytest.mark.usefixtures("untouched")
def test_what_was_changed_behind_the_signature_gets_401(hongqiao: Outlaw) -> None:
    honest, other = hongqiao.body([hongqiao.record()]), hongqiao.body([hongqiao.record()])
    flipped = bytes([honest[0] ^ 1, *honest[1:]])
    for sent in (
        {"body": other},
        {"body": flipped},
        {"body": b""},
        {"stream": "trust"},
        {"headers": {"content-encoding": "gzip"}},
        {"headers": {"content-type": "application/json"}},
        {"headers": {"sanlian-destination": "guangzhou"}},
        {"headers": {"content-digest": "sha-256=:" + base64.b64encode(bytes(32)).decode() + ":"}},
        {"doubled": {"content-digest": "sha-256=:" + base64.b64encode(bytes(32)).decode() + ":"}},
        {"doubled": {"content-encoding": "gzip"}},
        {"doubled": {"sanlian-destination": "yuexiu"}},
    ):
        problem(hongqiao.send(honest, sent=sent), 401, "bad-signature")
    problem(hongqiao.send(honest, to="guangzhou"), 401, "bad-signature")


@pytest.mark.usefixtures("untouched")
def test_a_signature_of_another_time_gets_401_and_is_told_the_right_one(hongqiao: Outlaw) -> None:
    for late in (timedelta(minutes=-20), timedelta(minutes=20)):
        found = problem(hongqiao.send(hongqiao.body([hongqiao.record()]), late=late), 401, "clock-skew")
        assert abs(found["now"] - time.time()) < 30


@pytest.mark.usefixtures("untouched")
def test_a_grandchild_cannot_push_past_its_parent(three: ThreeLevels, hongqiao: Outlaw) -> None:
    past = Outlaw.__new__(Outlaw)
    past.__dict__.update(hongqiao.__dict__, parent=three.city)
    problem(past.hello(), 403, "not-a-child")
    problem(past.push([past.record()]), 403, "not-a-child")


def test_a_batch_that_was_taken_gets_409_with_the_true_place_when_it_comes_again(
    three: ThreeLevels, hongqiao: Outlaw
) -> None:
    old = hongqiao.body([hongqiao.record()])
    assert hongqiao.push([hongqiao.record()]).status_code == 200
    state = "SELECT (SELECT head FROM sync_head), (SELECT count(*) FROM sync_quarantine)"
    before = look(three.district.folder, state)
    for _ in range(3):
        found = problem(hongqiao.send(old), 409, "checkpoint")
        assert found["checkpoint"] == {
            "log_id": hongqiao.local.log_id,
            "seq": hongqiao.place.seq,
            "mark": hongqiao.place.mark,
        }
    assert hongqiao.hello().json()["checkpoints"]["live"] == found["checkpoint"]
    ahead = hongqiao.body([hongqiao.record()], from_=Place(seq=hongqiao.place.seq, mark="0" * 16))
    problem(hongqiao.send(ahead), 409, "checkpoint")
    older = hongqiao.body([hongqiao.record()], inc=hongqiao.local.inc - 1)
    assert problem(hongqiao.send(older), 409, "fenced")["inc_seen"] == hongqiao.local.inc
    assert look(three.district.folder, state) == before
    assert hongqiao.push([hongqiao.record()]).status_code == 200


@pytest.mark.usefixtures("untouched")
def test_other_types_and_encodings_get_415(hongqiao: Outlaw) -> None:
    body = hongqiao.body([hongqiao.record()], "identity")
    for encoding in ("br", "deflate", "gzip, zstd", "GZIP", "*"):
        problem(hongqiao.send(body, encoding=encoding), 415, "encoding")
    for media in ("application/json", "text/plain", "application/x-ndjsonx"):
        problem(hongqiao.send(body, encoding="identity", media=media), 415, "encoding")


def zstd_that_says_its_size(size: int) -> bytes:
    return zstandard.ZstdCompressor().compress(bytes(size))


def zstd_that_does_not(size: int) -> bytes:
    writer = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    return b"".join(writer.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)) + writer.flush()


def gzip_members(size: int) -> bytes:
    return gzip.compress(bytes(1_000_000)) * (size // 1_000_000)


def memory(node: NodeProcess) -> int:
    """The most memory a node ever had, in bytes."""
    assert node.process is not None
    lines = Path(f"/proc/{node.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("make", "encoding"), [(zstd_that_says_its_size, "zstd"), (zstd_that_does_not, "zstd"), (gzip_members, "gzip")]
)
def test_a_bomb_is_not_inflated(
    three: ThreeLevels, hongqiao: Outlaw, make: Callable[[int], bytes], encoding: str
) -> None:
    bomb = make(300_000_000)
    assert len(bomb) < MAX_WIRE
    before, start = memory(three.district), time.monotonic()
    problem(hongqiao.send(bomb, encoding=encoding), 422, "malformed")
    assert time.monotonic() - start < 2
    assert memory(three.district) - before < 50_000_000


@pytest.mark.usefixtures("untouched")
def test_a_body_over_the_limit_gets_413(hongqiao: Outlaw) -> None:
    problem(hongqiao.send(bytes(MAX_WIRE + 1), encoding="identity"), 413, "too-large")


@pytest.mark.usefixtures("untouched")
def test_a_header_that_does_not_hold_gets_422(hongqiao: Outlaw) -> None:
    record = hongqiao.record()
    header = json.loads(hongqiao.header(1).model_dump_json(by_alias=True))
    line = json.dumps(_fields(record))
    for first in (
        json.dumps({**header, "n": 2}),
        json.dumps({**header, "n": 1001}),
        json.dumps({**header, "n": -1}),
        json.dumps({**header, "inc": 2**63}),
        json.dumps({**header, "inc": True}),
        json.dumps({**header, "to": {"seq": 1, "mark": "0"}}),
        json.dumps({**header, "from": {"seq": 0}}),
        json.dumps({**header, "node": "beijing"}),
        json.dumps(header).replace('"n": 1', '"n": 1, "n": 1'),
        json.dumps(header).replace('"n": 1', '"n": NaN'),
        "[" * 100_000,
        "",
    ):
        body = f"{first}\n{line}\n".encode()
        problem(hongqiao.send(body, encoding="identity"), 422, "malformed")
    problem(hongqiao.send(b"\x00\xff", encoding="zstd"), 422, "malformed")
    problem(hongqiao.send(b"\x1f\x8b", encoding="gzip"), 422, "malformed")
    problem(hongqiao.send(hongqiao.body([record]), stream="other"), 422, "malformed")


def test_staff_of_one_node_is_nobody_at_another(three: ThreeLevels) -> None:
    """A street cannot approve another's vacancy, and neither can the city."""
    rid = str(three.office.done("/v1/vacancies", three.office.vacancy())["id"])
    three.office.done(f"/v1/vacancies/{rid}/submit")
    headers = dict(three.office.client.headers)
    path = f"/v1/vacancies/{rid}/approve"
    answer = httpx.post(three.city.url + path, json={}, headers=headers, trust_env=False)
    problem(answer, 401, "unauthenticated")
    token = three.city.add_staff("head")
    answer = httpx.post(three.city.url + path, json={}, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    problem(answer, 404, "not-found")
    problem(httpx.post(three.street.url + path, json={}, trust_env=False), 401, "unauthenticated")
    assert three.street.get(f"/v1/vacancies/{rid}", headers["authorization"].split()[1])["state"] == "submitted"
