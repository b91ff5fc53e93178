"""Which listings a search finds, and in which order: conditions and ranks as SQL. Every part of it must be answered.

The order, each deciding among equals of the one before: the words stand in the title, elsewhere in the listing, or
only what they mean does; the occupation is the one meant, below it, near it; the skill is asked for; the stated place
has the words; the latest opened; then by origin and id, so that pages never overlap.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from app.kernel.position import position
from app.regions.tree import Regions
from app.taxonomy.tables import SAME, SAME_GROUP, Taxonomy
from app.vacancies.listings import within
from app.vacancies.models import Listing
from app.vacancies.search.plain_words import condition_mark, skill_mark
from app.vacancies.search.wanted import Part, Wanted

Key = tuple[int, datetime, str, str]  # rank, opened_at, origin, rid


class Finder:
    """Searches in SQL, given what is near what."""

    def __init__(self, regions: Regions, taxonomy: Taxonomy) -> None:
        self._regions = regions
        self._taxonomy = taxonomy

    def condition(self, wanted: Wanted) -> ColumnElement[bool]:
        """That every part and both filters hold; true for a search of nothing."""
        conditions = [self._answers(part) for part in wanted.parts]
        if wanted.place is not None:
            conditions.append(self._in_place(wanted.place, adjacent=wanted.search.adjacent))
        if wanted.occupation is not None:
            least = SAME_GROUP if wanted.search.near else SAME
            conditions.append(Listing.occupation.in_(self._occupations(wanted.occupation, least)))
        return and_(true(), *conditions)

    def rank(self, wanted: Wanted) -> ColumnElement[int]:
        """The place in the order but for the date, small numbers first: title, occupation, skill, place by digits."""
        work = [part for part in wanted.parts if part.is_work]
        title: ColumnElement[int] = literal(0)
        if work:
            in_title = and_(*(_in_title(part) for part in work))
            title = case((in_title, 0), (and_(*(_in_text(part) for part in work)), 1), else_=2)
        return title * 1000 + self._occupation_rank(work) * 100 + _skill_rank(work) * 10 + _place_rank(wanted.parts)

    def _answers(self, part: Part) -> ColumnElement[bool]:
        ways = [_in_text(part)]
        if part.places:
            ways += [self._in_place(place, adjacent=False) for place in part.places]
        if part.occupations:
            near = {id_ for one in part.occupations for id_ in self._occupations(one, SAME_GROUP)}
            ways.append(Listing.occupation.in_(sorted(near)))
        ways += [position(Listing.search_text, skill_mark(skill)) > 0 for skill in part.skills]
        if part.condition is not None:
            ways.append(position(Listing.search_text, condition_mark(part.condition)) > 0)
        return or_(*ways)

    def _occupation_rank(self, work: Sequence[Part]) -> ColumnElement[int]:
        meant = {id_ for part in work for id_ in part.occupations}
        if not meant:
            return literal(0)
        below = {id_ for one in meant for id_ in self._occupations(one, SAME)}
        near = {id_ for one in meant for id_ in self._occupations(one, SAME_GROUP)}
        levels = (meant, below - meant, near - below)
        return case(*((Listing.occupation.in_(sorted(ids)), at) for at, ids in enumerate(levels) if ids), else_=3)

    def _occupations(self, wish: str, least: int) -> tuple[str, ...]:
        return _at_least(self._taxonomy, wish, least)

    def _in_place(self, place: str, *, adjacent: bool) -> ColumnElement[bool]:
        if self._regions.city_of(place) == place:
            # Most of the table: an index would only be a detour, so it is asked in a way that uses none.
            return func.substr(Listing.region_code, 1, 4) == place[:4]
        district = self._regions.district_of(place)
        if not adjacent or district is None:
            return within(place)
        return or_(*(within(code) for code in (district, *self._regions.neighbours(district))))


@lru_cache(maxsize=4096)
def _at_least(taxonomy: Taxonomy, wish: str, least: int) -> tuple[str, ...]:
    """The occupations at least so near to the wished one: with SAME itself and what is below it."""
    return tuple(sorted(id_ for id_ in taxonomy.occupations if taxonomy.proximity(wish, id_) >= least))


def page(
    session: Session,
    shown: ColumnElement[bool],
    condition: ColumnElement[bool],
    rank: ColumnElement[int],
    after: Key | None,
    limit: int,
) -> tuple[list[Key], int]:
    """The keys of at most `limit` listings just behind `after` in the order, and how many there are in all."""
    total = func.count().over().label("total")
    found = (
        select(rank.label("rank"), Listing.opened_at, Listing.origin, Listing.rid, total)
        .where(shown, condition)
        .subquery()
    )
    columns = found.c
    wanted = select(found).order_by(columns.rank, columns.opened_at.desc(), columns.origin, columns.rid).limit(limit)
    if after is not None:
        wanted = wanted.where(_behind(columns, after))
    rows = session.execute(wanted).all()
    if rows:
        return [(row.rank, row.opened_at, row.origin, row.rid) for row in rows], rows[0].total
    return [], counts(session, shown, [condition])[0] if after is not None else 0


def counts(session: Session, shown: ColumnElement[bool], conditions: Sequence[ColumnElement[bool]]) -> list[int]:
    """How many shown listings meet each of the conditions, in one pass over them."""
    columns = [func.count().filter(condition) for condition in conditions]
    return list(session.execute(select(*columns).select_from(Listing).where(shown)).one()) if columns else []


def _behind(columns: ReadOnlyColumnCollection[str, Any], after: Key) -> ColumnElement[bool]:
    rank, opened_at, origin, rid = after
    ties = (columns.rank == rank, columns.opened_at == opened_at, columns.origin == origin)
    return or_(
        columns.rank > rank,
        and_(*ties[:1], columns.opened_at < opened_at),
        and_(*ties[:2], columns.origin > origin),
        and_(*ties, columns.rid > rid),
    )


def _in_text(part: Part) -> ColumnElement[bool]:
    return or_(*(position(Listing.search_text, needle) > 0 for needle in part.needles))


def _in_title(part: Part) -> ColumnElement[bool]:
    end = position(Listing.search_text, "\n")
    return or_(*(position(Listing.search_text, needle).between(1, end) for needle in part.needles))


def _skill_rank(work: Sequence[Part]) -> ColumnElement[int]:
    skills = sorted({skill for part in work for skill in part.skills})
    if not skills:
        return literal(0)
    return case((or_(*(position(Listing.search_text, skill_mark(skill)) > 0 for skill in skills)), 0), else_=1)


def _place_rank(parts: Sequence[Part]) -> ColumnElement[int]:
    placed = [part for part in parts if part.places]
    if not placed:
        return literal(0)
    inside = and_(*(or_(*(within(place) for place in part.places)) for part in placed))
    return case((and_(inside, *(_in_text(part) for part in placed)), 0), (inside, 1), else_=2)
