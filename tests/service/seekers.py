"""Job seekers of a node in tests of matching: invented persons whose profiles a seed makes."""

from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from app.kernel.actor import Actor
from app.people.citizen_id import check_character
from app.people.models import JobSeeker
from app.people.schemas import SeekerIn, SeekerPatch
from app.people.service import change_seeker, register_seeker
from tests.service.market import Market, regions, taxonomy

STREETS = ("440104003", "440104001", "440106003", "440105001")
WORKS = ("cleaner", "cook", "security-guard", "cashier", "electrician")


def citizen_id(birth: str, number: int, area: str = "990104") -> str:
    """A number with a valid check character; odd is a man's. No province begins with 99: it can belong to nobody."""
    front = f"{area}{birth}{number:03d}"
    return front + check_character(front)


def profile(rnd: Random) -> dict[str, Any]:
    """What somebody may have answered at the counter."""
    wished = rnd.sample(WORKS, rnd.choice((1, 1, 2, 3)))
    asked = rnd.random
    return {
        "wishes": [{"occupation": one} for one in wished],
        "places": rnd.sample(STREETS, rnd.choice((0, 1, 2))),
        "home": rnd.choice(STREETS),
        "experience": [{"occupation": wished[0], "years": rnd.choice((0.5, 2, 5))}] if asked() < 0.7 else None,
        "education": rnd.choice((None, "junior", "college")),
        "pay": {"min_fen": rnd.randrange(300_000, 600_000, 10_000), "period": "month"} if asked() < 0.8 else None,
        "refusals": rnd.choice((None, [], ["night_shift"])),
        "lodging_needed": rnd.choice((None, False, True)),
        "hours": rnd.choice((None, "full", "part", "any")),
    }


def register(market: Market, number: int, actor: Actor | None = None, **values: Any) -> JobSeeker:
    """`register_in` in a transaction of its own."""
    with market.database.write() as session:
        return register_in(session, market, number, actor, **values)


def register_in(
    session: Session, market: Market, number: int, actor: Actor | None = None, birth: str = "", **values: Any
) -> JobSeeker:
    """Person `number`: born on a day that the number gives, with a profile that it gives, but for `values`."""
    born = birth or f"{1962 + number % 45}{number % 12 + 1:02d}{number % 28 + 1:02d}"
    person = {
        "citizen_id": citizen_id(born, number % 1000),
        "name": "示例",
        "phone": f"154{number:08d}",
        "address": "示例路 1 号",
    }
    entered = SeekerIn.model_validate({**person, **profile(Random(number)), **values})
    return register_seeker(session, actor or market.officer, market.clock, regions(), taxonomy(), entered)


def change_in(session: Session, market: Market, seeker: JobSeeker, **values: Any) -> JobSeeker:
    """Change what is named of a person of the officer's office."""
    changes = SeekerPatch.model_validate(values)
    return change_seeker(
        session, market.officer, market.clock, regions(), taxonomy(), seeker.id, seeker.version, changes
    )


def open_posts(market: Market, count: int) -> list[str]:
    """The ids of some open listings, as unlike as a seed makes them."""
    rnd = Random(count)
    return [
        market.open(
            title="示例岗位",
            occupation=rnd.choice(WORKS),
            place={"region": rnd.choice(STREETS), "stated": ""},
            pay={"basis": "range", "period": "month", "min_fen": (low := rnd.randrange(320_000, 600_000, 10_000)),
                 "max_fen": low + 100_000},
            seats=rnd.choice((1, 2, 5)),
            shift=rnd.choice((None, "day", "night")),
            valid_until=(market.clock.today() + timedelta(days=30)).isoformat(),
        ).id
        for _ in range(count)
    ]  # fmt: skip
