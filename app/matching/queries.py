"""What matching reads: every listing this node knows, and some of its people, as values to compare."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.kernel.actor import Actor
from app.kernel.keys import among
from app.kernel.masking import mask_name
from app.matching.profile import KnownListing, KnownPerson
from app.matching.reading import read_listing, read_profile
from app.people.models import JobSeeker
from app.people.queries import profile_values, seekers_in
from app.people.rules import State
from app.vacancies.models import Listing

_AT_ONCE = 1_000  # rows in memory at a time
_KEYS_AT_ONCE = 40
_l = Listing.__table__.c  # values are read, no entities
_READ = (_l.rid, _l.origin, _l.body, _l.opened_at, _l.received_at, _l.expires_at)


def known_listings(session: Session) -> Iterator[tuple[datetime, KnownListing]]:
    """Every listing in the read model, own and received, hidden ones too, each with the instant that ends it."""
    with session.execute(select(*_READ).execution_options(yield_per=_AT_ONCE)) as rows:
        for row in rows:
            yield row.expires_at, _read(row)


def listings_by_key(session: Session, keys: Sequence[tuple[str, str]]) -> list[tuple[datetime, KnownListing]]:
    """The listings with these keys (origin, id), in no order, each with the instant that ends it."""
    return [
        one
        for start in range(0, len(keys), _KEYS_AT_ONCE)
        for one in _some_listings(session, keys[start : start + _KEYS_AT_ONCE])
    ]


def _some_listings(session: Session, keys: Sequence[tuple[str, str]]) -> Iterator[tuple[datetime, KnownListing]]:
    for row in session.execute(select(*_READ).where(among((_l.origin, _l.rid), keys))):
        yield row.expires_at, _read(row)


def known_listing(session: Session, listing_id: str) -> KnownListing | None:
    """The listing with this id, whoever owns it; None if this node knows none."""
    row = session.execute(select(*_READ).where(_l.rid == listing_id).order_by(_l.origin).limit(1)).first()
    return _read(row) if row is not None else None


def _read(row: Row[*tuple[Any, ...]]) -> KnownListing:
    # When it opened counts as the read model has it: a listing cannot put itself on top by a time in the future.
    body = {**row.body, "opened_at": row.opened_at}
    return read_listing(row.rid, row.origin, body, row.received_at)


def people_by_id(session: Session, actor: Actor, ids: Sequence[str]) -> tuple[dict[str, KnownPerson], dict[str, str]]:
    """Those of `ids` with an active registration whom `actor` may see, and their masked names, both by id."""
    found = session.scalars(seekers_in(actor, State.ACTIVE).where(JobSeeker.id.in_(ids))).all()
    people = {seeker.id: KnownPerson(seeker.id, read_profile(profile_values(seeker))) for seeker in found}
    return people, {seeker.id: mask_name(seeker.name) for seeker in found}
