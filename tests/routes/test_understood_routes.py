"""Words at entry: vacancies, seekers, profiles and imported rows take what is clear, keep the words, and show both."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.routes import seeding
from tests.routes.seeding import OPEN, answer_of, refused

Line = dict[str, Any]


def by_field(answer: Any) -> dict[str, Line]:
    return {line["field"]: line for line in answer["understood"]}


def entered(client: TestClient, **values: Any) -> Any:
    """A vacancy for whose occupation there are only words."""
    return seeding.vacancy(client, **{"occupation": None, **values})


def patched(client: TestClient, kind: str, found: Any, **values: Any) -> Any:
    headers = {"If-Match": f'"{found["version"]}"'}
    return answer_of(client.patch(f"/v1/{kind}/{found['id']}", json=values, headers=headers))


class TestVacancy:
    @pytest.mark.parametrize(
        ("title", "how"),
        [
            ("保洁员", "exact"),
            ("保潔員", "exact"),
            ("搞卫生", "exact"),
            ("宝洁员", "typed_otherwise"),
            ("baojieyuan", "typed_otherwise"),
            ("急招保洁员2名", "typed_otherwise"),
        ],
    )
    def test_the_title_says_the_occupation_however_it_is_typed(self, officer: TestClient, title: str, how: str) -> None:
        found = entered(officer, title=title)
        assert (found["occupation"], found["occupation_stated"], found["title"]) == ("cleaner", title, title)
        line = by_field(found)["occupation"]
        assert (line["words"], line["code"], line["name"], line["how"]) == (title, "cleaner", "保洁员", how)
        assert line["choices"] == []

    def test_what_is_not_clear_stays_words_and_the_choices_are_shown(self, officer: TestClient) -> None:
        found = entered(officer, title="招人", occupation_stated="电汉工")
        assert (found["occupation"], found["occupation_stated"]) == (None, "电汉工")
        line = by_field(found)["occupation"]
        assert (line["code"], line["how"]) == (None, "unclear")
        assert {"code": "welder", "name": "电焊工"} in line["choices"]

    def test_the_clerk_says_which_by_its_code_and_nothing_overrules_it(self, officer: TestClient) -> None:
        found = entered(officer, title="招人", occupation_stated="电汉工")
        chosen = patched(officer, "vacancies", found, occupation="welder")
        line = by_field(chosen)["occupation"]
        assert (line["words"], line["code"], line["how"], line["choices"]) == ("电汉工", "welder", "given", [])
        later = patched(officer, "vacancies", chosen, title="保洁员", duties="另写")
        assert (later["occupation"], later["occupation_stated"]) == ("welder", "电汉工")

    def test_words_that_nobody_named_are_not_read_anew(self, officer: TestClient) -> None:
        found = entered(officer, title="保洁员", skills=[{"stated": "洗地机"}])
        corrected = patched(
            officer, "vacancies", found, occupation="waiter", skills=[{"skill": "arc-welding", "stated": "洗地机"}]
        )
        later = patched(officer, "vacancies", corrected, duties="大堂接待", title="保洁员（白班）")
        assert later["occupation"] == "waiter"
        assert [one["skill"] for one in later["skills"]] == ["arc-welding"]

    def test_an_occupation_that_only_the_title_had_said_follows_a_new_title(self, officer: TestClient) -> None:
        found = entered(officer, title="保洁员")
        later = patched(officer, "vacancies", found, title="收银员")
        assert (later["occupation"], later["occupation_stated"]) == ("cashier", "收银员")

    def test_new_words_are_read_and_words_that_say_nothing_leave_no_concept(self, officer: TestClient) -> None:
        found = entered(officer, title="保洁员")
        later = patched(officer, "vacancies", found, occupation_stated="烧焊")
        assert later["occupation"] == "welder"
        last = patched(officer, "vacancies", later, occupation_stated="某某某某某某")
        assert (last["occupation"], by_field(last)["occupation"]["how"]) == (None, "as_written")

    def test_a_place_may_be_said_in_words_which_are_kept(self, officer: TestClient) -> None:
        for place, region, stated, how in (
            ({"region": "天河"}, "440106", "天河", "exact"),
            ({"stated": "珠江新城"}, "440106", "珠江新城", "typed_otherwise"),
            ({"region": "天合区", "stated": ""}, "440106", "天合区", "typed_otherwise"),
            ({"region": "越秀", "stated": "越秀北京街道"}, "440104", "越秀北京街道", "given"),
            ({"region": "440104003", "stated": "中山五路"}, "440104003", "中山五路", "given"),
        ):
            found = entered(officer, place=place)
            assert found["place"] == {"region": region, "stated": stated}
            line = by_field(found)["place.region"]
            assert (line["code"], line["how"]) == (region, how)

    @pytest.mark.parametrize(
        ("place", "field", "choice"),
        [({"region": "白云"}, "place.region", "440111"), ({"stated": "白云"}, "place.stated", "440111")],
    )
    def test_a_place_that_is_not_clear_is_refused_with_the_choices(
        self, officer: TestClient, place: dict[str, str], field: str, choice: str
    ) -> None:
        employer_id = seeding.employer(officer)["id"]
        sent = {**seeding.VACANCY, "place": place, "employer_id": employer_id}
        (error,) = refused(officer.post("/v1/vacancies", json=sent), 422, "unclear-words")["errors"]
        assert error["field"] == field
        assert choice in [one["code"] for one in error["nearest"]]
        assert answer_of(officer.get("/v1/vacancies"))["total"] == 0

    def test_a_number_that_is_no_code_is_no_word_either(self, officer: TestClient) -> None:
        sent = {**seeding.VACANCY, "employer_id": seeding.employer(officer)["id"]}
        for region, slug in (("4401", "malformed"), ("440199", "unknown-code")):
            refused(officer.post("/v1/vacancies", json={**sent, "place": {"region": region}}), 422, slug)
        problem = refused(officer.post("/v1/vacancies", json={**sent, "place": {}}), 422, "malformed")
        assert [(error["field"], error["message_zh"]) for error in problem["errors"]] == [
            ("place", "地点代码和原话须填一项")
        ]

    def test_a_place_may_be_changed_in_words(self, officer: TestClient) -> None:
        found = patched(officer, "vacancies", entered(officer), place={"stated": "五山"})
        assert found["place"] == {"region": "440106001", "stated": "五山"}

    def test_a_repeat_answers_the_same_and_so_does_asking(self, officer: TestClient) -> None:
        sent = {
            **seeding.VACANCY,
            "occupation": None,
            "title": "宝洁员",
            "place": {"stated": "珠江新城"},
            "skills": [{"stated": "会用洗地机"}],
            "reference": "A-1",
            "employer_id": seeding.employer(officer)["id"],
        }
        first = answer_of(officer.post("/v1/vacancies", json=sent), 201)
        assert set(by_field(first)) == {"occupation", "place.region", "skills.0.skill"}
        assert answer_of(officer.post("/v1/vacancies", json=sent)) == first
        assert answer_of(officer.get(f"/v1/vacancies/{first['id']}")) == first

    def test_what_travels_has_the_words_and_the_concept(self, officer: TestClient, anybody: TestClient) -> None:
        found = entered(officer, title="宝洁员", place={"stated": "珠江新城"})
        for verb in OPEN:
            seeding.post(officer, found["id"], verb)
        body = answer_of(anybody.get(f"/v1/listings/gz/{found['id']}"))["listing"]
        assert (body["occupation"], body["occupation_stated"]) == ("cleaner", "宝洁员")
        assert body["place"] == {"region": "440106", "stated": "珠江新城"}
        assert "understood" not in body


class TestSeeker:
    def test_wishes_skills_and_places_may_be_words(self, clerk: TestClient) -> None:
        found = seeding.seeker(
            clerk,
            wishes=[{"stated": "宝洁员"}, {"stated": "电汉工"}],
            places=["天河", "440104", "五山"],
            home="越秀区",
            skills=[{"stated": "烧焊"}],
            experience=[{"stated": "搞卫生", "years": 2}],
        )
        assert [wish["occupation"] for wish in found["wishes"]] == ["cleaner", None]
        assert [wish["stated"] for wish in found["wishes"]] == ["宝洁员", "电汉工"]
        assert found["places"] == ["440106", "440104", "440106001"]
        assert found["places_stated"] == ["天河", "", "五山"]
        assert (found["home"], found["home_stated"]) == ("440104", "越秀区")
        lines = by_field(found)
        assert {field: (line["code"], line["how"]) for field, line in lines.items()} == {
            "wishes.0.occupation": ("cleaner", "typed_otherwise"),
            "wishes.1.occupation": (None, "unclear"),
            "experience.0.occupation": ("cleaner", "exact"),
            "skills.0.skill": ("arc-welding", "exact"),
            "places.0": ("440106", "exact"),
            "places.2": ("440106001", "exact"),
            "home": ("440104", "exact"),
        }
        assert answer_of(clerk.get(f"/v1/seekers/{found['id']}")) == found

    def test_the_same_division_said_twice_is_kept_once(self, clerk: TestClient) -> None:
        found = seeding.seeker(clerk, places=["天河", "440106", "天合区"])
        assert (found["places"], found["places_stated"]) == (["440106"], ["天河"])

    def test_the_same_wish_or_skill_said_in_words_and_by_its_code_is_kept_once(self, clerk: TestClient) -> None:
        wishes = [{"stated": "保洁"}, {"occupation": "cleaner", "stated": "保洁"}, {"stated": "保安"}]
        skills = [{"stated": "烧焊"}, {"skill": "arc-welding", "stated": "烧焊"}]
        found = seeding.seeker(clerk, wishes=wishes, skills=skills)
        assert found["wishes"] == [
            {"occupation": "cleaner", "stated": "保洁"},
            {"occupation": "security-guard", "stated": "保安"},
        ]
        assert len(found["skills"]) == 1

    def test_places_that_are_not_clear_are_refused_by_name_with_the_choices(self, clerk: TestClient) -> None:
        sent = {**seeding.PERSON, "places": ["天河", "白云"], "home": "火星"}
        problem = refused(clerk.post("/v1/seekers", json=sent), 422, "unclear-words")
        errors = {error["field"]: error for error in problem["errors"]}
        assert set(errors) == {"places.1", "home"}
        assert "440111" in [one["code"] for one in errors["places.1"]["nearest"]]
        assert "白云" in errors["places.1"]["message_zh"]
        both = {**sent, "wishes": [{"occupation": "no-such-work"}]}
        assert len(refused(clerk.post("/v1/seekers", json=both), 422, "unknown-code")["errors"]) == 3

    def test_another_change_reads_no_words_anew(self, clerk: TestClient) -> None:
        found = seeding.seeker(clerk, wishes=[{"stated": "电汉工"}], places=["五山"])
        chosen = patched(clerk, "seekers", found, wishes=[{"occupation": "welder", "stated": "电汉工"}])
        assert by_field(chosen)["wishes.0.occupation"]["how"] == "given"
        later = patched(clerk, "seekers", chosen, hours="full", places=["珠江新城"])
        assert later["wishes"] == [{"occupation": "welder", "stated": "电汉工"}]
        assert (later["places"], later["places_stated"]) == (["440106"], ["珠江新城"])
        without = patched(clerk, "seekers", later, places=["440104"], home=None)
        assert (without["places"], without["places_stated"], without["home_stated"]) == (["440104"], [], "")

    @pytest.mark.parametrize(
        ("values", "zh"),
        [
            ({"places_stated": ["天河"]}, "places_stated 的项数须与 places 相同"),
            ({"places": ["440106"], "places_stated": ["a", "b"]}, "places_stated 的项数须与 places 相同"),
            ({"home_stated": "天河"}, "填写 home_stated 时须填写 home"),
        ],
    )
    def test_words_without_their_place_are_refused(self, clerk: TestClient, values: dict[str, Any], zh: str) -> None:
        problem = refused(clerk.post("/v1/seekers", json={**seeding.PERSON, **values}), 422, "malformed")
        assert [error["message_zh"] for error in problem["errors"]] == [zh]


def test_a_wish_in_any_words_matches_as_its_name_does(officer: TestClient, anybody: TestClient) -> None:
    seeding.vacancy(officer, *OPEN)
    for words, how in (("保洁", "exact"), ("宝洁员", "typed_otherwise"), ("baojieyuan", "typed_otherwise")):
        profile = {"wishes": [{"stated": words}], "places": ["越秀"]}
        found = answer_of(anybody.post("/v1/match", json=profile))
        assert found["total"] == 1
        lines = by_field(found)
        assert (lines["wishes.0.occupation"]["code"], lines["wishes.0.occupation"]["how"]) == ("cleaner", how)
        assert lines["places.0"]["code"] == "440104"
    refused(anybody.post("/v1/match", json={"places": ["白云"]}), 422, "unclear-words")


ROW: dict[str, str] = {
    "title": "招人",
    "occupation": "宝洁员",
    "employer": "虚构示例·晨光物业",
    "area": "天合区",
    "seats": "1",
    "pay": "4000元/月",
    "duties": "见岗位名称",
    "requirements": "不限",
    "valid_days": "30",
}


class TestImport:
    def sent(self, client: TestClient, **cells: str) -> Any:
        body = {"rows": [{"cells": {**ROW, **cells}}]}
        (row,) = answer_of(client.post("/v1/vacancies/import", json=body))["rows"]
        return row

    def test_a_row_is_understood_as_at_the_counter_and_says_so(self, clerk: TestClient) -> None:
        row = self.sent(clerk, skills="烧焊、会用洗地机", certificates="健康證")
        assert row["outcome"] == "created"
        lines = by_field(row)
        assert (lines["occupation"]["code"], lines["occupation"]["how"]) == ("cleaner", "typed_otherwise")
        assert (lines["area"]["code"], lines["area"]["how"]) == ("440106", "typed_otherwise")
        assert lines["skills.0.skill"]["code"] == "arc-welding"
        assert {note["field"] for note in row["notes"]} == {"occupation", "area", "skills"}
        found = answer_of(clerk.get(f"/v1/vacancies/{row['id']}"))
        assert (found["occupation"], found["occupation_stated"]) == ("cleaner", "宝洁员")
        assert [one["certificate"] for one in found["certificates"]] == ["health-certificate"]

    def test_what_is_not_clear_is_kept_with_its_choices(self, clerk: TestClient) -> None:
        row = self.sent(clerk, occupation="电汉工", area="白云")
        lines = by_field(row)
        assert (lines["occupation"]["code"], lines["occupation"]["how"]) == (None, "unclear")
        assert "welder" in [one["code"] for one in lines["occupation"]["choices"]]
        assert (lines["area"]["code"], lines["area"]["how"]) == ("440100", "unclear")
        assert "440111" in [one["code"] for one in lines["area"]["choices"]]

    def test_a_second_run_says_the_same(self, clerk: TestClient) -> None:
        first, second = self.sent(clerk), self.sent(clerk)
        assert (first["outcome"], second["outcome"]) == ("created", "unchanged")
        assert first["understood"] == second["understood"]
