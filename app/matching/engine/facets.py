"""The conditions that depend on one small value of the post and one small value of the person. Pure.

There are few such values: some hundred kinds of hours, a dozen refusals, a few hundred sets of certificates. So one
side is fixed, and the reference is asked once for every value of the other, whichever side that is. A value is made of
strings, whole numbers, tuples and None, so that it can be kept on disk.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from app.matching.conditions import (
    Condition,
    Status,
    certificate_conditions,
    education_condition,
    hours_condition,
    lodging_condition,
    required_certificates,
    reserved_condition,
    shift_condition,
)
from app.matching.profile import Concepts, KnownListing, Pay, Profile
from app.matching.refusals import Says, demands
from app.matching.score import days_off_part, form_part, insurance_part, points_of_parts, shift_part
from app.people.profile import Hours, Liking
from app.taxonomy.terms import EducationLevel, EmploymentForm, PayBasis, PayPeriod, ReservedFor, Shift

Value = Hashable

NOBODY = Profile()
NOTHING = KnownListing(
    id="",
    origin="",
    received_at=datetime(1970, 1, 1, tzinfo=UTC),
    title="",
    region="",
    pay=Pay(PayBasis.STATED, PayPeriod.MONTH),
    opened_at=datetime(1970, 1, 1, tzinfo=UTC),
    valid_until=date(1970, 1, 1),
)


@dataclass(frozen=True, slots=True)
class Facet:
    """One condition: what of a post and of a person decides it, and how many conditions of a pair it makes fail."""

    name: str
    of_listing: Callable[[KnownListing, str | None, Concepts], Value]
    of_profile: Callable[[Profile], Value]
    failures: Callable[[Any, Any, Concepts], int]


def _failed(conditions: Iterable[Condition]) -> int:
    return sum(condition.status is Status.FAILED for condition in conditions)


def _reserved(groups: Any, group: Any, _: Concepts) -> int:
    person = replace(NOBODY, target_groups=None if groups is None else frozenset(map(ReservedFor, groups)))
    return _failed(reserved_condition(person, replace(NOTHING, reserved_for=group and ReservedFor(group))))


def _certificates(held: Any, required: Any, concepts: Concepts) -> int:
    return sum(_lacks(held, wanted, concepts) for wanted in required)


@lru_cache(maxsize=65_536)
def _lacks(held: tuple[str, ...] | None, wanted: str, concepts: Concepts) -> int:
    person = replace(NOBODY, certificates=None if held is None else frozenset(held))
    return _failed(certificate_conditions(person, frozenset([wanted]), concepts))


def _education(has: Any, wanted: Any, _: Concepts) -> int:
    person = replace(NOBODY, education=has and EducationLevel(has))
    post = replace(NOTHING, education=wanted and EducationLevel(wanted), education_must=True)
    return _failed(education_condition(person, post))


def _shift(liked: Any, shift: Any, _: Concepts) -> int:
    return _failed(shift_condition(replace(NOBODY, shifts=_shifts(liked)), replace(NOTHING, shift=_term(Shift, shift))))


def _hours(wished: Any, offered: Any, _: Concepts) -> int:
    person = replace(NOBODY, hours=_term(Hours, wished[0]), max_hours_per_week=wished[1])
    post = replace(NOTHING, employment_form=EmploymentForm(offered[0]), hours_per_week=offered[1])
    return _failed([hours_condition(person, post)])


def _lodging(needed: Any, offered: Any, _: Concepts) -> int:
    return _failed(lodging_condition(replace(NOBODY, lodging_needed=needed), replace(NOTHING, lodging=offered)))


def _refusals(refused: Any, demanded: Any, _: Concepts) -> int:
    return 0 if refused is None else len(set(refused) & set(demanded))


def _demanded(listing: KnownListing, occupation: str | None, concepts: Concepts) -> Value:
    found = demands(listing, occupation, concepts)
    return tuple(sorted(refusal.value for refusal, demand in found.items() if demand.says is Says.DEMANDED))


def _plain(term: Any) -> str | None:
    return None if term is None else str(term.value)


@lru_cache(maxsize=4096)
def _set(terms: frozenset[Any] | None) -> tuple[str, ...] | None:
    return None if terms is None else tuple(sorted(map(str, terms)))


def _likings(person: Profile) -> Value:
    return None if person.shifts is None else _in_order(tuple(person.shifts.items()))


@lru_cache(maxsize=4096)
def _in_order(liked: tuple[tuple[Shift, Liking], ...]) -> Value:
    return tuple(sorted((shift.value, liking.value) for shift, liking in liked))


def _shifts(liked: Any) -> dict[Shift, Liking] | None:
    return None if liked is None else {Shift(shift): Liking(liking) for shift, liking in liked}


def _term(kind: Any, value: Any) -> Any:
    return None if value is None else kind(value)


FACETS = (
    Facet("reserved", lambda post, *_: _plain(post.reserved_for), lambda person: _set(person.target_groups), _reserved),
    Facet(
        "certificates",
        lambda post, occupation, concepts: tuple(sorted(required_certificates(post, occupation, concepts))),
        lambda person: _set(person.certificates),
        _certificates,
    ),
    Facet(
        "education",
        lambda post, *_: _plain(post.education) if post.education_must else None,
        lambda person: _plain(person.education),
        _education,
    ),
    Facet("shift", lambda post, *_: _plain(post.shift), _likings, _shift),
    Facet(
        "hours",
        lambda post, *_: (_plain(post.employment_form), post.hours_per_week),
        lambda person: (_plain(person.hours), person.max_hours_per_week),
        _hours,
    ),
    Facet("lodging", lambda post, *_: post.lodging, lambda person: person.lodging_needed, _lodging),
    Facet("refusals", _demanded, lambda person: _set(person.refusals), _refusals),
)


_PARTS: tuple[tuple[str, Any, Callable[[Profile, KnownListing], int | None]], ...] = (
    ("shift", Shift, shift_part),
    ("days_off_per_month", int, days_off_part),
    ("employment_form", EmploymentForm, form_part),
    ("insurance", bool, insurance_part),
)


def comfort_of_listing(listing: KnownListing) -> Value:
    """What of a post the conditions factor looks at."""
    form = _plain(listing.employment_form)
    return _plain(listing.shift), listing.days_off_per_month, form, listing.insurance


def comfort_of_profile(profile: Profile) -> Value:
    """What of a person the conditions factor looks at."""
    return _likings(profile), profile.days_off_per_month, _set(profile.employment_forms), profile.wants_insurance


def comfort_points(wished: Any, offered: Iterable[Any]) -> list[int]:
    """The points of the conditions factor for one person's value and each of the posts' values."""
    person = _comfortable(wished)
    parts: dict[tuple[int, Any], int | None] = {}
    return [
        points_of_parts(*(_part(place, person, part, parts) for place, part in enumerate(post))) for post in offered
    ]


def comfort_points_of(wished: Iterable[Any], offered: Any) -> list[int]:
    """The same for each of the persons' values and one post's value."""
    return [points for one in wished for points in comfort_points(one, [offered])]


def _comfortable(wished: Any) -> Profile:
    shifts, days_off, forms, insurance = wished
    return replace(
        NOBODY,
        shifts=_shifts(shifts),
        days_off_per_month=days_off,
        employment_forms=None if forms is None else frozenset(map(EmploymentForm, forms)),
        wants_insurance=insurance,
    )


def _part(place: int, person: Profile, part: Any, known: dict[tuple[int, Any], int | None]) -> int | None:
    """The percent of one part; each value of a part is asked for once."""
    if (place, part) not in known:
        name, kind, ask = _PARTS[place]
        known[place, part] = ask(person, replace(NOTHING, **{name: _term(kind, part)}))
    return known[place, part]
