"""Many children come back at once: the parent applies two batches at a time, and sends away whom it cannot keep."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from app.cli.enrol import issue_code
from app.exchange.keys import NodeKey
from app.exchange.models import SyncMeta
from app.sync import enrolment
from app.sync.admission import AT_ONCE, QUEUE
from app.sync.protocol import NDJSON, START, Batch, Place, PushHeader, pack
from app.sync.signatures import Message, sign
from tests.network.outlaw import CLOCK
from tests.network.processes import NodeProcess, wait_until

CHILDREN = AT_ONCE + QUEUE + 3


@pytest.fixture
def city(tmp_path: Path) -> Iterator[NodeProcess]:
    found = NodeProcess(tmp_path / "guangzhou", "guangzhou", "广州市", "city", "440100").init().start()
    yield found
    found.stop()


def join(city: NodeProcess, name: str) -> NodeKey:
    """The key of a new district that has joined."""
    code = enrolment.parse_code(issue_code(city.settings, name, "district", "440104"))
    key = NodeKey(f"{name}:1", os.urandom(32))
    meta = SyncMeta(node=name, name=name, tier="district", region="440104")
    request = enrolment.request_to_join(meta, key, code.secret).model_dump()
    answer = httpx.post(f"{city.url}/sync/v1/enrol", json=request, timeout=20, trust_env=False)
    assert answer.status_code == 200, answer.text
    return key


def push(city: NodeProcess, name: str, key: NodeKey, seq: int) -> httpx.Response:
    """A batch without records, which takes the cursor from the start to `seq`."""
    to = Place(seq=seq, mark=f"{seq:016x}")
    header = PushHeader(node=name, log_id="0" * 32, inc=seq, from_=START, to=to, n=0)
    body = pack(Batch(header=header, lines=[]), "identity")
    message = Message("POST", f"{city.url}/sync/v1/push/live", {"content-type": NDJSON})
    sign(message, body, key, city.node, CLOCK.now())
    return httpx.post(message.url, content=body, headers=message.headers, timeout=30, trust_env=False)


def test_ten_are_kept_the_others_are_told_when_to_come_and_readers_notice_nothing(city: NodeProcess) -> None:
    keys = {name: join(city, name) for name in (f"district-{number:02}" for number in range(CHILDREN))}
    answers: dict[str, httpx.Response] = {}

    def come(name: str) -> None:
        answers[name] = push(city, name, keys[name], 1)

    threads = [threading.Thread(target=come, args=(name,)) for name in keys]
    with closing(sqlite3.connect(city.folder / "sanlian.db", isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")  # nobody can write meanwhile, as when the disk is slow
        for thread in threads:
            thread.start()
        wait_until(lambda: len(answers) == CHILDREN - AT_ONCE - QUEUE, 4, lambda: answers)
        time.sleep(0.5)
        assert {one.status_code for one in answers.values()} == {429}
        began = time.monotonic()
        assert httpx.get(f"{city.url}/v1/listings", timeout=5, trust_env=False).status_code == 200
        assert time.monotonic() - began < 1
        held.execute("ROLLBACK")
    for thread in threads:
        thread.join()
    sent_away = [name for name, one in answers.items() if one.status_code == 429]
    assert sorted(one.status_code for one in answers.values()) == [200] * (AT_ONCE + QUEUE) + [429] * len(sent_away)
    for name in sent_away:
        problem = answers[name].json()
        assert problem["type"] == "urn:sanlian:problem:parent-busy"
        assert problem["title_zh"]
        assert 1 <= int(answers[name].headers["Retry-After"]) <= 60
        assert push(city, name, keys[name], 1).status_code == 200
