"""The routes between nodes, and what anybody may know of this node."""

from time import monotonic
from typing import Annotated

from fastapi import Depends, Path, Query, Request

from app.exchange.sql_ledger import SqlLedger
from app.kernel.access import node, public
from app.kernel.deps import CurrentClock, SnapshotSession, WriteSession
from app.kernel.http import router
from app.kernel.problems import Malformed, Problem
from app.sync import enrolment, proof, push, rekeying
from app.sync.admission import PushTurn
from app.sync.authentication import CallingChild, CurrentExchange
from app.sync.greeting import greeting
from app.sync.protocol import (
    BUCKET_LIST,
    ENCODINGS,
    MAX_WIRE,
    NDJSON,
    Batch,
    DigestAnswer,
    Hello,
    PushAnswer,
    Stream,
    UnreadableBatch,
    VersionsAnswer,
    unpack,
)
from app.sync.rotation import RotationRequest

routes = router("/sync/v1", "sync", max_body=MAX_WIRE)


_BATCH = {
    "schema": {"type": "string", "description": "A header line, then one envelope a line; may be gzip or zstd."},
    "example": '{"node":"beijing","log_id":"00000000000000000000000000000000","inc":1,"from":{"seq":0,"mark":""},'
    '"to":{"seq":0,"mark":""},"n":0}\n',
}


class UnsupportedEncoding(Problem):
    status, slug, zh, en = 415, "encoding", "不支持的内容类型或编码", "This content type or encoding is not supported"


def received_batch(request: Request, child: CallingChild, _: PushTurn) -> Batch:
    """A child's batch; read before the writer's turn is taken, since it takes time."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding not in ENCODINGS or request.headers.get("content-type", "").partition(";")[0] != NDJSON:
        raise UnsupportedEncoding()
    try:
        batch = unpack(request.state.body, encoding)
    except UnreadableBatch as error:
        raise Malformed("批次无法读取", str(error)) from None
    if batch.header.node != child:
        raise Malformed("批次署名与请求签名不是同一节点", "the batch names another node than the signature")
    return batch


ReceivedBatch = Annotated[Batch, Depends(received_batch)]


@routes.get("/hello", dependencies=[node()], summary="How the parent is, and where it stands with the caller")
def hello(child: CallingChild, session: SnapshotSession, clock: CurrentClock) -> Hello:
    """Asked at a child's start and after any error."""
    return greeting(SqlLedger(session), child, clock.now())


@routes.post(
    "/push/{stream}",
    dependencies=[node()],
    summary="Take in a batch of signed records from a child",
    openapi_extra={"requestBody": {"required": True, "content": {NDJSON: _BATCH}}},
)
def push_batch(
    request: Request,
    stream: Annotated[Stream, Path(description="Which kinds of record; each stream has a cursor of its own.")],
    child: CallingChild,
    batch: ReceivedBatch,
    session: WriteSession,
) -> PushAnswer:
    """One batch of NDJSON: a header line, then envelopes. 409 tells the true checkpoint; nothing is taken twice."""
    began = monotonic()
    try:
        answer = push.accept_batch(SqlLedger(session), child, stream, batch.header, batch.lines)
    except push.Fenced:
        session.rollback()
        # In a transaction of its own, since the refusal takes back the request's.
        with request.app.state.database.write() as apart:
            is_suspended = push.note_fencing(SqlLedger(apart), child, batch.header.inc)
        if is_suspended:
            raise push.suspended(child) from None
        raise
    return answer.model_copy(update={"delay_ms": round((monotonic() - began) * 1000)})


@routes.get("/digest", dependencies=[node()], summary="What this node holds of the caller's subtree, as sums")
def digest(
    child: CallingChild, session: SnapshotSession, clock: CurrentClock, exchange: CurrentExchange
) -> DigestAnswer:
    """The sums of 1,024 buckets, the counts per origin and kind, and the checkpoints, all of one snapshot."""
    return proof.digest_for(session, clock, exchange.local, child)


@routes.get("/versions", dependencies=[node()], summary="Which versions this node holds of the caller's subtree")
def versions(
    child: CallingChild,
    session: SnapshotSession,
    bucket: Annotated[
        str, Query(pattern=BUCKET_LIST, description="Where the digests differ: 1 to 16 numbers.", examples=["7"])
    ],
) -> VersionsAnswer:
    """The version lists of some buckets, in one snapshot with the checkpoints."""
    return proof.versions_for(session, child, {int(n) for n in bucket.split(",")})


@routes.post("/rotate", dependencies=[public()], summary="State the key that follows a child's present one")
def rotate(body: RotationRequest, session: WriteSession, clock: CurrentClock) -> enrolment.EnrolAnswer:
    """A node that changes its key: the request is signed with both, and may be sent again."""
    return rekeying.accept_rotation(session, clock, body)


@routes.post("/enrol", dependencies=[public()], summary="Join this node with a one-time code")
def enrol(body: enrolment.EnrolRequest, session: WriteSession, clock: CurrentClock) -> enrolment.EnrolAnswer:
    """A new node shows the code it was given and its public key; the statement about it is signed here."""
    return enrolment.admit(session, clock, body)
