"""The hard conditions of a pair: each met, failed, obtainable or unknown; only failed filters. Pure.

A condition stands in the list when one side asks for something. What a post asks and the person was not asked is
unknown, as is what the person needs and the post does not say: the clerk asks. Every entry names its reason by a key
of `texts.py` and the facts that the sentence needs. Points are given elsewhere (score.py).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from app.matching.pay import is_part_time
from app.matching.profile import Concepts, KnownListing, Profile
from app.matching.refusals import NOTHING_SAID, Demand, Says
from app.matching.score import ExperienceScore, shift_liking
from app.matching.table import SCORE_TABLE
from app.people.profile import Hours
from app.people.rules import age_on
from app.taxonomy.terms import CertificateKind, Refusal


class Name(StrEnum):
    """The conditions, in the order in which they are shown."""

    OPEN = "open"
    VALIDITY = "validity"
    EMPLOYER = "employer"
    LEGAL_AGE = "legal_age"
    RESERVED = "reserved"
    CERTIFICATE = "certificate"
    EDUCATION = "education"
    EXPERIENCE = "experience"
    SHIFT = "shift"
    HOURS = "hours"
    LODGING = "lodging"
    REFUSAL = "refusal"


class Status(StrEnum):
    """What is known of a condition."""

    MET = "met"
    FAILED = "failed"
    OBTAINABLE = "obtainable"
    UNKNOWN = "unknown"


class CertificateId(NamedTuple):
    """Marks a fact as the id of a certificate, so that its name is shown."""

    id: str


class Months(NamedTuple):
    """Marks a fact as a length of time, so that it is shown in years and months."""

    length: int


Fact = str | int | date | CertificateId | Months


Facts = tuple[tuple[str, Fact], ...]


class Condition(NamedTuple):
    """One condition of a pair. `subject` is the code it is about (a certificate, a refusal, …), if any."""

    name: Name
    status: Status
    reason: str
    subject: str = ""
    facts: Facts = ()


def open_condition(listing: KnownListing) -> Condition:
    if listing.status != "open":
        reason = f"open.{listing.status}" if listing.status in ("paused", "frozen") else "open.closed"
        return Condition(Name.OPEN, Status.FAILED, reason)
    if listing.seats < 1:
        return Condition(Name.OPEN, Status.FAILED, "open.no_seats")
    return Condition(Name.OPEN, Status.MET, "open.yes", facts=(("seats", listing.seats),))


def validity_condition(listing: KnownListing, today: date) -> Condition:
    is_valid = listing.valid_until >= today
    status, reason = (Status.MET, "validity.until") if is_valid else (Status.FAILED, "validity.over")
    return Condition(Name.VALIDITY, status, reason, facts=(("day", listing.valid_until),))


def employer_condition(listing: KnownListing) -> Condition:
    if listing.employer_sanctioned:
        return Condition(Name.EMPLOYER, Status.FAILED, "employer.sanctioned")
    if listing.employer_verified:
        return Condition(Name.EMPLOYER, Status.MET, "employer.verified")
    return Condition(Name.EMPLOYER, Status.UNKNOWN, "employer.unverified")


def least_age(listing: KnownListing, occupation: str | None, concepts: Concepts) -> int:
    """The age from which the law lets a person do this work."""
    least = SCORE_TABLE.adult_age if listing.adults_only else SCORE_TABLE.working_age
    return least if occupation is None else max(least, concepts.occupations[occupation].min_age)


def legal_age_condition(profile: Profile, least: int, today: date) -> Condition:
    facts: Facts = (("needed", least),)
    if profile.birth_on is None:
        return Condition(Name.LEGAL_AGE, Status.UNKNOWN, "legal_age.not_asked", facts=facts)
    if age_on(profile.birth_on, today) < least:
        return Condition(Name.LEGAL_AGE, Status.FAILED, "legal_age.too_young", facts=facts)
    return Condition(Name.LEGAL_AGE, Status.MET, "legal_age.enough", facts=facts)


def reserved_condition(profile: Profile, listing: KnownListing) -> Iterator[Condition]:
    group = listing.reserved_for
    if group is None:
        return
    if profile.target_groups is None:
        status, reason = Status.UNKNOWN, "reserved.not_asked"
    elif group in profile.target_groups:
        status, reason = Status.MET, "reserved.member"
    else:
        status, reason = Status.FAILED, "reserved.not_member"
    yield Condition(Name.RESERVED, status, reason, group, (("group", group),))


def required_certificates(listing: KnownListing, occupation: str | None, concepts: Concepts) -> frozenset[str]:
    """The certificates that the post marks as must, and those that the law requires for its occupation.

    A driving licence goes by the vehicle, and the post knows its vehicle: a van that C2 may drive asks for no C1.
    """
    named = {listed.certificate for listed in listing.certificates if listed.must}
    by_law = concepts.occupations[occupation].certificates if occupation is not None else ()
    return frozenset(named) | {one for one in by_law if not _names_a_lesser(named, one, concepts)}


def _names_a_lesser(named: Collection[str], licence: str, concepts: Concepts) -> bool:
    """Whether one of `named` is a driving licence that `licence` includes."""
    if licence not in concepts.certificates or concepts.certificates[licence].kind is not CertificateKind.DRIVING:
        return False
    return any(one != licence and one in concepts.certificates and concepts.covers(licence, one) for one in named)


def certificate_conditions(profile: Profile, required: Iterable[str], concepts: Concepts) -> Iterator[Condition]:
    """One entry for each certificate that is required, in the order of their ids."""
    for wanted in sorted(required):
        yield _certificate(profile, wanted, concepts)


def _certificate(profile: Profile, wanted: str, concepts: Concepts) -> Condition:
    facts: Facts = (("certificate", CertificateId(wanted)),)
    if profile.certificates is None:
        return Condition(Name.CERTIFICATE, Status.UNKNOWN, "certificate.not_asked", wanted, facts)
    for held in sorted(profile.certificates):
        if held == wanted:
            return Condition(Name.CERTIFICATE, Status.MET, "certificate.held", wanted, facts)
        if held in concepts.certificates and wanted in concepts.certificates and concepts.covers(held, wanted):
            facts = (*facts, ("held", CertificateId(held)))
            return Condition(Name.CERTIFICATE, Status.MET, "certificate.covered", wanted, facts)
    days = concepts.certificates[wanted].obtainable_days if wanted in concepts.certificates else None
    if days is not None:
        facts = (*facts, ("days", days))
        return Condition(Name.CERTIFICATE, Status.OBTAINABLE, "certificate.obtainable", wanted, facts)
    return Condition(Name.CERTIFICATE, Status.FAILED, "certificate.missing", wanted, facts)


def education_condition(profile: Profile, listing: KnownListing) -> Iterator[Condition]:
    wanted, has = listing.education, profile.education
    if wanted is None or not listing.education_must or wanted.rank == 0:
        return
    if has is None:
        yield Condition(Name.EDUCATION, Status.UNKNOWN, "education.not_asked", wanted, (("needed", wanted),))
        return
    status, reason = Status.MET, "education.enough"
    if has.rank < wanted.rank:
        status, reason = Status.FAILED, "education.too_low"
    yield Condition(Name.EDUCATION, status, reason, wanted, (("needed", wanted), ("held", has)))


def experience_condition(listing: KnownListing, experience: ExperienceScore) -> Iterator[Condition]:
    """Months count as the experience factor counts them: those in near occupations by their proximity."""
    needed = listing.experience_months
    if not listing.experience_must or needed == 0:
        return
    facts: Facts = (
        ("needed", Months(needed)),
        ("held", Months(experience.months)),
        ("short", Months(max(needed - experience.months, 0))),
    )
    if not experience.is_asked:
        yield Condition(Name.EXPERIENCE, Status.UNKNOWN, "experience.not_asked", facts=facts)
    elif experience.months >= needed:
        yield Condition(Name.EXPERIENCE, Status.MET, "experience.enough", facts=facts)
    elif not experience.is_clear:
        yield Condition(Name.EXPERIENCE, Status.UNKNOWN, "experience.unclear", facts=facts)
    else:
        yield Condition(Name.EXPERIENCE, Status.FAILED, "experience.too_short", facts=facts)


def shift_condition(profile: Profile, listing: KnownListing) -> Iterator[Condition]:
    shift = listing.shift
    if shift is None:
        if profile.shifts is not None:
            yield Condition(Name.SHIFT, Status.UNKNOWN, "shift.not_stated")
        return
    if profile.shifts is None:
        status, reason = Status.UNKNOWN, "shift.not_asked"
    elif shift_liking(profile, listing) is None:
        status, reason = Status.FAILED, "shift.not_accepted"
    else:
        status, reason = Status.MET, "shift.accepted"
    yield Condition(Name.SHIFT, status, reason, shift, (("shift", shift),))


def hours_condition(profile: Profile, listing: KnownListing) -> Condition:
    wish, most = profile.hours, profile.max_hours_per_week
    if wish is None and most is None:
        return Condition(Name.HOURS, Status.UNKNOWN, "hours.not_asked")
    part = is_part_time(listing)
    if wish is Hours.FULL and part:
        return Condition(Name.HOURS, Status.FAILED, "hours.is_part")
    if wish is Hours.PART and part is False:
        return Condition(Name.HOURS, Status.FAILED, "hours.is_full")
    facts: Facts = (("hours", listing.hours_per_week or 0), ("most", most or 0))
    if most is not None and listing.hours_per_week is not None and listing.hours_per_week > most:
        return Condition(Name.HOURS, Status.FAILED, "hours.too_many", facts=facts)
    is_open = (part is None and wish in (Hours.FULL, Hours.PART)) or (most and listing.hours_per_week is None)
    if is_open:
        return Condition(Name.HOURS, Status.UNKNOWN, "hours.not_stated")
    return Condition(Name.HOURS, Status.MET, "hours.suit")


def lodging_condition(profile: Profile, listing: KnownListing) -> Iterator[Condition]:
    if profile.lodging_needed is not True:
        return
    if listing.lodging is None:
        yield Condition(Name.LODGING, Status.UNKNOWN, "lodging.not_stated")
    elif listing.lodging:
        yield Condition(Name.LODGING, Status.MET, "lodging.offered")
    else:
        yield Condition(Name.LODGING, Status.FAILED, "lodging.none")


def refusal_conditions(profile: Profile, demanded: Mapping[Refusal, Demand], *, is_known: bool) -> Iterator[Condition]:
    """One entry for each thing that the person refuses; not asked, one for each that the post surely demands.

    `demanded` has the demands of which something is known; `is_known` says whether the post's occupation is.
    """
    asked = profile.refusals
    for refusal in Refusal if asked is None else (one for one in Refusal if one in asked):
        demand = demanded.get(refusal, NOTHING_SAID)
        facts: Facts = (("refusal", refusal), ("words", demand.words))
        if asked is None:
            if demand.says is Says.DEMANDED:
                yield Condition(Name.REFUSAL, Status.UNKNOWN, "refusal.not_asked", refusal, facts)
        else:
            status, reason = _refused(demand, is_known=is_known)
            yield Condition(Name.REFUSAL, status, reason, refusal, facts)


def _refused(demand: Demand, *, is_known: bool) -> tuple[Status, str]:
    if demand.says is Says.DEMANDED:
        return Status.FAILED, "refusal.stated" if demand.words else "refusal.entailed"
    if demand.says is Says.MAYBE:
        return Status.UNKNOWN, "refusal.mentioned" if demand.words else "refusal.possible"
    if demand.says is Says.NOTHING and not is_known:
        return Status.UNKNOWN, "refusal.unclear"
    return Status.MET, "refusal.clear"
