"""One job seeker of the sample: what a clerk has written down at the counter, and what nobody asked. Pure."""

from datetime import date, timedelta
from random import Random
from typing import Any, TypeVar

from app.cli.sample import numbers
from app.cli.sample.templates import Place, Post, posts, words
from app.taxonomy.tables import Taxonomy

T = TypeVar("T")
_COUNTED_FROM = date(2026, 6, 1)  # fixed, so that people are born on the same day whenever the sample is loaded
_AGES = ([(16, 17), (18, 24), (25, 34), (35, 44), (45, 54), (55, 60)], [1, 16, 22, 25, 25, 11])
_REFUSALS = ("night_shift", "rotating_shift", "sales", "outdoor", "heights", "heavy_lifting", "overtime",
             "business_travel", "alcohol", "commission_only")  # fmt: skip
_SCHOOLS = (["primary", "junior", "senior", "vocational", "college", "bachelor"], [8, 34, 18, 18, 14, 8])
_STEP_YUAN = {"month": 100, "day": 10, "hour": 0.5}


def make_seeker(random: Random, taxonomy: Taxonomy, number: int, home: Place, today: date) -> dict[str, Any]:
    """The body of `POST /v1/seekers` for sample person `number`, who lives in `home`."""
    age = random.randint(*random.choices(*_AGES)[0])
    birth_on = _COUNTED_FROM - timedelta(days=age * 365 + age // 4 + random.randint(1, 364))
    wished = _wished(random, taxonomy, age)
    first = wished[0]
    part_time = first.form == "part_time"
    return {
        "citizen_id": numbers.citizen_id(number, birth_on),
        "name": _name(number),
        "phone": numbers.mobile(number),
        "address": f"{home.name}{random.choice(home.roads)}（虚构地址）",
        "valid_days": random.choice([60, 90, 90, 180]),
        "wishes": _wishes(random, wished),
        "places": _places(random, home),
        "home": home.region,
        "skills": _asked(random, 0.55, _skills(random, first)),
        "experience": _asked(random, 0.8, _experience(random, first, age)),
        "certificates": _asked(random, 0.7, _certificates(random, taxonomy, first, age)),
        "education": _asked(random, 0.9, _education(random, first)),
        "pay": _asked(random, 0.8, _pay(random, first)),
        "shifts": _asked(random, 0.75, _shifts(random, first)),
        "hours": "part" if part_time else random.choice(["full", "full", "full", "any", None]),
        "max_hours_per_week": random.choice([20, 24, None]) if part_time else random.choice([None, None, None, 44, 48]),
        "lodging_needed": random.choices([None, False, True], weights=[40, 42, 18])[0],
        "refusals": _asked(random, 0.6, _refusals(random, taxonomy, wished)),
        "target_groups": _target_groups(random, age),
        "days_off_per_month": random.choice([None, None, 4, 4, 8]),
        "wants_insurance": random.choice([None, None, True, True, False]),
        "employment_forms": random.choice([None, None, None, None, sorted({"full_time", first.form})]),
        "available_from": _asked(random, 0.3, (today + timedelta(days=random.randint(1, 30))).isoformat()),
    }


def _asked(random: Random, likely: float, answer: T) -> T | None:
    """The answer if the question was asked; None says that nobody did."""
    return answer if random.random() < likely else None


def _name(number: int) -> str:
    """A surname and one of the 24 solar terms: plainly invented, and no two alike for the first 864."""
    surnames, given = words("surname"), words("given")
    return surnames[number % len(surnames)] + given[(number + number // len(surnames)) % len(given)]


def _wished(random: Random, taxonomy: Taxonomy, age: int) -> list[Post]:
    """One to three kinds of post, the later ones of the first one's trade; nobody wishes for what the law forbids."""
    open_to = [p for p in posts() if taxonomy.occupation(p.occupation).min_age <= age]
    first = random.choices(open_to, weights=[p.posts for p in open_to])[0]
    near = [p for p in open_to if set(p.trades) & set(first.trades) and p.occupation != first.occupation]
    more = random.choices([0, 1, 2], weights=[50, 35, 15])[0]
    wished = [first]
    for post in random.sample(near, min(len(near), more)):
        if post.occupation not in {w.occupation for w in wished}:
            wished.append(post)
    return wished


def _wishes(random: Random, wished: list[Post]) -> list[dict[str, Any]]:
    wishes: list[dict[str, Any]] = [{"occupation": p.occupation, "stated": p.titles[0]} for p in wished]
    if len(wishes) < 3 and random.random() < 0.12:
        wishes.append({"occupation": None, "stated": random.choice(words("stated_wish"))})
    return wishes


def _places(random: Random, home: Place) -> list[str]:
    district = home.region[:6]
    wished = random.choice([[], [home.region], [home.region, district], [district], [district], [district, "440106"]])
    return list(dict.fromkeys(wished))  # a home may be known by its district alone


def _skills(random: Random, first: Post) -> list[dict[str, Any]]:
    known = [{"skill": s, "stated": ""} for s in first.skills if random.random() < 0.8]
    stated = random.sample(words("stated_skill"), random.choice([0, 0, 1, 1, 2]))
    return [*known, *({"skill": None, "stated": s} for s in stated)]


def _experience(random: Random, first: Post, age: int) -> list[dict[str, Any]]:
    worked = min(age - 18, 15)
    if worked < 1 or random.random() < 0.2:
        return []
    years = round(random.uniform(0.5, worked), 1)
    return [{"occupation": first.occupation, "stated": "", "years": years}]


def _certificates(random: Random, taxonomy: Taxonomy, first: Post, age: int) -> list[str]:
    """Most who wish for licensed work hold the licence; no minor does."""
    if age < 18:
        return []
    held = {c for c, need in first.certificates if random.random() < (0.85 if need == "must" else 0.4)}
    if random.random() < 0.15 and "driving-c1" in taxonomy.certificates:
        held.add("driving-c1")
    return sorted(held)


def _education(random: Random, first: Post) -> str:
    if first.education in {"college", "vocational"} and random.random() < 0.85:
        return random.choice([first.education, first.education, "college", "bachelor"])
    return random.choices(*_SCHOOLS)[0]


def _pay(random: Random, first: Post) -> dict[str, Any]:
    step = _STEP_YUAN[first.period]
    basis = first.low * 0.75 if first.pay_stated else first.low
    least = round(basis * random.uniform(0.9, 1.12) / step) * step
    return {"min_fen": round(least * 100), "period": first.period}


def _shifts(random: Random, first: Post) -> dict[str, str]:
    """The shifts usual in the work are at least tolerated by most; day work everybody likes."""
    taken = {shift: random.choice(["preferred", "tolerated"]) for shift in first.shifts if random.random() < 0.8}
    return {**taken, "day": "preferred"}


def _refusals(random: Random, taxonomy: Taxonomy, wished: list[Post]) -> list[str]:
    entailed = {str(trait) for p in wished for trait in taxonomy.occupation(p.occupation).traits}
    if any(p.shifts == ("night",) for p in wished):
        entailed.add("night_shift")
    possible = [r for r in _REFUSALS if r not in entailed]
    return sorted(random.sample(possible, random.choice([0, 1, 1, 2, 3])))


def _target_groups(random: Random, age: int) -> list[str]:
    likely = {"public_welfare": 0.2 if age >= 50 else 0.03, "veteran": 0.04, "graduate": 0.25 if 21 <= age <= 24 else 0}
    return [group for group, chance in likely.items() if random.random() < chance]
