"""The envelope and its row in `sync_record`, in both directions."""

from typing import Any

from sqlalchemy import Row

from app.exchange.envelope import Envelope


def envelope_of(row: Row[Any]) -> Envelope:
    """The envelope that a row of `sync_record` holds."""
    r = row
    return Envelope(
        origin=r.origin,
        kind=r.kind,
        rid=r.rid,
        inc=r.inc,
        ver=r.ver,
        op=r.op,
        schema=r.schema,
        scope=r.scope,
        dst=r.dst,
        expires=r.expires_at,
        body=r.body,
        key_id=r.key_id,
        sig=r.sig,
    )


def columns_of(envelope: Envelope) -> dict[str, Any]:
    """The columns of `sync_record` that an envelope fills."""
    e = envelope
    return {
        "origin": e.origin,
        "kind": e.kind,
        "rid": e.rid,
        "inc": e.inc,
        "ver": e.ver,
        "op": e.op,
        "schema": e.schema,
        "scope": e.scope,
        "dst": e.dst,
        "expires_at": e.expires,
        "body": e.body,
        "sig": e.sig,
        "key_id": e.key_id,
    }
