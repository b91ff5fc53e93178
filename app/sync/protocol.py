"""The frames of SYNC/1: the header line of a batch, checkpoints, answers, and how a batch is packed. Pure."""

import base64
import gzip
import io
import zlib
from typing import Annotated, Any, TypeVar

import zstandard
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.exchange.digest import BUCKETS, LINE, SUM_BYTES
from app.exchange.envelope import MAX_DEPTH
from app.exchange.streams import STREAMS
from app.kernel.strict_json import decode_json
from app.kernel.types import KeyId, NodeId, Signature, StrictModel, Whole

PROTO = 1
MAX_RECORDS = 1000
MAX_WIRE = 1024 * 1024
MAX_INFLATED = 8 * 1024 * 1024
MAX_RATIO = 100
MAX_KINDS = 256  # that one node offers
MAX_BUCKETS = 16  # whose versions one request asks for
_BUCKET = "(0|[1-9][0-9]{0,2}|10[01][0-9]|102[0-3])"
BUCKET_LIST = f"^{_BUCKET}(,{_BUCKET}){{0,{MAX_BUCKETS - 1}}}$"
ENCODINGS = ("zstd", "gzip", "identity")
NDJSON = "application/x-ndjson"
Mark = Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")]
LogId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Kind = Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
Stream = Annotated[str, Field(pattern=f"^({'|'.join(STREAMS)})$")]


class UnreadableBatch(ValueError):
    """A batch that cannot be unpacked or read, with what is wrong."""


class Frame(StrictModel):
    """What one node says to another. Fields that a later version adds are passed over, so that N and N−1 interoperate;
    what is known is checked strictly (docs/wire.md §12)."""

    model_config = ConfigDict(extra="ignore")


class Carrying(Frame):
    """A frame with records in it. Their lines stay as they came, to the byte: text that were refused or brought to NFC
    here would end the stream, or the signature. What a record may hold is its envelope's to judge."""

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, data: Any) -> Any:
        return data


class Place(Frame):
    """A place in a node's sequence, with the mark that proves whose history it is. The very start has no mark."""

    seq: Whole
    mark: Mark


START = Place(seq=0, mark="")


class PushHeader(Frame):
    """The first line of a batch. `from` is the cursor it was cut at, `to` where the cursor goes."""

    model_config = ConfigDict(populate_by_name=True)

    node: NodeId
    log_id: LogId
    inc: Whole
    from_: Annotated[Place, Field(alias="from")]
    to: Place
    n: Annotated[int, Field(ge=0, le=MAX_RECORDS)]


_CHECKPOINT: dict[str, Any] = {"log_id": "0" * 32, "seq": 217, "mark": "9f86d081884c7d65"}


class Checkpoint(Frame):
    """How far the parent has a child's stream."""

    log_id: LogId
    seq: Whole
    mark: Mark

    @property
    def place(self) -> Place:
        return Place(seq=self.seq, mark=self.mark)


class RejectedRecord(Frame):
    """One record that the parent could not accept."""

    o: Annotated[str, Field(pattern=r"^[!-~]{1,63}$")]
    k: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
    r: Annotated[str, Field(pattern=r"^[!-~]{1,36}$")]
    i: Whole
    v: Whole
    code: Annotated[str, Field(pattern=r"^[!-~]{1,32}$")]


class PushAnswer(Carrying):
    """What became of a batch."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"checkpoint": _CHECKPOINT, "rejected": [], "newer": [], "owned_head": 0, "delay_ms": 12}],
        }
    )

    checkpoint: Checkpoint
    rejected: list[RejectedRecord]
    newer: Annotated[list[str], Field(description="Envelope lines of versions that the parent holds instead.")]
    owned_head: Annotated[Whole, Field(description="As in hello.")] = 0
    delay_ms: Annotated[Whole, Field(description="How long the parent was at it.")] = 0


class Hello(Frame):
    """What the parent says of itself and of the child that asks."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "proto": PROTO,
                    "node": "yuexiu",
                    "max_records": MAX_RECORDS,
                    "max_bytes": MAX_WIRE,
                    "encodings": list(ENCODINGS),
                    "now": 1795395600,
                    "checkpoints": {"live": _CHECKPOINT},
                    "inc_seen": 1795395000000,
                    "owned_head": 0,
                }
            ]
        }
    )

    proto: int
    node: NodeId
    max_records: Whole
    max_bytes: Whole
    encodings: list[str]
    now: Whole
    checkpoints: dict[str, Checkpoint]
    inc_seen: Whole
    owned_head: Annotated[
        Whole, Field(description="The last number among records of the caller's subtree that came another way.")
    ] = 0


class Cursor(Frame):
    """How far a child has read what its parent offers: a place in the parent's history, and what was asked for."""

    log_id: LogId
    seq: Whole
    mark: Mark
    sub: Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")] = ""
    began: Annotated[Whole, Field(description="The parent's head when the reading began from the start.")] = 0

    def __str__(self) -> str:
        began = f".{self.began}" if self.began else ""
        return f"{self.log_id}.{self.sub}.{self.seq}.{self.mark}{began}"


def read_cursor(text: str) -> Cursor:
    """The cursor in a query parameter; ValueError if it is none."""
    log_id, sub, seq, mark, *began = text.split(".")
    if len(began) > 1:
        raise ValueError("a cursor has four or five parts")
    return Cursor(log_id=log_id, sub=sub, seq=int(seq), mark=mark, began=int(began[0]) if began else 0)


class PageHeader(Frame):
    """The first line of a page of what the parent holds. `confirmed` is false while it may itself be behind."""

    model_config = ConfigDict(populate_by_name=True)

    log_id: LogId
    sub: Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")] = ""
    kinds: Annotated[list[Kind], Field(max_length=MAX_KINDS)]
    from_: Annotated[Place, Field(alias="from")]
    to: Place
    more: bool
    confirmed: bool
    owned_head: Annotated[Whole, Field(description="As in hello.")] = 0
    began: Annotated[Whole, Field(description="The head when this reading began from the start; part of a cursor.")] = 0
    n: Annotated[int, Field(ge=0, le=MAX_RECORDS)]

    @property
    def end(self) -> Cursor:
        """Where the next page begins."""
        return Cursor(log_id=self.log_id, sub=self.sub, seq=self.to.seq, mark=self.to.mark, began=self.began)


class Page(BaseModel):
    """A page of the feed, or of what the parent holds of the caller's subtree: its header and its lines."""

    header: PageHeader
    lines: list[bytes]


class KindCount(Frame):
    """How many records of an origin and a kind are held."""

    o: Annotated[str, Field(pattern=r"^[^ \n]{1,63}$")]
    k: Annotated[str, Field(pattern=r"^[^ \n]{1,64}$")]
    n: Whole


class SignedPart(Carrying):
    """The answering node's part of a statement (docs/reconciliation.md)."""

    text: Annotated[str, Field(max_length=4_000_000)]
    key_id: KeyId
    signature: Signature


class DigestAnswer(Frame):
    """What the parent holds of the caller's subtree, in one snapshot."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "node": "yuexiu",
                    "now": 1795395600,
                    "checkpoints": {"live": _CHECKPOINT},
                    "counts": [{"o": "beijing", "k": "listing", "n": 200}],
                    "buckets": base64.b64encode(bytes(BUCKETS * SUM_BYTES)).decode(),
                }
            ]
        }
    )

    node: NodeId
    now: Whole
    checkpoints: dict[str, Checkpoint]
    counts: list[KindCount]
    buckets: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43691}=$", description="1,024 sums of 32 bytes, base64.")]
    statement: Annotated[SignedPart | None, Field(description="The same, signed, for the statement 对账单.")] = None

    @property
    def packed(self) -> bytes:
        """The sums of the buckets, one behind the other."""
        return base64.b64decode(self.buckets)


class VersionsAnswer(Frame):
    """The version lists of some buckets of the caller's subtree, in one snapshot."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "checkpoints": {"live": _CHECKPOINT},
                    "lines": [f"beijing listing 01900000-0000-7000-8000-000000000001 1795395600000.3 {'0' * 64}"],
                }
            ]
        }
    )

    checkpoints: dict[str, Checkpoint]
    lines: Annotated[
        list[Annotated[str, Field(pattern=LINE)]],
        Field(description="`origin kind rid inc.ver sha256` of every record, sorted."),
    ]


class Batch(BaseModel):
    """A batch that was cut: its header and its envelope lines. Whether more waits behind it does not travel."""

    header: PushHeader
    lines: list[bytes]
    more: bool = False


def pack(framed: Batch | Page, encoding: str) -> bytes:
    """Header and lines as one body in `encoding`."""
    return _packed(_plain(framed), encoding)


def _plain(framed: Batch | Page) -> bytes:
    return framed.header.model_dump_json(by_alias=True).encode() + b"\n" + b"".join(framed.lines)


def _packed(plain: bytes, encoding: str) -> bytes:
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=3).compress(plain)
    return gzip.compress(plain, 6) if encoding == "gzip" else plain


def wrap(framed: Batch | Page, encoding: str) -> tuple[str, bytes]:
    """The encoding and the body in which it travels: `encoding`, unless a receiver would take that for a bomb.

    A batch of much repeated text shrinks further than `MAX_RATIO`; plain it is read everywhere, and always fits.
    """
    plain = _plain(framed)
    body = _packed(plain, encoding)
    return (encoding, body) if len(plain) <= inflates_to(len(body)) else ("identity", plain)


def inflates_to(size: int) -> int:
    """The most bytes that a body of `size` bytes may hold: a hundredfold, but 64 KiB at least and 8 MiB at most."""
    return min(MAX_INFLATED, max(size * MAX_RATIO, 64 * 1024))


def unpack(body: bytes, encoding: str) -> Batch:
    """The batch in a body; UnreadableBatch if it does not hold or inflates too far."""
    header, lines = _unpack(PushHeader, body, encoding)
    return Batch(header=header, lines=lines)


def unpack_page(body: bytes, encoding: str) -> Page:
    """The page in a body; UnreadableBatch if it does not hold or inflates too far."""
    header, lines = _unpack(PageHeader, body, encoding)
    return Page(header=header, lines=lines)


_Header = TypeVar("_Header", PushHeader, PageHeader)


def _unpack(model: type[_Header], body: bytes, encoding: str) -> tuple[_Header, list[bytes]]:
    plain = inflate(body, encoding)
    first, _, rest = plain.partition(b"\n")
    try:
        header = model.model_validate(decode_json(first, MAX_DEPTH))
    except (ValueError, RecursionError, ValidationError):
        raise UnreadableBatch("the header line does not hold") from None
    # Counted before they are taken apart: millions of empty lines fit in a small body, and each costs an object.
    if rest.count(b"\n") > header.n:
        raise UnreadableBatch("the batch has another number of records than its header says")
    lines = [line + b"\n" for line in rest.split(b"\n") if line]
    if len(lines) != header.n:
        raise UnreadableBatch("the batch has another number of records than its header says")
    return header, lines


def inflate(body: bytes, encoding: str) -> bytes:
    """The plain bytes of a body, at most 8 MiB and at most 100 times its size; UnreadableBatch beyond."""
    limit = inflates_to(len(body))
    try:
        if encoding == "zstd":
            if zstandard.frame_content_size(body) > limit:
                raise UnreadableBatch("the body inflates too far")
            # One whole frame and nothing after it; a frame that does not say its size is read up to the limit.
            decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_INFLATED)
            plain = decompressor.decompress(body, max_output_size=limit, allow_extra_data=False)
        elif encoding == "gzip":
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
                plain = file.read(limit + 1)
        else:
            plain = body
    except (zstandard.ZstdError, OSError, EOFError, zlib.error):
        raise UnreadableBatch("the body cannot be inflated") from None
    if len(plain) > limit:
        raise UnreadableBatch("the body inflates too far")
    return plain
