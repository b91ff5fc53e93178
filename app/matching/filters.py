"""Which listings are looked at: what a person at the counter narrows a search by. Pure.

A filter decides what is considered at all; it gives no points. The engine applies the same filters to all rows at once.
"""

from dataclasses import dataclass
from datetime import date, datetime

from app.kernel.clock import local_day
from app.matching.nearness import work_of_listing
from app.matching.pay import guaranteed_month
from app.matching.profile import Concepts, KnownListing, Places
from app.taxonomy.terms import Shift


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked of a listing; None asks nothing.

    `place` is a division that holds the work place, `occupation` a concept that is the post's or above it, `pay_fen`
    the least guaranteed pay brought to a full-time month, `since` the first day of opening, `shown_at` the instant at
    which the listing is open and has not ended.
    """

    place: str | None = None
    occupation: str | None = None
    pay_fen: int | None = None
    shift: Shift | None = None
    since: date | None = None
    shown_at: datetime | None = None

    def admit(self, listing: KnownListing, expires_at: datetime, concepts: Concepts, places: Places) -> bool:
        """Whether the listing, which ends at `expires_at`, is to be considered."""
        if self.shown_at is not None and (listing.status != "open" or expires_at < self.shown_at):
            return False
        if self.place is not None and not is_within(listing.region, self.place, places):
            return False
        if self.occupation is not None:
            post = work_of_listing(listing, concepts).occupation
            if post is None or not is_at_or_below(post, self.occupation, concepts):
                return False
        if self.pay_fen is not None and (guaranteed_month(listing) or 0) < self.pay_fen:
            return False
        if self.shift is not None and listing.shift is not self.shift:
            return False
        return self.since is None or local_day(listing.opened_at) >= self.since


def is_within(code: str, area: str, places: Places) -> bool:
    """Whether a division is `area` or lies in it."""
    return area in (code, places.street_of(code), places.district_of(code), places.city_of(code))


def is_at_or_below(post: str, wanted: str, concepts: Concepts) -> bool:
    """Whether whoever wants `wanted` plainly wants `post`."""
    return concepts.proximity(wanted, post) == 100


NO_FILTERS = Filters()
