"""The report of exposure: true figures, and no cell that speaks of few persons, nor one that gives such a cell away."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching.exposure.groups import AGES, DIMENSIONS, INSIDE, OUTSIDE, groups_of
from app.matching.exposure.report import ALL, EVERYBODY, LEAST_CELL, Line, report
from app.matching.exposure.tally import Sums, Tally, total

TODAY = date(2026, 11, 23)
WOMAN, MAN = "990104199803120024", "990104199803120016"


def belonging(sex: str = "female", age: str = "25-34", issued: str = INSIDE) -> dict[str, str]:
    return {"sex": sex, "age": age, "citizen id issued": issued}


def lines_of(tally: Tally, dimension: str = "sex") -> dict[str, Line]:
    return {line.group: line for line in report(tally) if line.dimension == dimension}


def tallied(**groups: tuple[int, int]) -> Tally:
    """A tally by sex: how many persons have a good match, how many have one that is not."""
    tally = Tally()
    for sex, (good, poor) in groups.items():
        for _ in range(good):
            tally.add(belonging(sex), [8000, 4000])
        for _ in range(poor):
            tally.add(belonging(sex), [5000])
    return tally


def test_the_figures_are_those_of_the_persons() -> None:
    lines = lines_of(tallied(female=(20, 10), male=(10, 30)))
    assert lines["female"] == Line("sex", "female", 30, 1.7, 5800, 67)
    assert lines["male"] == Line("sex", "male", 40, 1.3, 5400, 25)
    everybody = report(tallied(female=(20, 10), male=(10, 30)))[0]
    assert everybody == Line(EVERYBODY, ALL, 70, 1.4, 5600, 43)


def test_a_small_group_is_not_shown_and_cannot_be_worked_out_from_the_rest() -> None:
    lines = lines_of(tallied(female=(12, 12), male=(0, 9)))
    assert lines["male"] == Line("sex", "male", None, None, None, None)
    assert lines["female"] == Line("sex", "female", None, None, None, None)


def test_of_several_groups_the_next_smallest_goes_with_a_small_one() -> None:
    tally = Tally()
    for age, persons in zip(AGES, (3, 40, 12, 50, 60), strict=True):
        for _ in range(persons):
            tally.add(belonging(age=age), [8000])
    shown = {group: line.persons for group, line in lines_of(tally, "age").items()}
    assert shown == {"16-24": None, "25-34": 40, "35-44": None, "45-54": 50, "55 and over": 60}


@pytest.mark.parametrize("women", [(3, 40), (40, 3)], ids=["few have it", "few lack it"])
def test_a_share_that_speaks_of_few_is_not_shown(women: tuple[int, int]) -> None:
    lines = lines_of(tallied(female=women, male=(50, 50)))
    assert {group: line.share for group, line in lines.items()} == {"female": None, "male": None}
    assert {group: line.persons for group, line in lines.items()} == {"female": 43, "male": 100}


def test_a_group_without_anybody_has_no_line_and_hides_nothing() -> None:
    lines = lines_of(tallied(female=(30, 30)))
    assert {group: line.persons for group, line in lines.items()} == {"female": 60}


def test_few_persons_in_all_are_not_reported_at_all() -> None:
    assert all(line.persons is None for line in report(tallied(female=(4, 0), male=(5, 0))))


counts = st.integers(0, 30)


@given(st.lists(st.tuples(counts, counts), min_size=5, max_size=5))
def test_what_is_hidden_is_never_few_however_the_shown_is_subtracted(ages: list[tuple[int, int]]) -> None:
    tally = Tally()
    for age, (good, poor) in zip(AGES, ages, strict=True):
        for totals in (*[[9000]] * good, *[[3000]] * poor):
            tally.add(belonging(age=age), totals)
    for visible in ("persons", "share"):
        lines = lines_of(tally, "age")
        hidden = [tally.groups["age"][group] for group, line in lines.items() if getattr(line, visible) is None]
        for line in lines.values():
            if line.persons is not None:
                assert line.persons >= LEAST_CELL
        if hidden and len(lines) > len(hidden):
            rest = total(hidden)
            assert len(hidden) >= 2
            assert rest.persons >= LEAST_CELL
            if visible == "share":
                assert not 0 < rest.with_good < LEAST_CELL
                assert not 0 < rest.persons - rest.with_good < LEAST_CELL


def test_the_groups_of_a_person_follow_from_the_citizen_id_and_the_day() -> None:
    birth = date(1998, 3, 12)
    assert groups_of(WOMAN, birth, "990100", TODAY) == belonging("female", "25-34", INSIDE)
    assert groups_of(MAN, birth, "440100", TODAY) == belonging("male", "25-34", OUTSIDE)


@pytest.mark.parametrize(
    ("born", "group"),
    [("2010-11-23", "16-24"), ("2001-11-24", "16-24"), ("2001-11-23", "25-34"), ("1971-11-23", "55 and over")],
)
def test_an_age_band_begins_on_the_birthday(born: str, group: str) -> None:
    assert groups_of(MAN, date.fromisoformat(born), "440100", TODAY)["age"] == group


def test_every_group_of_a_person_is_one_of_its_dimension() -> None:
    found = groups_of(WOMAN, date(1940, 1, 1), "440100", TODAY)
    assert all(group in DIMENSIONS[dimension] for dimension, group in found.items())
    assert found.keys() == DIMENSIONS.keys()


def test_sums_of_groups_add_up() -> None:
    assert total([Sums(1, 2, 3, 4), Sums(10, 20, 30, 40)]) == Sums(11, 22, 33, 44)
