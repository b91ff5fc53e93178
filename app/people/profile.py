"""What a person wants and can do, as it is entered and shown. The stored form is the one that matching reads.

Not asked is not the same as no: null means that nobody asked, an empty list that there is none. Codes are checked
against the tables in `codes.py`; here only shapes are.
"""

from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, model_validator

from app.kernel.problems import Unfit
from app.kernel.text import is_blank
from app.kernel.types import Code, Count, Day, Fen, Flag, RegionSaid, StrictModel, Words, Years
from app.people.rules import MAX_PLACES, MAX_WISHES, has_one_decimal, months_from_years, years_from_months
from app.taxonomy.terms import EducationLevel, EmploymentForm, PayPeriod, Refusal, ReservedFor, Shift

T = TypeVar("T")
MAX_PLACE_WORDS = 40  # a place by its name: an address has a field of its own, which is masked


class Hours(StrEnum):
    """Full-time, part-time, or either."""

    FULL = "full"
    PART = "part"
    ANY = "any"


class Liking(StrEnum):
    """How a shift is taken. A shift that is not named is not accepted."""

    PREFERRED = "preferred"
    TOLERATED = "tolerated"


def _each_once(items: list[T]) -> list[T]:
    if any(item in items[:place] for place, item in enumerate(items)):
        raise Unfit("同一项出现了两次", "the same value stands twice")
    return items


def _one_decimal(value: float) -> float:
    if not has_one_decimal(value):
        raise Unfit("最多一位小数，如 2.5", "at most one decimal, like 2.5")
    return value


def _bounds(least: int, most: int) -> Any:
    # Count's own bounds stay in the JSON schema unless they are overwritten there.
    return Field(ge=least, le=most, json_schema_extra={"minimum": least, "maximum": most})


YearsOfWork = Annotated[Years, AfterValidator(_one_decimal)]
PlaceSaid = Annotated[RegionSaid, Field(min_length=1, max_length=MAX_PLACE_WORDS)]  # a code, or words like 珠江新城
PlaceWords = Annotated[Words, Field(max_length=MAX_PLACE_WORDS)]
HoursPerWeek = Annotated[Count, _bounds(1, 84)]
DaysOff = Annotated[Count, _bounds(0, 31)]


class _Occupational(StrictModel):
    """An occupation by code, or the words the person used while no code fits."""

    occupation: Code | None = Field(default=None, description="Id of an occupation; null keeps the stated words alone.")
    stated: Words = Field(default="", description="The person's own words.")

    @model_validator(mode="after")
    def _says_something(self) -> "_Occupational":
        if self.occupation is None and is_blank(self.stated):
            raise Unfit("职业代码和原话须填一项", "either occupation or stated is needed")
        return self


class Wish(_Occupational):
    """A wished occupation 择业工种."""


class Experience(_Occupational):
    """Years worked in one occupation."""

    years: YearsOfWork = Field(description="Years, with at most one decimal.")


class SkillHeld(StrictModel):
    """A skill by code, or the words the person used."""

    skill: Code | None = Field(default=None, description="Id of a skill; null keeps the stated words alone.")
    stated: Words = Field(default="", description="The person's own words.")

    @model_validator(mode="after")
    def _says_something(self) -> "SkillHeld":
        if self.skill is None and is_blank(self.stated):
            raise Unfit("技能代码和原话须填一项", "either skill or stated is needed")
        return self


class PayWish(StrictModel):
    """The least pay that the person would take."""

    min_fen: Fen
    period: PayPeriod


class ProfileFields(StrictModel):
    """The part of a job seeker that matching reads. Every null means: not asked."""

    wishes: Annotated[list[Wish], Field(max_length=MAX_WISHES), AfterValidator(_each_once)] = Field(
        default=[], description="Wished occupations, the most wanted first."
    )
    places: Annotated[list[PlaceSaid], Field(max_length=MAX_PLACES), AfterValidator(_each_once)] = Field(
        default=[],
        description="Where the person would work, the most wanted first: codes of divisions, or words like 珠江新城, "
        "which become codes; unclear words are refused with the choices.",
    )
    places_stated: Annotated[list[PlaceWords], Field(max_length=MAX_PLACES)] = Field(
        default=[], description="The words for each of `places`, empty where a code was given."
    )
    home: PlaceSaid | None = Field(default=None, description="Where the person lives: a code, or words like `places`.")
    home_stated: PlaceWords = Field(default="", description="The words for `home`.")
    skills: Annotated[list[SkillHeld], Field(max_length=30), AfterValidator(_each_once)] | None = None
    experience: Annotated[list[Experience], Field(max_length=20)] | None = None
    certificates: Annotated[list[Code], Field(max_length=20), AfterValidator(_each_once)] | None = None
    education: EducationLevel | None = None
    pay: PayWish | None = None
    shifts: Annotated[dict[Shift, Liking], Field(min_length=1)] | None = Field(
        default=None, description="A shift that is not named is not accepted; null: not asked."
    )
    hours: Hours | None = None
    max_hours_per_week: HoursPerWeek | None = None
    lodging_needed: Flag | None = None
    refusals: Annotated[list[Refusal], AfterValidator(_each_once)] | None = Field(
        default=None, description="What the person will not do."
    )
    target_groups: Annotated[list[ReservedFor], AfterValidator(_each_once)] = Field(
        default=[], description="Groups for which posts may be reserved and to which the person belongs."
    )
    days_off_per_month: DaysOff | None = None
    wants_insurance: Flag | None = None
    employment_forms: Annotated[list[EmploymentForm], AfterValidator(_each_once)] | None = None
    available_from: Day | None = None

    @model_validator(mode="after")
    def _words_have_their_places(self) -> "ProfileFields":
        if self.places_stated and len(self.places_stated) != len(self.places):
            raise Unfit("places_stated 的项数须与 places 相同", "places_stated needs as many words as there are places")
        if self.home_stated and self.home is None:
            raise Unfit("填写 home_stated 时须填写 home", "home_stated needs home")
        return self


PROFILE_FIELDS = frozenset(ProfileFields.model_fields)


def stored(entered: dict[str, Any]) -> dict[str, Any]:
    """JSON-ready profile values as entered → as kept: years of experience become months. Other keys pass through."""
    kept = dict(entered)
    if kept.get("experience"):
        kept["experience"] = [
            {"occupation": line["occupation"], "stated": line["stated"], "months": months_from_years(line["years"])}
            for line in kept["experience"]
        ]
    return kept


def shown(kept: dict[str, Any]) -> dict[str, Any]:
    """The other way round: months become years with one decimal."""
    entered = dict(kept)
    if entered.get("experience"):
        entered["experience"] = [
            {"occupation": line["occupation"], "stated": line["stated"], "years": years_from_months(line["months"])}
            for line in entered["experience"]
        ]
    return entered
