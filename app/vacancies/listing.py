"""The listing: the public, signed projection of a vacancy that travels the network. No personal field, by type."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.employers.models import Employer
from app.exchange import PublicBody
from app.kernel.types import Day, Line, Moment, RegionCode
from app.regions.models import Office
from app.vacancies.content import VacancyContent
from app.vacancies.lifecycle import LIVE
from app.vacancies.models import Vacancy

KIND = "listing"


class ListingStatus(StrEnum):
    """Only `open` is shown to people; the others travel so that every tier hides the post."""

    OPEN = "open"
    PAUSED = "paused"
    FROZEN = "frozen"


class PublicEmployer(PublicBody):
    """What the public may know of an employer."""

    name: Line
    uscc: str | None = None
    verified: bool = False
    sanctioned: bool = False


class PublicOffice(PublicBody):
    """The office that answers for a listing."""

    region: RegionCode
    name: Line


class ListingBody(VacancyContent, PublicBody):
    """The body of a record of kind `listing`, schema 1."""

    employer: PublicEmployer
    office: PublicOffice
    seats: Annotated[int, Field(ge=1)]
    referred: Annotated[int, Field(ge=0)]
    status: ListingStatus
    opened_at: Moment
    updated_at: Moment
    valid_until: Day


def body_of(vacancy: Vacancy, employer: Employer, office: Office) -> ListingBody:
    """The listing of a live vacancy; of another, what would travel if it were opened as it is."""
    is_live = vacancy.state in LIVE
    return ListingBody.model_validate(
        {
            **vacancy.content,
            "title": vacancy.title,
            "employer": {
                "name": employer.name,
                "uscc": employer.uscc,
                "verified": employer.uscc is not None,
                "sanctioned": employer.sanctioned,
            },
            "office": {"region": office.region_code, "name": office.name},
            "seats": vacancy.seats,
            "referred": vacancy.referred_count,
            "status": vacancy.state if is_live else ListingStatus.OPEN,
            "opened_at": vacancy.opened_at or vacancy.updated_at,
            "updated_at": vacancy.updated_at,
            "valid_until": vacancy.valid_until,
        }
    )


def hidden(approved: ListingBody, at: datetime) -> ListingBody:
    """A listing under review again: as it was approved, hidden as paused. What is new waits for an officer here."""
    return approved.model_copy(update={"status": ListingStatus.PAUSED, "updated_at": at})
