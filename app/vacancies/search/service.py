"""One search from its parameters to a page: understood, found, put in order; where there is nothing, wider searches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.kernel.paging import decode_cursor, encode_cursor, no_cursor
from app.lookup.understood import Understood
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy
from app.vacancies import listings
from app.vacancies.models import Listing
from app.vacancies.search import found
from app.vacancies.search.offers import EVERYTHING, Offer, relaxed, single
from app.vacancies.search.parts import PartReader
from app.vacancies.search.wanted import Search, Wanted, check_search, understand


@dataclass(frozen=True, slots=True)
class ListingsFound:
    """A page of listings, how many there are in all, and what to search for instead where there are none."""

    rows: Sequence[Listing]
    total: int
    next: str | None
    understood: tuple[Understood, ...]
    offers: tuple[tuple[Offer, int], ...] = ()


def find(
    session: Session,
    now: datetime,
    regions: Regions,
    taxonomy: Taxonomy,
    search: Search,
    after: str | None,
    limit: int,
) -> ListingsFound:
    """The page of at most `limit` listings behind the cursor `after`.

    UnclearWords, UnknownCode or Invalid (422) for conditions that cannot be, Invalid for a cursor of another order.
    """
    check_search(search)
    asked = _Asked(session, now, regions, taxonomy)
    wanted = asked.understand(search)
    rows, total, cursor = asked.ranked(wanted, after, limit) if wanted.parts else asked.newest(wanted, after, limit)
    offers = asked.offers(wanted) if total == 0 else ()
    return ListingsFound(rows, total, cursor, wanted.heard, offers)


class _Asked:
    def __init__(self, session: Session, now: datetime, regions: Regions, taxonomy: Taxonomy) -> None:
        self.session, self.now, self.regions, self.taxonomy = session, now, regions, taxonomy
        self.finder = found.Finder(regions, taxonomy)
        self.reader = PartReader(regions, taxonomy)  # one for the search and its offers, which say the same words

    def understand(self, search: Search) -> Wanted:
        return understand(search, self.reader.read(search.q), self.regions, self.taxonomy)

    def ranked(self, wanted: Wanted, after: str | None, limit: int) -> tuple[Sequence[Listing], int, str | None]:
        condition, rank = self.finder.condition(wanted), self.finder.rank(wanted)
        behind = _ranked_cursor(after)
        keys, total = found.page(self.session, listings.shown(self.now), condition, rank, behind, limit + 1)
        rows = listings.by_keys(self.session, [(origin, rid) for _, _, origin, rid in keys[:limit]])
        if len(keys) <= limit:
            return rows, total, None
        last_rank, opened_at, origin, rid = keys[limit - 1]
        return rows, total, encode_cursor(last_rank, opened_at.isoformat(), origin, rid)

    def newest(self, wanted: Wanted, after: str | None, limit: int) -> tuple[Sequence[Listing], int, str | None]:
        every = select(Listing).where(listings.shown(self.now), self.finder.condition(wanted))
        count = select(func.count()).select_from(every.with_only_columns(Listing.rid).subquery())
        total = self.session.scalar(count) or 0
        rows = self.session.scalars(listings.newest_first(every, _cursor(after)).limit(limit + 1)).all()
        if len(rows) <= limit:
            return rows, total, None
        last = rows[limit - 1]
        return rows[:limit], total, encode_cursor(last.opened_at.isoformat(), last.origin, last.rid)

    def offers(self, wanted: Wanted) -> tuple[tuple[Offer, int], ...]:
        """The wider searches that find something: with one condition less, or else with one alone; and everything."""
        for offers in (relaxed(wanted, self.regions), single(wanted)):
            counted = [one for one in self._counted(offers) if one[1]]
            if counted:
                break
        return (*counted, *self._counted([EVERYTHING]))

    def _counted(self, offers: Sequence[Offer]) -> list[tuple[Offer, int]]:
        conditions = [self.finder.condition(self.understand(offer.search)) for offer in offers]
        totals = found.counts(self.session, listings.shown(self.now), conditions)
        return list(zip(offers, totals, strict=True))


def _ranked_cursor(after: str | None) -> found.Key | None:
    if after is None:
        return None
    rank, moment, origin, rid = decode_cursor(after, int, str, str, str)
    return int(rank), _instant(str(moment)), str(origin), str(rid)


def _cursor(after: str | None) -> tuple[datetime, str, str] | None:
    if after is None:
        return None
    moment, origin, rid = (str(part) for part in decode_cursor(after, str, str, str))
    return _instant(moment), origin, rid


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("naive")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise no_cursor() from None
