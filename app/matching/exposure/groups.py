"""The groups that a person belongs to: sex, age, and where the citizen id was issued. Pure.

Matching has none of this but the birth date, for the limits of the law; here it is used to see whether it is so.
"""

from datetime import date

from app.people.citizen_id import CitizenId
from app.people.rules import age_on

INSIDE, OUTSIDE = "inside the city", "outside the city"
SEXES = ("female", "male")
AGES = ("16-24", "25-34", "35-44", "45-54", "55 and over")
_AGE_FROM = (16, 25, 35, 45, 55)

# Every dimension with its groups, in the order in which they are shown.
DIMENSIONS: dict[str, tuple[str, ...]] = {"sex": SEXES, "age": AGES, "citizen id issued": (INSIDE, OUTSIDE)}


def groups_of(citizen_id: str, birth_on: date, city: str, today: date) -> dict[str, str]:
    """The group of a person in each of `DIMENSIONS`; `city` is the code of the node's city.

    The first four digits of a citizen id say where it was first issued. It stands for household registration as nearly
    as a node can know: it does not change when a household moves.
    """
    age = age_on(birth_on, today)
    return {
        "sex": CitizenId(citizen_id).sex,
        "age": AGES[max(sum(1 for least in _AGE_FROM if age >= least) - 1, 0)],
        "citizen id issued": INSIDE if citizen_id[:4] == city[:4] else OUTSIDE,
    }
