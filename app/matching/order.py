"""The order of results: bands of points, then the emptier door, then the fresher post, then a daily shuffle. Pure.

    1. ⌊points / 250⌋, higher first: smaller differences of points mean nothing
    2. referrals per open seat, fewer first, in ten-thousandths, floored
    3. the office's day on which the post was opened, later first (a day, so that edits and referrals change nothing)
    4. a hash of seeker, date and listing: 300 like persons are not all sent to one door, and one person sees one order
       all day
    5. the listing's id and origin, so that the order is total

Persons for a post are ordered by 1, then by 4 with the roles exchanged, then by id. Exactness of any engine is defined
over these keys.
"""

from datetime import date
from hashlib import sha256

from app.kernel.clock import local_day
from app.matching.profile import KnownListing
from app.matching.table import SCORE_TABLE

ListingKey = tuple[int, int, int, bytes, str, str]
PersonKey = tuple[int, bytes, str]


def band(points: int) -> int:
    """The band of a total."""
    return points // SCORE_TABLE.band


def referrals_per_seat(listing: KnownListing) -> int:
    """Referrals per open seat in ten-thousandths, floored."""
    return 10_000 * listing.referred // max(listing.seats, 1)


def listing_key(points: int, listing: KnownListing, seeker_id: str, today: date) -> ListingKey:
    """The key of a listing for a seeker ("" for a profile without a stored person); the least comes first."""
    return (
        -band(points),
        referrals_per_seat(listing),
        -local_day(listing.opened_at).toordinal(),
        shuffle(seeker_id, today, listing.id),
        listing.id,
        listing.origin,
    )


def person_key(points: int, person_id: str, listing_id: str, today: date) -> PersonKey:
    """The key of a person for a listing; the least comes first."""
    return (-band(points), shuffle(person_id, today, listing_id), person_id)


def shuffle(seeker_id: str, today: date, listing_id: str) -> bytes:
    """The daily hash of a pair: SHA-256 over the three, each on a line of its own, in UTF-8."""
    return sha256(f"{seeker_id}\n{today.isoformat()}\n{listing_id}".encode()).digest()
