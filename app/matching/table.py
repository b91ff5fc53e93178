"""The score table: every number that a result depends on, as data with a version. Pure.

Points are integers, 0 to 10,000 in all. A change of any number here is a new version: results carry it, and two
engines that name the same version must agree to the last point. No number of matching stands anywhere else.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Board:
    """What lodging and meals are worth a month, in fen, in one area (city or district code) from a day on."""

    area: str
    since: date
    lodging_fen: int
    meals_fen: int
    source: str


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Points per factor, and the percentages and bounds inside the factors."""

    version: str = "2026.1"

    occupation: int = 4000
    experience: int = 1000
    skills: int = 1500
    place: int = 2000
    pay: int = 1000
    conditions: int = 500

    # Relevance: no wished occupation and no listed, proven, particular skill → at most this, shown apart.
    other_work_at_most: int = 2500

    # Occupation. The percentages of proximity itself (100, 70, 60, 0) are the taxonomy's.
    wish_ranks: tuple[int, ...] = (100, 85, 75)
    words_alike_from: int = 85  # stated words without a concept: as alike as this …
    words_alike: int = 60  # … counts like the weakest reviewed kinship, the same small class
    words_equal: int = 100

    # Experience.
    experience_months_at_least: int = 24

    # Skills.
    skill_counts_from: int = 75
    skill_sibling_from: int = 60
    skill_sibling: int = 60
    skill_must_weight: int = 8  # must 2, nice 1, in quarters because a generic skill counts a quarter
    skill_nice_weight: int = 4
    skill_generic_divisor: int = 4
    skills_not_listed: int = 70  # percent of the occupation factor: the vacancy lists none
    skills_at_least: int = 50  # percent of the occupation factor: never below; also when the person lists none
    skill_implied_after_months: int = 12

    # Place.
    same_street: int = 100
    same_district: int = 85
    adjacent_district: int = 60
    same_city: int = 15
    city_wished: int = 60  # the person named the whole city: more than "somewhere else", less than a named district
    lodging_accepted: int = 75

    # Pay.
    pay_nothing_at: int = 70  # percent of the wish at which the points end
    pay_not_stated: int = 50
    hours_a_month: int = 174
    hours_a_week: int = 40
    part_time_below_hours: int = 35
    hundredths_of_days_a_month: int = 2175
    hundredths_of_days_six_day_week: int = 2600
    six_day_week_up_to_days_off: int = 4
    board: tuple[Board, ...] = (
        Board(
            area="440100",
            since=date(2026, 1, 1),
            lodging_fen=500_00,
            meals_fen=400_00,
            source="assumption of this table for a shared room and two meals a day; the city office may set its own",
        ),
    )

    # Conditions: the parts of the factor, in percent of it, and what each grade of a part is worth.
    part_shift: int = 40
    part_days_off: int = 20
    part_form: int = 20
    part_insurance: int = 20
    as_asked: int = 100
    tolerated: int = 60
    not_known: int = 50

    # Hard conditions.
    working_age: int = 16
    adult_age: int = 18
    weekly_hours_of_the_law: int = 44  # Labour Law 36: beyond it the week holds overtime

    # Order.
    band: int = 250

    @property
    def total(self) -> int:
        """The points of all factors together."""
        return self.occupation + self.experience + self.skills + self.place + self.pay + self.conditions


SCORE_TABLE = ScoreTable()
