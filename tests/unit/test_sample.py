"""The sample: large and varied enough, lawful, accepted by the API's own shapes, and the same on every machine."""

import re
from collections import Counter
from datetime import date
from typing import Any

import pytest

from app.cli.network.plan import STREETS
from app.cli.sample import Sample, build_sample
from app.cli.sample.employers import MARK
from app.cli.sample.templates import places
from app.cli.sample.vacancies import share_out
from app.employers.schemas import EmployerIn
from app.people.codes import check_codes as check_seeker_codes
from app.people.schemas import SeekerIn
from app.regions.shipped import load_shipped
from app.taxonomy.shipped import load_shipped as load_taxonomy
from app.taxonomy.tables import Taxonomy
from app.vacancies import rules
from app.vacancies.codes import check_codes, understood
from app.vacancies.schemas import VacancyIn

TODAY = date(2026, 11, 23)
TWO_STREETS = ["440104003", "440104001"]
# Guangzhou since March 2025: 2,500 yuan a month, 23.7 yuan an hour; 21.75 paid days a month.
MINIMUM_FEN = {"month": 250_000, "hour": 2_370, "day": 12_000}
UNLAWFUL = re.compile("男|女|嫂|阿姨|岁|年龄|身高|形象|未婚|已婚|婚育|户口|户籍|本地人|籍贯|民族|押金|星座")


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return load_taxonomy()


@pytest.fixture(scope="module")
def sample(taxonomy: Taxonomy) -> Sample:
    return build_sample(taxonomy, TWO_STREETS, TODAY)


def vacancies(sample: Sample) -> list[dict[str, Any]]:
    return [vacancy.body for office in sample.offices for vacancy in office.vacancies]


def seekers(sample: Sample) -> list[dict[str, Any]]:
    return [body for office in sample.offices for body in office.seekers]


def employers(sample: Sample) -> list[dict[str, Any]]:
    return [body for office in sample.offices for body in office.employers]


def test_the_sample_is_large_enough(sample: Sample) -> None:
    assert len(employers(sample)) >= 60
    assert len(vacancies(sample)) >= 400
    assert len(seekers(sample)) >= 300
    assert len({body["occupation"] for body in vacancies(sample)}) >= 80


def test_the_same_arguments_give_the_same_sample(sample: Sample, taxonomy: Taxonomy) -> None:
    assert build_sample(taxonomy, TWO_STREETS, TODAY) == sample
    assert build_sample(taxonomy, TWO_STREETS, TODAY, seed=1) != sample


@pytest.mark.parametrize("streets", [1, 2, 5, 18])
def test_every_office_gets_a_fair_part(taxonomy: Taxonomy, streets: int) -> None:
    regions = [region for _, region, _ in STREETS[:streets]]
    offices = build_sample(taxonomy, regions, TODAY).offices
    assert [office.region for office in offices] == regions
    for kind in ("employers", "vacancies", "seekers"):
        counts = [len(getattr(office, kind)) for office in offices]
        assert min(counts) >= 0.7 * max(counts), kind


def test_every_vacancy_belongs_to_an_employer_of_its_office(sample: Sample) -> None:
    for office in sample.offices:
        assert {v.employer for v in office.vacancies} == {body["uscc"] for body in office.employers}


def test_every_employer_is_marked_as_invented(sample: Sample) -> None:
    names = [body["name"] for body in employers(sample)]
    assert all(name.endswith(MARK) for name in names)
    assert len(set(names)) == len(names)


def test_no_two_people_share_a_name_a_number_or_a_phone(sample: Sample) -> None:
    for field in ("name", "citizen_id", "phone"):
        assert len({body[field] for body in seekers(sample)}) == len(seekers(sample)), field


def test_the_api_takes_every_employer(sample: Sample) -> None:
    for body in employers(sample):
        EmployerIn.model_validate(body)


def test_every_vacancy_could_be_published_as_it_is(sample: Sample, taxonomy: Taxonomy) -> None:
    regions = load_shipped()
    for body in vacancies(sample):
        entered = VacancyIn.model_validate({**body, "employer_id": "019aae6c-5a00-7000-8000-000000000010"})
        content = understood(entered.content(), taxonomy)
        check_codes(content, regions, taxonomy)
        assert not rules.missing_elements(content, entered.valid_until)
        assert not rules.pay_faults(content.pay)
        assert not rules.validity_faults(entered.valid_until, TODAY)


def test_every_seeker_could_be_registered_as_they_are(sample: Sample, taxonomy: Taxonomy) -> None:
    regions = load_shipped()
    for body in seekers(sample):
        check_seeker_codes(SeekerIn.model_validate(body).model_dump(mode="json"), regions, taxonomy)


def test_no_vacancy_sets_an_unlawful_condition(sample: Sample) -> None:
    for body in vacancies(sample):
        text = " ".join([body["title"], body["duties"], body["requirements"]])
        assert not UNLAWFUL.search(text), text


def test_pay_lies_well_above_the_minimum_wage(sample: Sample) -> None:
    for body in vacancies(sample):
        pay = body["pay"]
        if pay["min_fen"] is not None:
            assert pay["min_fen"] >= 1.05 * MINIMUM_FEN[pay["period"]], body["title"]
            assert pay["max_fen"] is None or pay["max_fen"] >= pay["min_fen"]


def test_a_guaranteed_amount_is_the_one_that_the_words_name(sample: Sample) -> None:
    guaranteed = [body["pay"] for body in vacancies(sample) if body["pay"]["basis"] == "guaranteed"]
    assert guaranteed
    for pay in guaranteed:
        assert f"{pay['min_fen'] // 100}元" in pay["stated"]


def test_most_vacancies_list_no_skills_and_all_hold_for_30_to_90_days(sample: Sample) -> None:
    bodies = vacancies(sample)
    assert 0.03 < sum(1 for body in bodies if body["skills"]) / len(bodies) < 0.5
    days = [(date.fromisoformat(body["valid_until"]) - TODAY).days for body in bodies]
    assert min(days) >= 30
    assert max(days) <= 90
    assert {body["seats"] for body in bodies} <= set(range(1, 21))


def test_most_work_is_in_yuexiu_and_some_in_at_least_seven_other_districts(sample: Sample) -> None:
    districts = Counter(body["place"]["region"][:6] for body in vacancies(sample))
    assert districts.most_common(1)[0][0] == "440104"
    assert districts["440104"] >= sum(districts.values()) / 2
    assert len(districts) >= 8


def test_the_streets_of_the_places_carry_their_real_names() -> None:
    regions = load_shipped()
    assert all(regions.name(place.region) == place.name for place in places())


def test_some_questions_were_not_asked_and_some_answers_are_none_of_them(sample: Sample) -> None:
    for field in ("skills", "experience", "certificates", "refusals"):
        answers = [body[field] for body in seekers(sample)]
        assert None in answers, field
        assert [] in answers, field


def test_nobody_wishes_for_work_that_entails_what_they_refuse(sample: Sample, taxonomy: Taxonomy) -> None:
    for body in seekers(sample):
        wished = [w["occupation"] for w in body["wishes"] if w["occupation"]]
        entailed = {str(trait) for occupation in wished for trait in taxonomy.occupation(occupation).traits}
        assert not entailed & set(body["refusals"] or [])


def test_nobody_under_age_wishes_for_work_closed_to_them(sample: Sample, taxonomy: Taxonomy) -> None:
    for body in seekers(sample):
        age = TODAY.year - int(body["citizen_id"][6:10])
        for wish in body["wishes"]:
            assert wish["occupation"] is None or taxonomy.occupation(wish["occupation"]).min_age <= age


def test_shares_add_up_and_nobody_goes_without() -> None:
    shares = share_out([14, 1, 1, 3], 10)
    assert sum(shares) == 10
    assert min(shares) >= 1
    assert shares[0] == max(shares)
