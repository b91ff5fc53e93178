"""Whatever a child sends to push, the decoders refuse or read it, and the node answers it; never a fault of our own."""

import base64
from collections import Counter
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, func, select

from app.exchange.models import SyncMeta, SyncPeer, SyncQuarantine, SyncRecord
from app.sync import enrolment
from app.sync.protocol import NDJSON
from app.sync.signatures import Message, sign
from tests.fuzz.batches import KEY, NODE, make
from tests.fuzz.decoding import outcome
from tests.fuzz.running import run
from tests.routes.import_node import ImportNode


def test_the_decoders_refuse_or_read_whatever_comes() -> None:
    check_is_varied(run(outcome, 0, 1500))


@pytest.mark.slow
def test_the_decoders_refuse_or_read_a_hundred_thousand_inputs() -> None:
    check_is_varied(run(outcome, 1_000_000, 100_000))


def check_is_varied(seen: Counter[str]) -> None:
    """Each outcome makes up a good part: inputs that are all refused at the door test nothing behind it."""
    assert set(seen) == {"batch read", "batch refused", "line read", "line refused"}
    assert min(seen.values()) > 0.1 * max(seen.values()), seen


def test_a_node_answers_whatever_its_child_pushes_and_stays_well(node: ImportNode) -> None:
    push_all(node, range(200))


@pytest.mark.slow
def test_a_node_answers_thousands_of_odd_batches_and_stays_well(node: ImportNode) -> None:
    push_all(node, range(10_000, 13_000))


def push_all(node: ImportNode, seeds: range) -> None:
    """Push each input as a child whose signature holds; every answer has to be a good one or a refusal."""
    join(node)
    client = TestClient(node.app, raise_server_exceptions=False)
    statuses: Counter[int] = Counter()
    for number, seed in enumerate(seeds, 1):
        made = make(seed, number)
        headers = {"content-type": NDJSON, "content-encoding": made.encoding}
        message = Message("POST", "http://gz.invalid/sync/v1/push/live", headers)
        sign(message, made.body, KEY, "gz", node.clock.now())
        answer = client.post("/sync/v1/push/live", content=made.body, headers=message.headers)
        statuses[answer.status_code] += 1
        assert answer.status_code in {200, 409, 413, 422}, f"seed {seed}: {answer.status_code} {answer.text[:300]}"
        assert answer.headers["content-type"].startswith("application/"), f"seed {seed}"
        assert read(answer), f"seed {seed}"
        if answer.status_code == 409:  # an input with the greatest of incarnations would fence all that come after it
            with node.app.state.database.write() as session:
                session.execute(delete(SyncPeer))
    assert min(statuses[200], statuses[422]) > len(seeds) / 10, statuses
    with node.app.state.database.read() as session:
        for table in (SyncRecord, SyncQuarantine):
            assert session.scalar(select(func.count()).select_from(table)), f"nothing reached {table.__tablename__}"
    assert client.get("/readyz").status_code == 200
    assert client.get("/v1/listings").status_code == 200


def read(answer: Any) -> bool:
    """Whether an answer is complete: a checkpoint, or a problem in both languages that repeats nothing."""
    said = answer.json()
    if answer.status_code == 200:
        return bool({"checkpoint", "rejected", "newer"} <= said.keys())
    return bool(said["title"] and said["title_zh"]) and len(answer.text) < 2000


def join(node: ImportNode) -> None:
    """Let the child in whose key the inputs are signed with."""
    with node.app.state.database.write() as session:
        code = enrolment.issue_code(session, node.clock, node=NODE, tier="district", region="440104")
    meta = SyncMeta(node=NODE, name="越秀区", tier="district", region="440104")
    request = enrolment.request_to_join(meta, KEY, code.secret)
    assert base64.b64decode(request.public_key) == KEY.public
    assert TestClient(node.app).post("/sync/v1/enrol", json=request.model_dump()).status_code == 200
