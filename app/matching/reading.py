"""From the JSON form to the values that are compared: a profile, and a listing's public body. Pure.

The form is already valid (the edge and the exchange see to that); a key that is missing reads as not asked or not
stated. This is the only place that knows the names of the JSON's fields.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from app.matching.profile import (
    Experience,
    KnownListing,
    ListedCertificate,
    ListedSkill,
    Pay,
    PayWish,
    Profile,
    SkillClaim,
    Wish,
)
from app.people.profile import Hours, Liking
from app.taxonomy.terms import EducationLevel, EmploymentForm, PayBasis, PayPeriod, Refusal, ReservedFor, Shift

_Json = Mapping[str, Any]


def read_profile(data: _Json) -> Profile:
    """The profile in `data`; ValueError or KeyError for what is no profile."""
    skills, experience, shifts, pay = (data.get(key) for key in ("skills", "experience", "shifts", "pay"))
    return Profile(
        wishes=tuple(Wish(_code(wish, "occupation"), wish.get("stated") or "") for wish in data.get("wishes") or ()),
        places=tuple(data.get("places") or ()),
        home=data.get("home"),
        skills=None
        if skills is None
        else tuple(SkillClaim(_code(claim, "skill"), claim.get("stated") or "") for claim in skills),
        experience=None if experience is None else tuple(_experience(entry) for entry in experience),
        certificates=_set(data.get("certificates"), str),
        education=_term(data.get("education"), EducationLevel),
        birth_on=_day(data.get("birth_on")),
        pay=None if pay is None else PayWish(pay["min_fen"], PayPeriod(pay["period"])),
        shifts=None if shifts is None else {Shift(shift): Liking(liking) for shift, liking in shifts.items()},
        hours=_term(data.get("hours"), Hours),
        max_hours_per_week=data.get("max_hours_per_week"),
        lodging_needed=data.get("lodging_needed"),
        refusals=_set(data.get("refusals"), Refusal),
        target_groups=_set(data.get("target_groups"), ReservedFor),
        days_off_per_month=data.get("days_off_per_month"),
        wants_insurance=data.get("wants_insurance"),
        employment_forms=_set(data.get("employment_forms"), EmploymentForm),
        available_from=_day(data.get("available_from")),
    )


def read_listing(listing_id: str, origin: str, body: _Json, received_at: datetime) -> KnownListing:
    """The known listing with this public body; ValueError or KeyError for what is none."""
    employer = body.get("employer") or {}
    return KnownListing(
        id=listing_id,
        origin=origin,
        received_at=received_at,
        title=body["title"],
        region=body["place"]["region"],
        place_stated=body["place"].get("stated") or "",
        pay=_pay(body["pay"]),
        opened_at=_moment(body["opened_at"]),
        valid_until=_required_day(body["valid_until"]),
        occupation=_code(body, "occupation"),
        occupation_stated=body.get("occupation_stated") or "",
        employer_name=employer.get("name") or "",
        employer_uscc=employer.get("uscc"),
        employer_verified=bool(employer.get("verified")),
        employer_sanctioned=bool(employer.get("sanctioned")),
        seats=body["seats"],
        referred=body.get("referred") or 0,
        duties=body.get("duties") or "",
        requirements=body.get("requirements") or "",
        skills=tuple(_listed_skill(entry) for entry in body.get("skills") or ()),
        education=_term(body.get("education"), EducationLevel),
        education_must=bool(body.get("education_must")),
        experience_months=body.get("experience_months") or 0,
        experience_must=bool(body.get("experience_must")),
        certificates=tuple(
            ListedCertificate(entry["certificate"], entry.get("need", "must") == "must")
            for entry in body.get("certificates") or ()
        ),
        shift=_term(body.get("shift"), Shift),
        hours_per_week=body.get("hours_per_week"),
        days_off_per_month=body.get("days_off_per_month"),
        employment_form=EmploymentForm(body.get("employment_form") or EmploymentForm.FULL_TIME),
        lodging=body.get("lodging"),
        meals=body.get("meals"),
        insurance=body.get("insurance"),
        reserved_for=_term(body.get("reserved_for"), ReservedFor),
        adults_only=bool(body.get("adults_only")),
        status=body.get("status") or "open",
    )


def _pay(pay: _Json | None) -> Pay:
    if pay is None:
        return Pay(PayBasis.STATED, PayPeriod.MONTH)
    period = PayPeriod(pay.get("period") or PayPeriod.MONTH)
    return Pay(PayBasis(pay["basis"]), period, pay.get("min_fen"), pay.get("max_fen"), pay.get("stated") or "")


def _code(data: _Json, key: str) -> str | None:
    return data.get(key) or None


def _experience(entry: _Json) -> Experience:
    return Experience(_code(entry, "occupation"), entry.get("stated") or "", entry["months"])


def _listed_skill(entry: _Json) -> ListedSkill:
    return ListedSkill(_code(entry, "skill"), entry.get("stated") or "", entry.get("need") == "must")


def _term(value: Any, kind: Any) -> Any:
    return None if value is None else kind(value)


def _set(values: Sequence[Any] | None, kind: Any) -> frozenset[Any] | None:
    return None if values is None else frozenset(kind(value) for value in values)


def _day(value: str | date | None) -> date | None:
    return None if value is None else _required_day(value)


def _required_day(value: str | date) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _moment(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
