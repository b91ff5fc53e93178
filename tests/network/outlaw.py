"""A node that has joined and then does as it likes: it has a key and a name, and signs whatever a test wants sent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from app.exchange.envelope import Envelope, encode_line
from app.exchange.identity import open_node
from app.exchange.node import LocalNode
from app.kernel.clock import SystemClock
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.sync.protocol import NDJSON, START, Batch, Place, PushHeader, pack
from app.sync.signatures import Message, sign
from tests.network.processes import NodeProcess

CLOCK = SystemClock()


class Outlaw:
    """Speaks for `node` to `parent`, with no process of its own."""

    def __init__(self, node: NodeProcess, parent: NodeProcess) -> None:
        database = Database(node.settings.effective_database_url)
        self.local: LocalNode = open_node(database, CLOCK, node.folder / "keys")
        database.dispose()
        self.parent = parent
        self.place = START

    def record(self, **changes: Any) -> Envelope:
        """A record signed with this node's key, whatever it says; `sig` among `changes` replaces the signature."""
        signature = changes.pop("sig", None)
        envelope = Envelope(
            origin=self.local.node,
            kind="memo",
            rid=new_id(CLOCK),
            inc=self.local.inc,
            ver=1,
            op="P",
            schema=1,
            scope=self.local.region,
            dst=None,
            expires=None,
            body='{"text":"memo"}',
            key_id=self.local.key.key_id,
            sig=bytes(64),
        )
        envelope = replace(envelope, **changes)
        return replace(envelope, sig=signature or self.local.key.sign(envelope.signed_bytes))

    def header(self, n: int, **changes: Any) -> PushHeader:
        """The header of a batch that continues where the parent stands."""
        header = PushHeader(
            node=self.local.node,
            log_id=self.local.log_id,
            inc=self.local.inc,
            from_=self.place,
            to=Place(seq=self.place.seq + n, mark=f"{self.place.seq + n:016x}"),
            n=n,
        )
        return header.model_copy(update=changes)

    def body(self, records: Sequence[Envelope], encoding: str = "zstd", **changes: Any) -> bytes:
        """A batch as it goes over the wire."""
        lines = [encode_line(e) for e in records]
        return pack(Batch(header=self.header(len(records), **changes), lines=lines), encoding)

    def push(self, records: Sequence[Envelope], stream: str = "live", **changes: Any) -> httpx.Response:
        """Push, and go on from where the parent then stands."""
        answer = self.send(self.body(records, **changes), stream)
        if answer.status_code == 200:
            self.place = Place.model_validate({k: answer.json()["checkpoint"][k] for k in ("seq", "mark")})
        return answer

    def send(
        self,
        body: bytes,
        stream: str = "live",
        *,
        encoding: str = "zstd",
        media: str = NDJSON,
        to: str = "",
        late: timedelta = timedelta(0),
        sent: dict[str, Any] | None = None,
    ) -> httpx.Response:
        """POST a body, properly signed; `sent` then changes the body, the stream or headers behind the signature."""
        headers = {"content-type": media, "content-encoding": encoding}
        message = Message("POST", f"{self.parent.url}/sync/v1/push/{stream}", headers)
        now: datetime = CLOCK.now() + late
        sign(message, body, self.local.key, to or self.parent.node, now)
        changed = sent or {}
        url = f"{self.parent.url}/sync/v1/push/{changed.get('stream', stream)}"
        replaced = httpx.Headers(message.headers)
        replaced.update(changed.get("headers", {}))
        doubled = [*replaced.items(), *changed.get("doubled", {}).items()]
        return httpx.post(url, content=changed.get("body", body), headers=doubled, timeout=20, trust_env=False)

    def hello(self) -> httpx.Response:
        message = Message("GET", f"{self.parent.url}/sync/v1/hello")
        sign(message, b"", self.local.key, self.parent.node, CLOCK.now())
        return httpx.get(message.url, headers=message.headers, timeout=20, trust_env=False)
