"""The points of each factor at its edges."""

from typing import Any

import pytest

from app.matching.nearness import Kinship
from app.matching.place import Way
from app.matching.profile import Experience, ListedSkill, PayWish, SkillClaim, Wish
from app.matching.score import FactorScore
from app.matching.table import SCORE_TABLE
from app.people.profile import Liking
from app.taxonomy.terms import EmploymentForm, PayPeriod, Shift
from tests.unit.matching_values import (
    A_COMMUNITY,
    BEIJING_STREET,
    CITY,
    HAIZHU,
    HONGQIAO,
    TIANHE,
    YUEXIU,
    ZENGCHENG,
    judged,
    person,
    post,
)


def test_the_published_points_add_up_to_ten_thousand() -> None:
    assert SCORE_TABLE.total == 10_000
    assert (SCORE_TABLE.occupation, SCORE_TABLE.experience, SCORE_TABLE.skills) == (4000, 1000, 1500)
    assert (SCORE_TABLE.place, SCORE_TABLE.pay, SCORE_TABLE.conditions) == (2000, 1000, 500)


def test_a_pair_in_which_everything_fits_has_all_points() -> None:
    whole = judged(
        person(
            home=BEIJING_STREET,
            skills=(SkillClaim("mopping"),),
            experience=(Experience("cleaner", months=24),),
            pay=PayWish(450_000, PayPeriod.MONTH),
            shifts={Shift.DAY: Liking.PREFERRED},
            days_off_per_month=4,
            employment_forms=frozenset({EmploymentForm.FULL_TIME}),
            wants_insurance=True,
        ),
        post(
            skills=(ListedSkill("mopping", must=True),),
            shift=Shift.DAY,
            days_off_per_month=4,
            insurance=True,
        ),
    )
    assert whole.total == 10_000
    assert not whole.failed


class TestOccupation:
    @pytest.mark.parametrize(
        ("wishes", "points", "rank", "kinship"),
        [
            (("cleaner",), 4000, 1, Kinship.SAME),
            (("cashier", "cleaner"), 3400, 2, Kinship.SAME),
            (("cashier", "cook", "cleaner"), 3000, 3, Kinship.SAME),
            (("housekeeper",), 2800, 1, Kinship.NEAR),
            (("room-attendant",), 2400, 1, Kinship.CLASS),
            (("housekeeper", "cleaner"), 3400, 2, Kinship.SAME),
            (("room-attendant", "cook", "cashier"), 2400, 1, Kinship.CLASS),
            (("cashier",), 0, 0, Kinship.NONE),
            ((), 0, 0, Kinship.NONE),
        ],
    )
    def test_the_best_of_proximity_times_rank_counts(
        self, wishes: tuple[str, ...], points: int, rank: int, kinship: Kinship
    ) -> None:
        score = judged(person(wishes=tuple(map(Wish, wishes))), post()).factors.occupation
        assert (score.points, score.rank, score.near.kinship) == (points, rank, kinship)

    def test_whoever_wishes_an_umbrella_wishes_what_is_under_it(self) -> None:
        score = judged(person(wishes=(Wish("general-worker"),)), post(occupation="cnc-operator")).factors.occupation
        assert (score.points, score.near.kinship) == (4000, Kinship.COVERED)

    def test_a_narrow_wish_and_a_broad_post_count_seventy(self) -> None:
        score = judged(person(wishes=(Wish("cnc-operator"),)), post(occupation="general-worker")).factors.occupation
        assert score.points == 2800

    @pytest.mark.parametrize(
        ("wish", "post_words", "points", "kinship"),
        [
            ("宠物美容师", "宠物美容师", 4000, Kinship.WORDS_EQUAL),
            ("宠物 美容师", "宠物美容师（）", 4000, Kinship.WORDS_EQUAL),
            ("陶瓷彩绘员", "陶瓷彩绘人员", 2400, Kinship.WORDS_ALIKE),  # ratio 90
            ("硬件工程师", "软件工程师", 0, Kinship.NONE),  # ratio 80
            ("咖啡师", "茶艺师", 0, Kinship.NONE),
            ("", "宠物美容师", 0, Kinship.NONE),
        ],
    )
    def test_words_are_compared_where_there_is_no_concept(
        self, wish: str, post_words: str, points: int, kinship: Kinship
    ) -> None:
        listing = post(occupation=None, occupation_stated=post_words, title="急聘")
        score = judged(person(wishes=(Wish(None, wish),)), listing).factors.occupation
        assert (score.points, score.near.kinship) == (points, kinship)

    def test_stated_words_that_are_an_alias_are_the_concept(self) -> None:
        assert judged(person(wishes=(Wish(None, "保洁"),)), post()).factors.occupation.near.kinship is Kinship.SAME

    def test_a_post_without_occupation_is_read_by_its_title(self) -> None:
        assert judged(person(), post(occupation=None, title="保洁员")).factors.occupation.points == 4000

    def test_a_code_from_a_newer_node_gives_way_to_the_stated_words(self) -> None:
        listing = post(occupation="not-in-our-table", occupation_stated="保洁员")
        assert judged(person(), listing).factors.occupation.points == 4000


class TestExperience:
    @pytest.mark.parametrize(
        ("entries", "points", "months"),
        [
            ((("cleaner", 24),), 1000, 24),
            ((("cleaner", 240),), 1000, 240),
            ((("cleaner", 23),), 958, 23),
            ((("cleaner", 1),), 41, 1),
            ((("cleaner", 12), ("cleaner", 12)), 1000, 24),
            ((("housekeeper", 24),), 700, 16),
            ((("cleaner", 12), ("housekeeper", 10)), 791, 19),
            ((("cashier", 240),), 0, 0),
            ((), 0, 0),
        ],
    )
    def test_months_count_by_proximity_over_two_years(
        self, entries: tuple[tuple[str, int], ...], points: int, months: int
    ) -> None:
        experience = tuple(Experience(occupation, months=count) for occupation, count in entries)
        score = judged(person(experience=experience), post()).factors.experience
        assert (score.points, score.months) == (points, months)

    def test_a_post_that_asks_for_more_than_two_years_sets_the_measure(self) -> None:
        score = judged(person(experience=(Experience("cleaner", months=24),)), post(experience_months=48))
        assert score.factors.experience.points == 500

    def test_general_work_is_no_full_experience_of_a_work_under_it(self) -> None:
        experience = (Experience("general-worker", months=24),)
        score = judged(person(experience=experience), post(occupation="cnc-operator")).factors.experience
        assert score.points == 700

    def test_not_asked_earns_nothing_and_says_so(self) -> None:
        score = judged(person(), post()).factors.experience
        assert (score.points, score.is_asked) == (0, False)

    def test_words_without_a_concept_leave_it_unclear(self) -> None:
        experience = (Experience(None, "在酒店帮忙", 30),)
        assert not judged(person(experience=experience), post()).factors.experience.is_clear


def _skill(skill: str | None = None, stated: str = "", *, must: bool = True) -> ListedSkill:
    return ListedSkill(skill, stated, must)


class TestSkills:
    """Wish and post differ in occupation (share 0) unless said otherwise, so that the listed skills alone count."""

    def _points(self, claims: tuple[SkillClaim, ...] | None, listed: tuple[ListedSkill, ...], **changes: Any) -> int:
        profile = person(**{"wishes": (Wish("cashier"),), "skills": claims, **changes})
        return judged(profile, post(skills=listed)).factors.skills.points

    @pytest.mark.parametrize(
        ("held", "points"),
        [
            ("turning", 1500),
            ("lathe", 1260),  # 84
            ("milling", 900),  # a sibling, 60
            ("welding", 0),  # 59
        ],
    )
    def test_a_skill_counts_its_similarity_from_75_and_60_as_a_sibling(self, held: str, points: int) -> None:
        assert self._points((SkillClaim(held),), (_skill("turning"),)) == points

    def test_just_75_counts_75(self) -> None:
        assert self._points((SkillClaim("window-cleaning"),), (_skill("mopping"),)) == 1125

    def test_a_must_weighs_twice_a_nice(self) -> None:
        listed = (_skill("turning"), _skill("mopping", must=False))
        assert self._points((SkillClaim("turning"),), listed) == 1000
        assert self._points((SkillClaim("mopping"),), listed) == 500

    def test_a_generic_skill_counts_a_quarter(self) -> None:
        listed = (_skill("turning"), _skill("spreadsheets"))
        assert self._points((SkillClaim("spreadsheets"),), listed) == 300
        assert self._points((SkillClaim("turning"),), listed) == 1200

    def test_the_best_of_several_claims_answers(self) -> None:
        claims = (SkillClaim("milling"), SkillClaim("lathe"), SkillClaim("welding"))
        assert self._points(claims, (_skill("turning"),)) == 1260

    @pytest.mark.parametrize(
        ("held", "wanted", "points"),
        [("开叉车", "开叉车", 1500), ("会开叉车", "开叉车", 1275), ("开叉车", "开汽车", 0), ("C++", "C#", 0)],
    )
    def test_words_without_concept_are_compared_as_words(self, held: str, wanted: str, points: int) -> None:
        assert self._points((SkillClaim(None, held),), (_skill(None, wanted),)) == points

    def test_words_meet_the_name_of_a_concept(self) -> None:
        assert self._points((SkillClaim(None, "擦 玻璃"),), (_skill("window-cleaning"),)) == 1500

    def test_words_are_never_siblings(self) -> None:
        # Three of five characters: 66, which a concept would count as a sibling.
        assert self._points((SkillClaim(None, "修空调"),), (_skill(None, "装空调"),)) == 0

    def test_without_listed_skills_seventy_percent_of_the_occupation_factor_counts(self) -> None:
        assert judged(person(), post()).factors.skills.points == 1050
        assert judged(person(wishes=(Wish("housekeeper"),)), post()).factors.skills.points == 735
        assert judged(person(wishes=(Wish("cashier"),)), post()).factors.skills.points == 0

    @pytest.mark.parametrize("claims", [None, (), (SkillClaim("welding"),)])
    def test_never_below_half_the_occupation_factor(self, claims: tuple[SkillClaim, ...] | None) -> None:
        score = judged(person(skills=claims), post(skills=(_skill("turning"),))).factors.skills
        assert (score.points, score.from_occupation) == (750, True)

    def test_a_year_in_an_occupation_implies_its_skills(self) -> None:
        experience = (Experience("cleaner", months=12),)
        score = judged(person(experience=experience), post(skills=(_skill("mopping"),))).factors.skills
        assert score.points == 1500
        assert score.pairs[0].claim is not None
        assert score.pairs[0].claim.implied_by == "cleaner"

    def test_less_than_a_year_implies_nothing(self) -> None:
        experience = (Experience("cleaner", months=11),)
        assert judged(person(experience=experience), post(skills=(_skill("mopping"),))).factors.skills.points == 750

    def test_a_stated_skill_is_shown_before_an_implied_one_that_is_as_good(self) -> None:
        profile = person(experience=(Experience("cleaner", months=12),), skills=(SkillClaim("mopping"),))
        claim = judged(profile, post(skills=(_skill("mopping"),))).factors.skills.pairs[0].claim
        assert claim is not None
        assert claim.implied_by is None


class TestOtherWork:
    def test_without_occupation_and_proven_skill_the_total_is_capped(self) -> None:
        found = judged(person(wishes=(Wish("cashier"),), home=BEIJING_STREET), post())
        assert found.is_other_work
        assert found.total == min(found.factors.points, 2500)

    def test_what_is_above_the_cap_is_cut_to_it(self) -> None:
        profile = person(wishes=(Wish("cashier"),), home=BEIJING_STREET, pay=PayWish(1, PayPeriod.MONTH))
        found = judged(profile, post())
        assert found.factors.points > 2500
        assert found.total == 2500

    @pytest.mark.parametrize(
        ("claim", "listed", "is_other"),
        [
            (SkillClaim("turning"), _skill("turning"), False),
            (SkillClaim("window-cleaning"), _skill("mopping"), False),
            (SkillClaim("milling"), _skill("turning"), True),
            (SkillClaim("spreadsheets"), _skill("spreadsheets"), True),
        ],
    )
    def test_a_particular_skill_from_75_lifts_the_cap(
        self, claim: SkillClaim, listed: ListedSkill, is_other: bool
    ) -> None:
        profile = person(wishes=(Wish("cashier"),), skills=(claim,))
        assert judged(profile, post(skills=(listed,))).is_other_work is is_other

    def test_an_implied_skill_does_not_lift_the_cap(self) -> None:
        profile = person(wishes=(Wish("cashier"),), experience=(Experience("cleaner", months=36),))
        assert judged(profile, post(skills=(_skill("mopping"),))).is_other_work


class TestPlace:
    @pytest.mark.parametrize(
        ("wished", "region", "way", "points"),
        [
            (BEIJING_STREET, BEIJING_STREET, Way.SAME_STREET, 2000),
            (A_COMMUNITY, BEIJING_STREET, Way.SAME_STREET, 2000),
            (BEIJING_STREET, A_COMMUNITY, Way.SAME_STREET, 2000),
            (HONGQIAO, BEIJING_STREET, Way.SAME_DISTRICT, 1700),
            (BEIJING_STREET, YUEXIU, Way.SAME_DISTRICT, 1700),
            (YUEXIU, BEIJING_STREET, Way.SAME_DISTRICT, 1700),
            (YUEXIU, YUEXIU, Way.SAME_DISTRICT, 1700),
            (TIANHE, BEIJING_STREET, Way.ADJACENT, 1200),
            (HAIZHU, YUEXIU, Way.ADJACENT, 1200),
            (ZENGCHENG, BEIJING_STREET, Way.SAME_CITY, 300),
            (BEIJING_STREET, CITY, Way.SAME_CITY, 300),
            (CITY, BEIJING_STREET, Way.CITY_WISHED, 1200),
            (CITY, CITY, Way.CITY_WISHED, 1200),
            ("440104003999", BEIJING_STREET, Way.SAME_STREET, 2000),  # newer than the table
            (TIANHE, "440104999", Way.ADJACENT, 1200),
            ("440305001", BEIJING_STREET, Way.ELSEWHERE, 0),
            (BEIJING_STREET, "440305001", Way.ELSEWHERE, 0),
        ],
    )
    def test_divisions_tell_the_distance(self, wished: str, region: str, way: Way, points: int) -> None:
        score = judged(person(places=(wished,)), post(region=region)).factors.place
        assert score.nearest is not None
        assert (score.nearest.way, score.points) == (way, points)

    def test_the_best_over_wished_places_and_home_counts(self) -> None:
        far_wishes = (ZENGCHENG, TIANHE)
        assert judged(person(places=far_wishes), post()).factors.place.points == 1200
        at_home = judged(person(places=far_wishes, home=BEIJING_STREET), post()).factors.place
        assert at_home.points == 2000
        assert at_home.nearest is not None
        assert at_home.nearest.is_home

    def test_a_place_that_was_not_asked_costs_what_the_far_end_of_the_city_costs(self) -> None:
        assert judged(person(), post()).factors.place.points == 300

    @pytest.mark.parametrize(
        ("needed", "offered", "points"),
        [(True, True, 1500), (True, False, 300), (False, True, 300), (None, True, 300), (True, None, 300)],
    )
    def test_lodging_that_is_offered_and_accepted_counts_75(
        self, needed: bool | None, offered: bool | None, points: int
    ) -> None:
        profile = person(places=(ZENGCHENG,), lodging_needed=needed)
        assert judged(profile, post(lodging=offered)).factors.place.points == points

    def test_lodging_never_lowers(self) -> None:
        profile = person(places=(BEIJING_STREET,), lodging_needed=True)
        assert judged(profile, post(lodging=True)).factors.place.points == 2000


class TestConditions:
    @pytest.mark.parametrize(
        ("shifts", "shift", "part"),
        [
            ({Shift.DAY: Liking.PREFERRED}, Shift.DAY, 100),
            ({Shift.DAY: Liking.TOLERATED}, Shift.DAY, 60),
            ({Shift.DAY: Liking.PREFERRED}, Shift.NIGHT, 0),
            ({Shift.NIGHT: Liking.TOLERATED, Shift.DAY: Liking.PREFERRED}, Shift.FLEXIBLE, 100),
            ({Shift.NIGHT: Liking.TOLERATED}, Shift.FLEXIBLE, 60),
            ({Shift.FLEXIBLE: Liking.PREFERRED}, Shift.DAY, 0),
            (None, Shift.DAY, None),
            ({Shift.DAY: Liking.PREFERRED}, None, None),
        ],
    )
    def test_the_shift_as_it_is_taken(
        self, shifts: dict[Shift, Liking] | None, shift: Shift | None, part: int | None
    ) -> None:
        assert judged(person(shifts=shifts), post(shift=shift)).factors.conditions.shift == part

    def test_nothing_known_counts_half(self) -> None:
        assert judged(person(), post()).factors.conditions.points == 250

    @pytest.mark.parametrize(
        ("wishes", "offer", "points"),
        [
            ({"days_off_per_month": 4}, {"days_off_per_month": 4}, 300),
            ({"days_off_per_month": 5}, {"days_off_per_month": 4}, 200),
            ({"days_off_per_month": 5}, {}, 250),
            ({"employment_forms": frozenset({EmploymentForm.FULL_TIME})}, {}, 300),
            ({"employment_forms": frozenset({EmploymentForm.PART_TIME})}, {}, 200),
            ({"wants_insurance": True}, {"insurance": True}, 300),
            ({"wants_insurance": True}, {"insurance": False}, 200),
            ({"wants_insurance": True}, {}, 250),
            ({"wants_insurance": False}, {"insurance": False}, 300),
        ],
    )
    def test_each_other_part_is_worth_a_fifth(self, wishes: dict[str, Any], offer: dict[str, Any], points: int) -> None:
        assert judged(person(**wishes), post(**offer)).factors.conditions.points == points


def test_every_factor_stays_within_its_points() -> None:
    for _, score in judged(person(), post()).factors.in_order():
        assert isinstance(score, FactorScore)
        assert 0 <= score.points <= score.of
