"""The employers of the sample: registered in an office's street, at work there or somewhere else in the city. Pure."""

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from app.cli.sample import numbers
from app.cli.sample.templates import EmployerSeed, Place, employer_seeds, places

MARK = "（虚构）"
CONTACT_NUMBERS_FROM = 9000  # people have the mobile numbers below
_INDUSTRY = {  # GB/T 4754
    "property": "K70", "cleaning": "O82", "guard": "L72", "restaurant": "H62", "hotel": "H61", "retail": "F52",
    "logistics": "G59", "transport": "G54", "factory": "C33", "garment": "C18", "household": "O80", "care": "Q85",
    "health": "Q84", "construction": "E50", "repair": "O81", "office": "L72", "ecommerce": "F52", "education": "P83",
    "beauty": "O80", "leisure": "R89",
}  # fmt: skip
WORKS = frozenset({"factory", "garment", "logistics"})  # at work in industrial streets, registered in town


@dataclass(frozen=True)
class SampleEmployer:
    """An employer at one office. `site` is where its people usually work; `body` is that of `POST /v1/employers`."""

    office: str
    trade: str
    site: Place
    uscc: str
    body: dict[str, Any]


def make_employers(random: Random, regions: list[str], today: date) -> list[SampleEmployer]:
    """All employers, dealt out over the offices in `regions` one by one, so that each gets some of most trades."""
    return [
        _employer(random, number, seed, regions[number % len(regions)], today)
        for number, seed in enumerate(employer_seeds())
    ]


def _employer(random: Random, number: int, seed: EmployerSeed, office: str, today: date) -> SampleEmployer:
    home = next(place for place in places() if place.region == office)
    uscc = numbers.credit_code(number + 1, seed.form)
    body = {
        "name": seed.name + MARK,
        "uscc": uscc,
        "industry": _INDUSTRY[seed.trade],
        "region_code": office,
        "address": f"{random.choice(home.roads)}（虚构地址）",
        "contact_name": "招聘联系人（虚构）",
        "contact_phone": numbers.mobile(CONTACT_NUMBERS_FROM + number),
        "licence_seen_on": today.isoformat(),
        "agent_identity_seen_on": today.isoformat(),
        "mandate_seen_on": today.isoformat(),
    }
    return SampleEmployer(office, seed.trade, _site(random, seed, home), uscc, body)


def _site(random: Random, seed: EmployerSeed, home: Place) -> Place:
    if seed.trade in WORKS:
        return random.choice([p for p in places() if p.kind == "works"])
    if seed.form == "shop":
        return home
    district = home.region[:6]
    town = [p for p in places() if p.kind == "town"]
    near = [p for p in town if p.region.startswith(district)]
    far = [p for p in town if not p.region.startswith(district)]
    return random.choices([home, random.choice(near), random.choice(far)], weights=[40, 40, 20])[0]
