"""One input through the decoders of a push: what may come out of them, and nothing else."""

from app.exchange.envelope import Envelope, MalformedEnvelope, decode_line, encode_line
from app.sync.protocol import MAX_INFLATED, MAX_RECORDS, PushHeader, UnreadableBatch, unpack
from tests.fuzz.batches import make


def outcome(seed: int) -> list[str]:
    """What became of the body of a seed, in words; any exception that is not a refusal is a find."""
    made = make(seed)
    try:
        batch = unpack(made.body, made.encoding)
    except UnreadableBatch:
        return ["batch refused"]
    _check_header(batch.header, batch.lines)
    return ["batch read", *map(line_outcome, batch.lines)]


def _check_header(header: PushHeader, lines: list[bytes]) -> None:
    assert len(lines) == header.n <= MAX_RECORDS
    assert sum(map(len, lines)) <= MAX_INFLATED
    assert PushHeader.model_validate_json(header.model_dump_json(by_alias=True)) == header


def line_outcome(line: bytes) -> str:
    try:
        envelope = decode_line(line)
    except MalformedEnvelope as refused:
        return "line refused" if len(str(refused)) < 100 else "a refusal that repeats what came"
    _check_can_be_kept(envelope)
    return "line read"


def _check_can_be_kept(e: Envelope) -> None:
    """What was read is said again alike, can be signed over, and fits the columns on PostgreSQL."""
    assert decode_line(encode_line(e)) == e
    assert e.signed_bytes
    assert 0 <= e.inc < 2**63
    assert 0 <= e.ver < 2**63
    assert 0 <= e.schema < 2**31
    assert max(len(e.origin), len(e.dst or "")) <= 63
    assert (len(e.kind) <= 64, len(e.rid), len(e.sig)) == (True, 36, 64)
    assert "\x00" not in (e.body or "")
