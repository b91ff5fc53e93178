"""The digest of a set of records: 1,024 short sums that two nodes compare instead of their records. Pure.

docs/wire.md §8. A record is one line of text, `origin kind rid inc.ver sha256`, the last the SHA-256 of its signed
bytes in hexadecimal. The lines are dealt out by the hash of the rid, so that one record touches one bucket; a bucket's
sum is the SHA-256 of its lines, sorted as bytes. So a bucket's version list is just the text that its sum is taken of.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

BUCKETS = 1024
SUM_BYTES = 32
# Only what keeps a line a line: a row that somebody spoilt in a database has to be named like any other difference.
LINE = r"^[^ \n]{1,63} [^ \n]{1,64} [^ \n]{1,36} -?[0-9]{1,19}\.-?[0-9]{1,19} [0-9a-f]{64}$"
_LINE = re.compile(LINE)
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Version:
    """Which version of a record is held, and the SHA-256 of its signed bytes in hexadecimal."""

    origin: str
    kind: str
    rid: str
    inc: int
    ver: int
    sha256: str

    @property
    def key(self) -> Key:
        return self.origin, self.kind, self.rid

    @property
    def number(self) -> tuple[int, int]:
        return self.inc, self.ver

    @property
    def line(self) -> str:
        """The version as a line of its bucket, without the line feed."""
        return f"{self.origin} {self.kind} {self.rid} {self.inc}.{self.ver} {self.sha256}"


@dataclass(frozen=True)
class Digest:
    """The sums of all buckets, in their order, and how many records of each (origin, kind) went into them."""

    buckets: tuple[bytes, ...]
    counts: dict[tuple[str, str], int]

    @property
    def packed(self) -> bytes:
        """The sums one behind the other: 32 KiB."""
        return b"".join(self.buckets)

    @property
    def sha256(self) -> str:
        """One sum for everything: that of the sums of the buckets, in hexadecimal."""
        return sha256_of(self.packed)


def sha256_of(packed: bytes) -> str:
    """The sum of the packed sums of all buckets, in hexadecimal."""
    return hashlib.sha256(packed).hexdigest()


def bucket_of(rid: str) -> int:
    """The bucket of a record, 0 to 1,023: the first ten bits of the SHA-256 of its rid."""
    return int.from_bytes(hashlib.sha256(rid.encode()).digest()[:2], "big") >> 6


def digest_of(versions: Iterable[Version]) -> Digest:
    """The digest of a set of versions, in whatever order they come. Holds a line of each in memory, 250 bytes."""
    lines: list[list[bytes]] = [[] for _ in range(BUCKETS)]
    counts: Counter[tuple[str, str]] = Counter()
    for version in versions:
        lines[bucket_of(version.rid)].append(version.line.encode() + b"\n")
        counts[version.origin, version.kind] += 1
    return Digest(tuple(_sum(bucket) for bucket in lines), dict(counts))


def differing(ours: bytes, theirs: bytes) -> list[int]:
    """The buckets in which two packed digests differ; ValueError if one is not that of 1,024 buckets."""
    if len(ours) != BUCKETS * SUM_BYTES or len(theirs) != BUCKETS * SUM_BYTES:
        raise ValueError("not the sums of 1,024 buckets")
    places = ((n, slice(n * SUM_BYTES, (n + 1) * SUM_BYTES)) for n in range(BUCKETS))
    return [n for n, place in places if ours[place] != theirs[place]]


def read_line(line: str) -> Version:
    """The version in a line of a bucket; ValueError if it is none."""
    if not _LINE.fullmatch(line):
        raise ValueError("no line of a bucket")
    origin, kind, rid, number, sha256 = line.split(" ")
    inc, ver = number.split(".")
    return Version(origin, kind, rid, int(inc), int(ver), sha256)


def _sum(lines: list[bytes]) -> bytes:
    return hashlib.sha256(b"".join(sorted(lines))).digest()
