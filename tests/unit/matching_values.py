"""Values for the matching tests: a table of concepts small enough to see every number, and builders of pairs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from app.matching.judging import Judgement
from app.matching.profile import KnownListing, Pay, Profile, Wish
from app.matching.rank import judge
from app.regions.shipped import load_shipped
from app.regions.tree import Regions
from app.taxonomy.terms import CertificateKind, PayBasis, PayPeriod, Refusal

TODAY = date(2026, 11, 23)
OPENED = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)

YUEXIU, TIANHE, HAIZHU, ZENGCHENG, CITY = "440104", "440106", "440105", "440118", "440100"
BEIJING_STREET, HONGQIAO, A_COMMUNITY = "440104003", "440104001", "440104003104"


@dataclass(frozen=True)
class Occupation:
    zh: str
    en: str
    aliases: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    traits: frozenset[Refusal] = frozenset()
    min_age: int = 16


@dataclass(frozen=True)
class Skill:
    zh: str
    en: str
    generic: bool = False


@dataclass(frozen=True)
class Certificate:
    zh: str
    en: str
    obtainable_days: int | None = None
    kind: CertificateKind = CertificateKind.ACCESS
    covers: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Table:
    """Concepts and how near they are: what the taxonomy gives, with chosen numbers."""

    occupations: Mapping[str, Occupation]
    skills: Mapping[str, Skill]
    certificates: Mapping[str, Certificate]
    near: Mapping[tuple[str, str], int] = field(default_factory=dict)
    alike: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def proximity(self, wish: str, post: str, /) -> int:
        return 100 if wish == post else self.near.get((wish, post), 0)

    def akin_occupations(self, occupation: str, /) -> Collection[str]:
        return self.occupations

    def akin_skills(self, skill: str, /) -> Collection[str]:
        return self.skills

    def skill_similarity(self, a: str, b: str, /) -> int:
        return 100 if a == b else self.alike.get((a, b), self.alike.get((b, a), 0))

    def covers(self, held: str, required: str, /) -> bool:
        return held == required or required in self.certificates[held].covers

    def resolve_occupation_text(self, text: str, /) -> str | None:
        return next((id_ for id_, one in self.occupations.items() if text in (one.zh, one.en, *one.aliases)), None)

    def resolve_skill_text(self, text: str, /) -> str | None:
        return next((id_ for id_, one in self.skills.items() if text in (one.zh, one.en)), None)


TABLE = Table(
    occupations={
        "cleaner": Occupation("保洁员", "cleaner", ("保洁",), ("mopping", "window-cleaning")),
        "housekeeper": Occupation("家政服务员", "housekeeper"),
        "room-attendant": Occupation("客房服务员", "room attendant"),
        "general-worker": Occupation("普工", "general worker"),
        "cnc-operator": Occupation("数控操作工", "CNC operator", ("CNC",), ("turning",)),
        "cashier": Occupation("收银员", "cashier"),
        "welder": Occupation("焊工", "welder", certificates=("welding-permit",), traits=frozenset({Refusal.HEIGHTS})),
        "guard": Occupation("保安员", "security guard", traits=frozenset({Refusal.NIGHT_SHIFT}), min_age=18),
        "driver": Occupation("货车司机", "lorry driver", certificates=("driving-b2",)),
        "cook": Occupation("厨师", "cook", certificates=("health-certificate",)),
    },
    skills={
        "mopping": Skill("拖地", "mopping"),
        "window-cleaning": Skill("擦玻璃", "window cleaning"),
        "turning": Skill("普车", "turning"),
        "lathe": Skill("车工", "lathe work"),
        "milling": Skill("铣床", "milling"),
        "welding": Skill("焊接", "welding"),
        "spreadsheets": Skill("表格软件", "spreadsheets", generic=True),
    },
    certificates={
        "driving-a1": Certificate(
            "A1驾驶证",
            "driving licence A1",
            kind=CertificateKind.DRIVING,
            covers=frozenset({"driving-b2", "driving-c1"}),
        ),
        "driving-b2": Certificate(
            "B2驾驶证", "driving licence B2", kind=CertificateKind.DRIVING, covers=frozenset({"driving-c1"})
        ),
        "driving-c1": Certificate("C1驾驶证", "driving licence C1", kind=CertificateKind.DRIVING),
        "health-certificate": Certificate("健康证", "health certificate", obtainable_days=7),
        "welding-permit": Certificate("焊工操作证", "welding permit"),
    },
    near={
        ("cleaner", "housekeeper"): 70,
        ("housekeeper", "cleaner"): 70,
        ("cleaner", "room-attendant"): 60,
        ("room-attendant", "cleaner"): 60,
        ("general-worker", "cnc-operator"): 100,
        ("cnc-operator", "general-worker"): 70,
    },
    alike={
        ("lathe", "turning"): 84,
        ("milling", "turning"): 60,
        ("welding", "turning"): 59,
        ("window-cleaning", "mopping"): 75,
    },
)


@cache
def places() -> Regions:
    """The shipped divisions of Guangzhou."""
    return load_shipped()


def pay(min_fen: int | None = 450_000, **changes: Any) -> Pay:
    return Pay(**{"basis": PayBasis.RANGE, "period": PayPeriod.MONTH, "min_fen": min_fen, **changes})


def post(**changes: Any) -> KnownListing:
    """An ordinary open post for a cleaner in 北京街道; `changes` replace fields."""
    fields: dict[str, Any] = {
        "id": "019aae6c-5a00-7000-8000-000000000001",
        "origin": "gz-yuexiu-beijing",
        "received_at": OPENED,
        "title": "保洁员",
        "region": BEIJING_STREET,
        "pay": pay(),
        "opened_at": OPENED,
        "valid_until": date(2026, 12, 31),
        "occupation": "cleaner",
        "employer_verified": True,
        "hours_per_week": 40,
    }
    return KnownListing(**{**fields, **changes})


def person(**changes: Any) -> Profile:
    """Somebody who wishes to clean, of whom nothing else is known; `changes` replace fields."""
    return Profile(**{"wishes": (Wish("cleaner"),), **changes})


def judged(profile: Profile, listing: KnownListing) -> Judgement:
    return judge(profile, listing, TABLE, places(), TODAY)
