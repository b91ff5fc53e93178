"""How long a search of listings takes on SQLite: understanding, finding, putting in order, reading a page of 50.

Each size is a fresh database of made-up listings: occupations, skills and divisions of the shipped tables, titles as
people write them. Every kind of query is asked for in several words; p50 and p95 in milliseconds of processor time
(the clock would also count what else the machine does), and how many were found. A plain LIKE over the rows, which
finds nothing but the words as they stand, is the measure beside it.

    python tests/bench/listing_search.py [--sizes 10000 100000] [--rounds 3]
"""

import argparse
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a script, from anywhere

from app.kernel import migrate
from app.kernel.db import Database
from app.regions.shipped import load_shipped as load_regions
from app.regions.tier import Tier
from app.regions.tree import Regions
from app.taxonomy.shipped import load_shipped as load_taxonomy
from app.taxonomy.tables import Taxonomy
from app.vacancies.content import VacancyContent
from app.vacancies.models import Listing
from app.vacancies.search.plain_words import listing_text
from app.vacancies.search.service import find
from app.vacancies.search.wanted import Search

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
AROUND = ("", "", "", "（夜班）", "急招", "包吃住", "双休")
QUERIES: dict[str, Sequence[Search]] = {
    "occupation, as it is called": [Search(q) for q in ("保洁", "电工", "收银员", "烧焊", "叉车司机", "家政服务员")],
    "occupation, typed otherwise": [Search(q) for q in ("宝洁员", "baojie", "电汉工", "dhg", "保潔員", "叉车司几")],
    "place and occupation": [Search(q) for q in ("天河保洁", "越秀 电工", "珠江新城收银员", "番禺保安", "白云叉车")],
    "place, occupation and a word": [Search(q) for q in ("珠江新城电工夜班", "越秀区保安 包住", "天河兼职收银员")],
    "part of a name": [Search(q) for q in ("晨光", "远山物业", "中山五路", "100%")],
    "place alone": [Search(q) for q in ("越秀区", "五山", "广州")],
    "nothing found, offers counted": [Search(q) for q in ("五山 电焊工 飞行员", "飞行员", "越秀保安 某某集团")],
    "filters without words": [Search("", "440104"), Search("", "440100"), Search("", "440106", False, "cleaner")],
    "everything": [Search()],
}


def rows(count: int, regions: Regions, taxonomy: Taxonomy) -> Iterator[dict[str, Any]]:
    """`count` listings as the applier would write them."""
    rnd = random.Random(20261123)
    streets = [code for code, region in regions.by_code.items() if region.tier is Tier.STREET]
    occupations = [one for one in taxonomy.occupations.values() if one.aliases]
    for number in range(count):
        occupation, street = rnd.choice(occupations), rnd.choice(streets)
        name = "".join(rnd.choice("晨光远山和兴天汇利达恒新") for _ in range(4))
        content = VacancyContent.model_validate(
            {
                "title": rnd.choice([occupation.zh, *occupation.aliases]) + rnd.choice(AROUND),
                "occupation": occupation.id,
                "place": {"region": street, "stated": f"{rnd.choice(['中山五路', '体育西路', ''])}"},
                "duties": "按班组安排完成日常工作，保持现场整洁，遵守安全规程。" * 4,
                "requirements": "不限",
                "skills": [{"skill": skill, "stated": ""} for skill in occupation.skills[:3]],
                "shift": rnd.choice(["day", "night", "rotating", None]),
                "pay": {"basis": "range", "min_fen": 400_000, "max_fen": 600_000},
            }
        )
        employer = f"虚构示例·{name}{rnd.choice(['物业', '餐饮', '电子', '物流'])}有限公司"
        opened_at = NOW - timedelta(minutes=rnd.randrange(60 * 24 * 90))
        yield {
            "origin": f"street-{street}",
            "rid": f"019aae6c-5a00-7000-8000-{number:012d}",
            "status": "open",
            "occupation": occupation.id,
            "region_code": street,
            "opened_at": opened_at,
            "updated_at": opened_at,
            "received_at": opened_at,
            "expires_at": NOW + timedelta(days=30),
            "search_text": listing_text(content, employer, taxonomy),
            "body": {**content.model_dump(mode="json"), "employer": {"name": employer}},
        }


def measured(database: Database, searches: Sequence[Search], rounds: int) -> tuple[list[float], list[int]]:
    """Milliseconds of processor time of every search, and how many each found."""
    regions, taxonomy = load_regions(), load_taxonomy()
    taken, found = [], []
    for _ in range(rounds):
        for search in searches:
            with database.read() as session:
                begun = time.thread_time()
                found.append(find(session, NOW, regions, taxonomy, search, None, 50).total)
                taken.append(1000 * (time.thread_time() - begun))
    return taken, found


def plain(database: Database, rounds: int) -> list[float]:
    """Milliseconds of counting by LIKE in the rows, and of reading the newest fifty."""
    taken = []
    like = "FROM listing NOT INDEXED WHERE status = 'open' AND search_text LIKE :pattern"
    for word in ["保洁", "电工", "晨光"] * rounds:
        with database.read() as session:
            begun = time.thread_time()
            session.execute(text(f"SELECT count(*) {like}"), {"pattern": f"%{word}%"}).all()
            page = text(f"SELECT body {like} ORDER BY opened_at DESC LIMIT 50")
            session.execute(page, {"pattern": f"%{word}%"}).all()
            taken.append(1000 * (time.thread_time() - begun))
    return taken


def percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}")
    for size in wanted.sizes:
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
            migrate.upgrade(database)
            with database.write() as session:
                batch = list(rows(size, load_regions(), load_taxonomy()))
                session.execute(insert(Listing), batch)
                session.execute(text("ANALYZE"))
            print(f"\n{size} listings                        p50 ms   p95 ms   found (median)")
            everything: list[float] = []
            measured(database, [one for kind in QUERIES.values() for one in kind][:12], 1)  # warm
            for kind, searches in QUERIES.items():
                taken, found = measured(database, searches, wanted.rounds)
                everything += taken
                numbers = f"{statistics.median(taken):9.1f}{percentile(taken, 95):9.1f}{statistics.median(found):12.0f}"
                print(f"{kind:<34}{numbers}")
            print(f"{'all':<34}{statistics.median(everything):9.1f}{percentile(everything, 95):9.1f}")
            print(f"{'a plain LIKE over the rows':<34}{statistics.median(plain(database, wanted.rounds)):9.1f}")
            database.dispose()


if __name__ == "__main__":
    main()
