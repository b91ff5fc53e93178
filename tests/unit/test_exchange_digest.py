"""The digest of a set of versions: the same in any order, and as local as it has to be."""

import hashlib
import random
from dataclasses import replace
from typing import Any

import pytest

from app.exchange.digest import BUCKETS, Version, bucket_of, differing, digest_of, read_line

VERSIONS = [
    Version("beijing", kind, f"01900000-0000-7000-8000-{number:012x}", 1795395600000, number % 3 + 1, f"{number:064x}")
    for number in range(3000)
    for kind in ("listing", "note")
]


def test_the_order_in_which_records_are_read_does_not_matter() -> None:
    shuffled = random.Random(7).sample(VERSIONS, len(VERSIONS))
    assert shuffled != VERSIONS
    assert digest_of(shuffled) == digest_of(VERSIONS)
    assert digest_of(VERSIONS).counts == {("beijing", "listing"): 3000, ("beijing", "note"): 3000}


@pytest.mark.parametrize("changed", [{"inc": 1}, {"ver": 9}, {"sha256": "f" * 64}, {"origin": "hongqiao"}], ids=str)
def test_one_changed_version_changes_just_its_bucket(changed: dict[str, Any]) -> None:
    before, victim = digest_of(VERSIONS), VERSIONS[1234]
    after = digest_of([replace(victim, **changed), *(v for v in VERSIONS if v is not victim)])
    assert differing(before.packed, after.packed) == [bucket_of(victim.rid)]
    assert before.sha256 != after.sha256


def test_a_missing_and_an_added_record_change_just_their_buckets() -> None:
    first, last = VERSIONS[0], VERSIONS[-1]
    assert bucket_of(first.rid) != bucket_of(last.rid)
    found = differing(digest_of(VERSIONS[1:]).packed, digest_of(VERSIONS[:-1]).packed)
    assert found == sorted([bucket_of(first.rid), bucket_of(last.rid)])


def test_a_bucket_is_the_sum_of_its_version_list_and_an_empty_one_that_of_nothing() -> None:
    bucket = bucket_of(VERSIONS[0].rid)
    lines = sorted(v.line for v in VERSIONS if bucket_of(v.rid) == bucket)
    assert len(lines) > 1
    assert digest_of(VERSIONS).buckets[bucket] == hashlib.sha256("".join(f"{x}\n" for x in lines).encode()).digest()
    assert digest_of([]).buckets == (hashlib.sha256(b"").digest(),) * BUCKETS


def test_the_buckets_are_filled_evenly() -> None:
    filled = {bucket_of(f"01900000-0000-7000-8000-{number:012x}") for number in range(20 * BUCKETS)}
    assert filled == set(range(BUCKETS))


def test_a_line_reads_back_and_anything_else_is_refused() -> None:
    version = VERSIONS[5]
    assert read_line(version.line) == version
    for wrong in ("", version.line + "\n", version.line + " x", version.line.replace(".", ""), version.line[:-1]):
        with pytest.raises(ValueError, match="no line"):
            read_line(wrong)


def test_sums_of_another_length_are_not_compared() -> None:
    sums = digest_of([]).packed
    with pytest.raises(ValueError, match="1,024 buckets"):
        differing(sums, sums[:-32])
