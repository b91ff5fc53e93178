"""The values that are compared: a person's profile and a known listing; and what is needed to compare them. Pure.

A profile has no name, sex, ethnicity, household registration or photo: what is not here cannot weigh. `None` means
that it was not asked (or, for a listing, not stated); an empty tuple or set means that it was asked and there is none.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from app.people.profile import Hours, Liking
from app.taxonomy.terms import (
    CertificateKind,
    EducationLevel,
    EmploymentForm,
    PayBasis,
    PayPeriod,
    Refusal,
    ReservedFor,
    Shift,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """A wished occupation: a concept, or the words that were said."""

    occupation: str | None = None
    stated: str = ""


@dataclass(frozen=True, slots=True)
class SkillClaim:
    """A skill that the person says to have: a concept, or the words that were said."""

    skill: str | None = None
    stated: str = ""


@dataclass(frozen=True, slots=True)
class Experience:
    """Months worked in one occupation."""

    occupation: str | None = None
    stated: str = ""
    months: int = 0


@dataclass(frozen=True, slots=True)
class PayWish:
    """The least pay that the person asks for, in fen a period."""

    min_fen: int
    period: PayPeriod


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as matching sees one. Wishes and places are ranked, best first, at most three each."""

    wishes: tuple[Wish, ...] = ()
    places: tuple[str, ...] = ()
    home: str | None = None
    skills: tuple[SkillClaim, ...] | None = None
    experience: tuple[Experience, ...] | None = None
    certificates: frozenset[str] | None = None
    education: EducationLevel | None = None
    birth_on: date | None = None
    pay: PayWish | None = None
    shifts: Mapping[Shift, Liking] | None = None
    hours: Hours | None = None
    max_hours_per_week: int | None = None
    lodging_needed: bool | None = None
    refusals: frozenset[Refusal] | None = None
    target_groups: frozenset[ReservedFor] | None = None
    days_off_per_month: int | None = None
    wants_insurance: bool | None = None
    employment_forms: frozenset[EmploymentForm] | None = None
    available_from: date | None = None

    @property
    def named_places(self) -> tuple[str, ...]:
        """The wished places and, last, home."""
        return self.places if self.home is None else (*self.places, self.home)


@dataclass(frozen=True, slots=True)
class ListedSkill:
    """A skill that a listing names, as a must or as nice to have."""

    skill: str | None = None
    stated: str = ""
    must: bool = False


@dataclass(frozen=True, slots=True)
class ListedCertificate:
    """A certificate that a listing names, as a must or as nice to have."""

    certificate: str
    must: bool = True


@dataclass(frozen=True, slots=True)
class Pay:
    """What a listing says of pay, in fen a period. `stated` keeps the words."""

    basis: PayBasis
    period: PayPeriod
    min_fen: int | None = None
    max_fen: int | None = None
    stated: str = ""


@dataclass(frozen=True, slots=True)
class KnownListing:
    """An open post that this node knows, its own or received."""

    id: str
    origin: str
    received_at: datetime
    title: str
    region: str
    pay: Pay
    opened_at: datetime
    valid_until: date
    occupation: str | None = None
    occupation_stated: str = ""
    employer_name: str = ""
    employer_uscc: str | None = None
    employer_verified: bool = False
    employer_sanctioned: bool = False
    place_stated: str = ""
    seats: int = 1
    referred: int = 0
    duties: str = ""
    requirements: str = ""
    skills: tuple[ListedSkill, ...] = ()
    education: EducationLevel | None = None
    education_must: bool = False
    experience_months: int = 0
    experience_must: bool = False
    certificates: tuple[ListedCertificate, ...] = ()
    shift: Shift | None = None
    hours_per_week: int | None = None
    days_off_per_month: int | None = None
    employment_form: EmploymentForm = EmploymentForm.FULL_TIME
    lodging: bool | None = None
    meals: bool | None = None
    insurance: bool | None = None
    reserved_for: ReservedFor | None = None
    adults_only: bool = False
    status: str = "open"


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A job seeker of this node as matching sees one: an id and a profile, never a name."""

    id: str
    profile: Profile


class Concept(Protocol):
    """What is asked of an occupation, a skill or a certificate alike: its names."""

    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


class OccupationConcept(Concept, Protocol):
    """What is asked of an occupation."""

    @property
    def aliases(self) -> Iterable[str]: ...
    @property
    def skills(self) -> Iterable[str]: ...
    @property
    def certificates(self) -> Iterable[str]: ...
    @property
    def traits(self) -> Iterable[Refusal]: ...
    @property
    def min_age(self) -> int: ...


class SkillConcept(Concept, Protocol):
    """What is asked of a skill."""

    @property
    def generic(self) -> bool: ...


class CertificateConcept(Concept, Protocol):
    """What is asked of a certificate. `obtainable_days` is None where it takes an examination or long training."""

    @property
    def kind(self) -> CertificateKind: ...
    @property
    def obtainable_days(self) -> int | None: ...


class Concepts(Protocol):
    """What is asked of the taxonomy. Two are never equal: what was worked out is kept by which it was."""

    def __hash__(self) -> int: ...

    @property
    def occupations(self) -> Mapping[str, OccupationConcept]: ...
    @property
    def skills(self) -> Mapping[str, SkillConcept]: ...
    @property
    def certificates(self) -> Mapping[str, CertificateConcept]: ...

    def proximity(self, wish: str, post: str, /) -> int:
        """How near the post's occupation is to the wished one, in percent: 100, 70, 60 or 0."""

    def akin_occupations(self, occupation: str, /) -> Collection[str]:
        """Every occupation whose proximity to this one, or from it, may be more than nothing, itself among them."""

    def akin_skills(self, skill: str, /) -> Collection[str]:
        """Every skill that may be alike to this one, itself among them."""

    def skill_similarity(self, a: str, b: str, /) -> int:
        """How alike two skills are, 0 to 100."""

    def covers(self, held: str, required: str, /) -> bool:
        """Whether by law the certificate `held` includes `required`."""

    def resolve_occupation_text(self, text: str, /) -> str | None:
        """The occupation with exactly this name or alias."""

    def resolve_skill_text(self, text: str, /) -> str | None:
        """The skill with exactly this name or alias."""


class Places(Protocol):
    """What is asked of the tree of divisions. Unknown codes give None, False and the code itself.

    Two are never equal, as with `Concepts`.
    """

    def __hash__(self) -> int: ...

    def city_of(self, code: str, /) -> str | None: ...
    def district_of(self, code: str, /) -> str | None: ...
    def street_of(self, code: str, /) -> str | None: ...
    def adjacent(self, a: str, b: str, /) -> bool: ...
    def name(self, code: str, /) -> str: ...
