"""What matching reads: every listing this node knows, and the active job seekers of an office, as values to compare."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.access import Actor
from app.matching.profile import KnownListing, KnownPerson
from app.matching.reading import read_listing, read_profile
from app.people.masking import mask_name
from app.people.queries import profile_values, seekers_in
from app.people.rules import State
from app.vacancies.models import Listing


def known_listings(session: Session) -> list[KnownListing]:
    """Every listing in the read model, own and received, hidden ones too: why they are hidden is part of the answer."""
    return [_known(row) for row in session.scalars(select(Listing).order_by(Listing.origin, Listing.rid))]


def known_listing(session: Session, listing_id: str) -> KnownListing | None:
    """The listing with this id, whoever owns it; None if this node knows none."""
    row = session.scalar(select(Listing).where(Listing.rid == listing_id).order_by(Listing.origin).limit(1))
    return _known(row) if row is not None else None


def active_people(session: Session, actor: Actor) -> tuple[list[KnownPerson], dict[str, str]]:
    """The persons with an active registration whom `actor` may see, and their masked names by id."""
    found = session.scalars(seekers_in(actor, State.ACTIVE)).all()
    people = [KnownPerson(seeker.id, read_profile(profile_values(seeker))) for seeker in found]
    return people, {seeker.id: mask_name(seeker.name) for seeker in found}


def _known(row: Listing) -> KnownListing:
    return read_listing(row.rid, row.origin, row.body, row.received_at)
