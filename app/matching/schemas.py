"""What a match looks like in JSON: points, reasons in Chinese and English, and what is not shown with its reason.

Nothing personal stands here except a masked name in `PersonMatchOut`; both languages travel, so that a screen can
switch without asking again.
"""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.kernel.types import Day, Line, Personal, StrictModel
from app.lookup.understood import Understood
from app.matching import examples
from app.matching.conditions import Name, Status
from app.people.profile import ProfileFields
from app.taxonomy.terms import PayBasis, PayPeriod

_SAID: dict[str, Any] = {"zh": "希望做保洁员，该岗位就是保洁员。", "en": "Wants cleaner; the post is cleaner."}


class SaidOut(StrictModel):
    """One sentence in both languages."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_SAID]})

    zh: str
    en: str


class FactorOut(StrictModel):
    """One factor: points out of those it can have, and why."""

    model_config = ConfigDict(from_attributes=True)

    factor: str = Field(description="occupation, experience, skills, place, pay or conditions.")
    points: int
    of: int
    said: SaidOut


class SkillOut(StrictModel):
    """One skill that the post lists, and the person's best answer."""

    model_config = ConfigDict(from_attributes=True)

    listed: SaidOut
    claim: SaidOut | None = Field(description="The person's skill that answers; null where none does.")
    similarity: int = Field(description="0 to 100.")
    must: bool
    generic: bool = Field(description="Counts a quarter.")
    inferred: bool = Field(description="Inferred from experience, not stated.")
    said: SaidOut


class ConditionOut(StrictModel):
    """One hard condition. Only `failed` keeps a pair out of the list; `unknown` is to be asked."""

    model_config = ConfigDict(from_attributes=True)

    name: Name
    status: Status
    subject: str = Field(description="The code it is about: a certificate, a refusal, a shift …; else empty.")
    said: SaidOut
    change: SaidOut | None = Field(description="What would change it, where it failed or is obtainable.")


class JudgementOut(StrictModel):
    """The judgement of one pair with its explanation."""

    score: int = Field(description="0 to 10,000, by the score table of the answer.")
    factors: list[FactorOut]
    skills: list[SkillOut]
    conditions: list[ConditionOut]
    failed: list[Name] = Field(description="Names of the failed conditions; empty for what is shown.")
    would_change: list[SaidOut]
    inferred: list[SaidOut] = Field(description="What was concluded rather than stated.")
    unknown: list[SaidOut] = Field(description="What is to be asked.")


class PayOut(StrictModel):
    """What the post says of pay, as stated."""

    basis: PayBasis
    period: PayPeriod
    min_fen: int | None
    max_fen: int | None
    stated: str


class MatchedListing(StrictModel):
    """The listing in short; the whole of it is at `/v1/listings`."""

    id: str
    origin: str = Field(description="The node that owns it.")
    title: str
    employer: str
    occupation: str | None
    region: str
    region_name: str
    place_stated: str
    pay: PayOut
    seats: int
    referred: int
    opened_at: datetime
    valid_until: date
    received_at: datetime


class MatchOut(JudgementOut):
    """A listing judged for a person."""

    listing: MatchedListing


class MatchedPerson(StrictModel):
    """The person, masked."""

    id: str
    name: Annotated[str, Personal()]


class PersonMatchOut(JudgementOut):
    """A person judged for a listing."""

    person: MatchedPerson


class MatchesOut(StrictModel):
    """The listings that this node knows, judged for one profile."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.MATCHES]})

    score_table: str = Field(description="Version of the published score table.", examples=["2026.1"])
    considered: int = Field(description="All listings that this node knows; every one was judged.")
    total: int = Field(description="How many suit, however many are shown here.")
    items: list[MatchOut] = Field(description="What suits, best first.")
    other_nearby_total: int
    other_nearby: list[MatchOut] = Field(description="Other nearby work 其他附近工作: no wished occupation.")
    why_not_total: int
    why_not: list[MatchOut] = Field(description="Kept out by a failed condition, nearest misses first.")
    not_considered: list[SaidOut] = Field(description="What never counts.")
    understood: list[Understood] = Field(
        description="The profile's words with what was understood, to be confirmed; send the code to correct it."
    )


class PeopleMatchesOut(StrictModel):
    """The persons of your office, judged for one vacancy."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PEOPLE_MATCHES]})

    score_table: str = Field(description="Version of the published score table.", examples=["2026.1"])
    considered: int = Field(description="All persons with an active registration at your office.")
    total: int = Field(description="How many suit, however many are shown here.")
    items: list[PersonMatchOut] = Field(description="Who suits, best first.")
    other_nearby_total: int
    other_nearby: list[PersonMatchOut] = Field(description="Persons who wish other work.")
    why_not_total: int
    why_not: list[PersonMatchOut] = Field(description="Kept out by a failed condition, nearest misses first.")
    not_considered: list[SaidOut] = Field(description="What never counts.")


class MatchIn(ProfileFields):
    """A profile to match. Nothing of it is stored. Every field that is absent or null means: not asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "wishes": [{"occupation": "cleaner"}, {"stated": "烧焊"}],
                    "places": ["440104003", "珠江新城"],
                    "pay": {"min_fen": 350000, "period": "month"},
                    "shifts": {"day": "preferred"},
                    "refusals": ["night_shift"],
                    "experience": [{"occupation": "cleaner", "years": 2}],
                }
            ]
        }
    )

    birth_on: Day | None = Field(default=None, description="Only for the age limits of the law.")


class BoardOut(StrictModel):
    """What lodging and meals are counted as, in one area from a day on."""

    model_config = ConfigDict(from_attributes=True)

    area: str
    since: date
    lodging_fen: int
    meals_fen: int
    source: str


class ScoreTableOut(StrictModel):
    """The published score table: points per factor, percentages and bounds."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.SCORE_TABLE]})

    version: Line
    points: dict[str, int] = Field(description="Points of each factor; 10,000 in all.")
    numbers: dict[str, int | list[int]] = Field(description="Every other number, by its name.")
    board: list[BoardOut]
