"""What matching reads: every listing this node knows, and the active job seekers of an office, as values to compare."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session

from app.kernel.access import Actor
from app.kernel.masking import mask_name
from app.matching.profile import KnownListing, KnownPerson
from app.matching.reading import read_listing, read_profile
from app.people.queries import profile_values, seekers_in
from app.people.rules import State
from app.vacancies.listings import shown
from app.vacancies.models import Listing

_READ = (Listing.rid, Listing.origin, Listing.body, Listing.opened_at, Listing.received_at, Listing.expires_at)


def known_listings(session: Session, *only: ColumnElement[bool]) -> tuple[tuple[datetime, KnownListing], ...]:
    """Every listing in the read model, own and received, hidden ones too, each with the instant that ends it."""
    found = session.execute(select(*_READ).where(*only).order_by(Listing.origin, Listing.rid))
    return tuple((row.expires_at, _read(row)) for row in found)


def shown_listings(session: Session, now: datetime) -> tuple[tuple[datetime, KnownListing], ...]:
    """Only those that are shown at `now`."""
    return known_listings(session, shown(now))


def known_listing(session: Session, listing_id: str) -> KnownListing | None:
    """The listing with this id, whoever owns it; None if this node knows none."""
    row = session.execute(select(*_READ).where(Listing.rid == listing_id).order_by(Listing.origin).limit(1)).first()
    return _read(row) if row is not None else None


def _read(row: Row[Any]) -> KnownListing:
    # When it opened counts as the read model has it: a listing cannot put itself on top by a time in the future.
    body = {**row.body, "opened_at": row.opened_at}
    return read_listing(row.rid, row.origin, body, row.received_at)


def active_people(session: Session, actor: Actor) -> tuple[list[KnownPerson], dict[str, str]]:
    """The persons with an active registration whom `actor` may see, and their masked names by id."""
    found = session.scalars(seekers_in(actor, State.ACTIVE)).all()
    people = [KnownPerson(seeker.id, read_profile(profile_values(seeker))) for seeker in found]
    return people, {seeker.id: mask_name(seeker.name) for seeker in found}
