"""One vacancy of the sample from its kind of post: pay, place, hours, conditions as a clerk enters them. Pure."""

from datetime import date, timedelta
from random import Random
from typing import Any

from app.cli.sample.employers import WORKS, SampleEmployer
from app.cli.sample.templates import Place, Post, places
from app.taxonomy.tables import Taxonomy

VACANCIES = 432
LISTS_SKILLS = 0.45  # of the posts that know skills at all: most counter vacancies list none
ALL_OVER_TOWN = frozenset({"property", "cleaning", "guard", "household", "care", "construction"})
_STEP_YUAN = {"month": 100, "day": 10, "hour": 0.5}
_SEATS = ([1, 2, 3, 5, 6, 8, 10, 15, 20], [30, 25, 14, 12, 6, 4, 4, 2, 3])
_NO_EXPERIENCE = ("无经验", "生熟手", "可培训", "学徒可")


def share_out(weights: list[int], total: int) -> list[int]:
    """`total` divided by `weights`, at least one each: largest remainders (Hamilton)."""
    spare = total - len(weights)
    exact = [weight * spare / sum(weights) for weight in weights]
    shares = [1 + int(part) for part in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (int(exact[i]) - exact[i], i))
    for i in by_remainder[: total - sum(shares)]:
        shares[i] += 1
    return shares


def make_vacancy(
    random: Random, taxonomy: Taxonomy, number: int, post: Post, employer: SampleEmployer, today: date
) -> dict[str, Any]:
    """The body of `POST /v1/vacancies` for sample vacancy `number`, without its employer."""
    months = random.choice(post.months)
    lists_skills = random.random() < LISTS_SKILLS
    return {
        "reference": f"SAMPLE-{number:04d}",
        "title": random.choice(post.titles),
        "occupation": post.occupation,
        "place": _place(random, employer),
        "seats": _seats(random, post),
        "duties": post.duties + "。",
        "requirements": _requirements(random, post, months),
        "skills": [{"skill": s, "need": "nice" if i else "must"} for i, s in enumerate(post.skills)] * lists_skills,
        "education": _education(random, post),
        "education_must": post.education_must,
        "experience_months": months,
        "experience_must": months >= 24 and random.random() < 0.3,
        "certificates": [{"certificate": c, "need": need} for c, need in post.certificates],
        "pay": _pay(random, post),
        "shift": random.choice(post.shifts),
        "hours_per_week": random.choice(post.hours),
        "days_off_per_month": random.choice(post.days_off),
        "employment_form": post.form,
        "lodging": _offered(random, post.lodging),
        "meals": _offered(random, post.meals),
        "insurance": _insurance(random, post.form),
        "reserved_for": post.reserved_for,
        "adults_only": taxonomy.occupation(post.occupation).min_age >= 18,
        "valid_until": (today + timedelta(days=random.randint(30, 90))).isoformat(),
    }


def _place(random: Random, employer: SampleEmployer) -> dict[str, Any]:
    place = employer.site
    if random.random() < (0.6 if employer.trade in ALL_OVER_TOWN else 0.15):
        place = _elsewhere(random, employer)
    if employer.trade == "household" and random.random() < 0.3:
        return {"region": place.region[:6], "stated": "区内上门，就近派单"}
    return {"region": place.region, "stated": f"{random.choice(place.roads)}附近"}


def _elsewhere(random: Random, employer: SampleEmployer) -> Place:
    if employer.trade in WORKS:
        return random.choice([p for p in places() if p.kind == "works"])
    district = employer.office[:6]
    near = [p for p in places() if p.kind == "town" and p.region.startswith(district)]
    far = [p for p in places() if p.kind == "town" and not p.region.startswith(district)]
    return random.choice(near if random.random() < 0.7 else far)


def _seats(random: Random, post: Post) -> int:
    if post.period == "month" and post.low >= 6500:
        return random.choice([1, 1, 2, 3])
    return random.choices(*_SEATS)[0]


def _requirements(random: Random, post: Post, months: int) -> str:
    fitting = [w for w in post.requirements if not months or not any(said in w for said in _NO_EXPERIENCE)]
    return "；".join(random.sample(fitting, min(len(fitting), random.choice([1, 2, 2, 3])))) or "不限"


def _education(random: Random, post: Post) -> str | None:
    if not post.education or (not post.education_must and random.random() < 0.35):
        return None
    return post.education


def _pay(random: Random, post: Post) -> dict[str, Any]:
    """A guaranteed amount where the row has words for it (75 % of the low end), else a range; here and there 面议."""
    if post.period == "month" and post.low >= 6000 and random.random() < 0.06:
        return {"basis": "negotiable", "period": "month", "min_fen": None, "max_fen": None, "stated": "面议"}
    step = _STEP_YUAN[post.period]
    if post.pay_stated:
        least = round(post.low * 0.75 / step) * step
        words = post.pay_stated.format(min=f"{least:g}")
        return {"basis": "guaranteed", "period": post.period, "min_fen": _fen(least), "max_fen": None, "stated": words}
    span = post.high - post.low
    least = post.low + round(random.uniform(0, 0.45) * span / step) * step
    most = min(post.high, least + round(random.uniform(0.2, 0.5) * span / step) * step)
    return {"basis": "range", "period": post.period, "min_fen": _fen(least), "max_fen": _fen(most), "stated": ""}


def _fen(yuan: float) -> int:
    return round(yuan * 100)


def _offered(random: Random, percent: int) -> bool | None:
    """What is not offered is often just not mentioned."""
    if random.random() * 100 < percent:
        return True
    return None if random.random() < 0.3 else False


def _insurance(random: Random, form: str) -> bool | None:
    """An employer must insure its full-time staff; a notice that does not say so says nothing."""
    if form == "full_time":
        return True if random.random() < 0.7 else None
    return False if random.random() < 0.4 else None
