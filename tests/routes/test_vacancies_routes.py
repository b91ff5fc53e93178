"""Vacancies over HTTP: the whole life of a post, versions, once-only posts, and bad input named by field."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.auth.roles import Role
from app.vacancies.lifecycle import ENDED, STATES
from tests.fakes import FakeClock
from tests.routes import seeding
from tests.routes.import_node import ImportNode
from tests.routes.seeding import OPEN, VACANCY, answer_of, fields, refused


@pytest.fixture
def desk(sqlite_node: ImportNode) -> TestClient:
    """An officer's client, for what is the same on both databases."""
    return sqlite_node.client(sqlite_node.token(Role.OFFICER))


def raw(client: TestClient, body: bytes) -> Any:
    return client.post("/v1/vacancies", content=body, headers={"content-type": "application/json"})


def test_a_vacancy_goes_from_the_clerks_form_to_a_public_listing_and_off_again(
    clerk: TestClient, officer: TestClient, anybody: TestClient, clock: FakeClock
) -> None:
    employer = seeding.employer(clerk, **seeding.EMPLOYER)
    answer = clerk.post("/v1/vacancies", json={**VACANCY, "employer_id": employer["id"]})
    draft = answer_of(answer, 201)
    address = answer.headers["Location"]
    assert (answer.headers["ETag"], address) == ('"1"', f"/v1/vacancies/{draft['id']}")
    assert (draft["state"], draft["possible"]) == ("draft", ["submit", "take_down", "withdraw"])
    assert (draft["employer_name"], draft["referral_quota"]) == (employer["name"], 10)
    assert [w["code"] for w in draft["warnings"]] == ["not-seen-mandate"]
    seeding.post(clerk, draft["id"], "submit")
    returned = seeding.post(officer, draft["id"], "return", {"reason": "请写明上下班时间"})
    changed = clerk.patch(address, json={"hours_per_week": 44}, headers={"If-Match": f'"{returned["version"]}"'})
    assert answer_of(changed)["state"] == "draft"
    for client, verb in ((clerk, "submit"), (officer, "approve"), (clerk, "open")):
        clock.advance(minutes=1)
        shown = seeding.post(client, draft["id"], verb)
    assert (shown["state"], shown["opened_at"]) == ("open", "2026-11-23T01:03:00Z")
    (listing,) = answer_of(anybody.get("/v1/listings"))["items"]
    assert (listing["id"], listing["listing"]["hours_per_week"]) == (draft["id"], 44)
    seeding.post(clerk, draft["id"], "close", {"reason": "已招满"})
    assert answer_of(anybody.get("/v1/listings"))["total"] == 0
    assert anybody.get(f"/v1/listings/gz/{draft['id']}").status_code == 410
    log = answer_of(clerk.get(f"{address}/log"))
    verbs = ["create", "submit", "return", "revise", "submit", "approve", "open", "close"]
    assert [line["verb"] for line in log] == verbs
    assert (log[2]["reason"], log[-1]["reason"], log[3]["fields"]) == ("请写明上下班时间", "已招满", ["hours_per_week"])


def test_every_offered_verb_is_an_address_and_every_other_is_refused_by_name(desk: TestClient) -> None:
    ways: dict[str, tuple[str, ...]] = {
        "draft": (),
        "submitted": ("submit",),
        "returned": ("submit", "return"),
        "approved": ("submit", "approve"),
        "open": OPEN,
        "paused": (*OPEN, "pause"),
        "filled": (*OPEN, "fill"),
        "closed_early": (*OPEN, "close"),
        "withdrawn": ("withdraw",),
        "taken_down": ("take_down",),
    }
    verbs = (
        "submit",
        "approve",
        "return",
        "open",
        "pause",
        "resume",
        "fill",
        "close",
        "withdraw",
        "take_down",
        "renew",
    )
    employer_id = seeding.employer(desk)["id"]
    for state, way in ways.items():
        for verb in verbs:
            found = seeding.vacancy(desk, *way, employer_id=employer_id)
            assert found["state"] == state
            if verb in found["possible"]:
                seeding.post(desk, found["id"], verb)
                continue
            answer = desk.post(f"/v1/vacancies/{found['id']}/{verb}", json=seeding.NEEDED.get(verb))
            problem = refused(answer, 409, "refused-transition")
            assert (problem["state"], problem["verb"], problem["possible"]) == (state, verb, found["possible"])
    assert set(ways) | {"frozen", "expired"} == STATES


def test_a_material_change_of_a_live_post_hides_it_and_a_quota_of_nothing_freezes_it(officer: TestClient) -> None:
    found = seeding.vacancy(officer, *OPEN)
    address = f"/v1/vacancies/{found['id']}"
    frozen = officer.patch(address, json={"referral_quota": 0}, headers={"If-Match": f'"{found["version"]}"'})
    assert answer_of(frozen)["state"] == "frozen"
    assert answer_of(officer.get("/v1/listings"))["total"] == 0
    thawed = officer.patch(address, json={"referral_quota": 5}, headers={"If-Match": frozen.headers["ETag"]})
    assert answer_of(thawed)["state"] == "open"
    assert answer_of(officer.get("/v1/listings"))["total"] == 1
    amended = officer.patch(address, json={"seats": 3}, headers={"If-Match": thawed.headers["ETag"]})
    assert answer_of(amended)["state"] == "submitted"
    assert answer_of(officer.get("/v1/listings"))["total"] == 0
    problem = refused(
        officer.patch(address, json={"seats": 4}, headers={"If-Match": amended.headers["ETag"]}),
        409,
        "refused-transition",
    )
    assert "return it first" in problem["detail"]


def test_renewing_keeps_the_listing_longer(officer: TestClient, clock: FakeClock) -> None:
    found = seeding.vacancy(officer, *OPEN, valid_until="2026-11-24")
    answer = officer.post(f"/v1/vacancies/{found['id']}/renew", json={"valid_until": "2026-12-24"})
    assert answer_of(answer)["valid_until"] == "2026-12-24"
    clock.advance(days=10)
    assert answer_of(officer.get("/v1/listings"))["total"] == 1
    clock.advance(days=30)  # hidden by the date alone: no job runs here
    assert answer_of(officer.get("/v1/listings"))["total"] == 0
    for day in ("2026-12-23", "2028-01-01", "soon", None):
        assert fields(officer.post(f"/v1/vacancies/{found['id']}/renew", json={"valid_until": day})) == ["valid_until"]


def test_a_change_needs_the_version_that_was_read(desk: TestClient) -> None:
    found = seeding.vacancy(desk)
    address = f"/v1/vacancies/{found['id']}"
    refused(desk.patch(address, json={"seats": 3}), 428, "if-match-required")
    refused(desk.patch(address, json={"seats": 3}, headers={"If-Match": '"9"'}), 412, "stale")
    for tag in ("*", '"x"', "", '"99999999999999999999"', '"-1"'):
        assert fields(desk.patch(address, json={"seats": 3}, headers={"If-Match": tag})) == ["If-Match"]
    changed = desk.patch(address, json={"seats": 3}, headers={"If-Match": 'W/"1"'})
    assert (answer_of(changed)["seats"], changed.headers["ETag"]) == (3, '"2"')
    assert desk.get(address).headers["ETag"] == '"2"'


def test_an_idempotency_key_makes_one_draft_and_one_step(officer: TestClient) -> None:
    body = {**VACANCY, "employer_id": seeding.employer(officer)["id"]}
    key = {"Idempotency-Key": "double-click-1"}
    first, second = (officer.post("/v1/vacancies", json=body, headers=key) for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert second.headers["Idempotent-Replayed"] == "true"
    assert [second.headers[name] for name in ("ETag", "Location")] == ['"1"', first.headers["Location"]]
    assert answer_of(officer.get("/v1/vacancies"))["total"] == 1
    refused(officer.post("/v1/vacancies", json={**body, "seats": 9}, headers=key), 409, "idempotency-key-reused")
    for _ in range(2):
        step = officer.post(f"{first.headers['Location']}/submit", headers={"Idempotency-Key": "double-click-2"})
        assert answer_of(step)["version"] == 2
    bad = officer.post("/v1/vacancies", json=body, headers={"Idempotency-Key": "short"})
    assert fields(bad) == ["Idempotency-Key"]


def test_a_reference_answers_the_first_again_and_leads_to_it_where_the_content_differs(officer: TestClient) -> None:
    body = {**VACANCY, "employer_id": seeding.employer(officer)["id"], "reference": "HR-2026-001"}
    first = officer.post("/v1/vacancies", json=body)
    again = officer.post("/v1/vacancies", json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    clash = officer.post("/v1/vacancies", json={**body, "title": "保安"})
    problem = refused(clash, 409, "reference-taken")
    assert (problem["vacancy_id"], clash.headers["Location"]) == (first.json()["id"], first.headers["Location"])


def test_the_list_is_newest_first_narrowed_and_complete_page_by_page(officer: TestClient, clock: FakeClock) -> None:
    mine, other = seeding.employer(officer), seeding.employer(officer)
    made = []
    for number in range(5):
        clock.advance(seconds=number % 2)  # some in the same instant
        verbs = ("submit",) if number == 2 else ()
        title, owner = ("100%_工" if number == 4 else f"保洁{number}"), (other if number == 3 else mine)
        made.append(seeding.vacancy(officer, *verbs, title=title, employer_id=owner["id"])["id"])
    found, after = [], None
    while True:
        page = answer_of(officer.get("/v1/vacancies", params={"limit": 2, **({"after": after} if after else {})}))
        assert page["total"] == 5
        found += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert found == sorted(made, reverse=True)

    def narrowed(**query: str) -> list[int]:
        page = answer_of(officer.get("/v1/vacancies", params=query))
        assert page["total"] == len(page["items"])
        return sorted(made.index(item["id"]) for item in page["items"])

    assert narrowed(state="submitted") == [2]
    assert narrowed(employer=other["id"]) == [3]
    assert narrowed(q="100%_") == [4]
    assert narrowed(q="保洁", employer=mine["id"], state="draft") == [0, 1]
    for query in ({"state": "gone"}, {"employer": "1"}, {"limit": "0"}, {"limit": "x"}, {"after": "!"}):
        assert len(fields(officer.get("/v1/vacancies", params=query))) == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "两\n行"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": 5}, "title"),
        ({"titel": "保洁员"}, "titel"),
        ({"seats": 0}, "seats"),
        ({"seats": True}, "seats"),
        ({"seats": "2"}, "seats"),
        ({"seats": 1.5}, "seats"),
        ({"seats": 2**63}, "seats"),
        ({"seats": 2**70}, "seats"),
        ({"seats": None}, "seats"),
        ({"lodging": "yes"}, "lodging"),
        ({"lodging": 1}, "lodging"),
        ({"education": "phd"}, "education"),
        ({"hours_per_week": 169}, "hours_per_week"),
        ({"experience_months": -1}, "experience_months"),
        ({"skills": [{"stated": "扫地"}] * 9}, "skills"),
        ({"skills": [{"need": "perhaps"}]}, "skills.0.need"),
        ({"skills": "扫地"}, "skills"),
        ({"certificates": [{}]}, "certificates.0.certificate"),
        ({"place": {"region": "44"}}, "place.region"),
        ({"place": None}, "place"),
        ({"pay": {"basis": "range", "min_fen": 1.5}}, "pay.min_fen"),
        ({"pay": {"basis": "range", "min_fen": 2, "max_fen": 1}}, "pay.max_fen"),
        ({"pay": {"basis": "range", "min_fen": 10**12}}, "pay.min_fen"),
        ({"valid_until": "2026-11-22"}, "valid_until"),
        ({"valid_until": 20261231}, "valid_until"),
        ({"valid_until": "2026-12-31T00:00:00Z"}, "valid_until"),
        ({"employer_id": "x"}, "employer_id"),
        ({"employer_id": seeding.NOBODY}, "employer_id"),
        ({"reference": " "}, "reference"),
        ({"duties": "字" * 4001}, "duties"),
    ],
)
def test_what_does_not_hold_is_named_by_field(
    desk_and_employer: tuple[TestClient, str], values: Any, field: str
) -> None:
    client, employer_id = desk_and_employer
    answer = client.post("/v1/vacancies", json={**VACANCY, "employer_id": employer_id, **values})
    assert fields(answer) == [field]
    assert answer_of(client.get("/v1/vacancies"))["total"] == 0


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "a\u202eb", "\u0007", "\u200b", "a\u061cb"])
def test_characters_that_no_honest_text_has_are_refused_everywhere(
    desk_and_employer: tuple[TestClient, str], text: str
) -> None:
    client, employer_id = desk_and_employer
    stated = {"place": {"region": "440104003", "stated": text}}
    for values, field in (
        ({"title": text}, "title"),
        ({"duties": text}, "duties"),
        ({"skills": [{"stated": ""}, {"stated": text}]}, "skills.1.stated"),
        (stated, "place.stated"),
        ({text: 1}, "body"),
    ):
        answer = raw(client, seeding.ascii_json({**VACANCY, "employer_id": employer_id, **values}))
        assert fields(answer) == [field]
    if "\ud800" not in text:
        assert fields(client.get("/v1/vacancies", params={"q": text})) == ["q"]


def test_bodies_that_are_no_honest_json_are_refused(desk_and_employer: tuple[TestClient, str]) -> None:
    client, employer_id = desk_and_employer
    good = seeding.ascii_json({**VACANCY, "employer_id": employer_id}).decode()
    for bad in (
        good.replace('"seats": 2', '"seats": NaN'),
        good.replace('"seats": 2', '"seats": 1e999'),
        good.replace('"seats": 2', '"seats": 2, "seats": 2'),
        good.replace('"min_fen": 380000', '"min_fen": 1, "min_fen": 380000'),
        good[:-1],
        "",
        "null",
        "[]",
        '"x"',
        "[" * 1000,
    ):
        refused(raw(client, bad.encode()), 422, "malformed")
    refused(raw(client, good.encode("utf-16")), 422, "malformed")
    (error,) = refused(raw(client, good.replace("380000", "NaN").encode()), 422, "malformed")["errors"]
    assert error["field"] == "pay.min_fen"
    assert error["message"].startswith("NaN is no number of JSON (line 1, column ")
    assert error["message_zh"].startswith("NaN 不是 JSON 数字（第1行第")
    (error,) = refused(raw(client, b'{"seats": 1, "seats": 2}'), 422, "malformed")["errors"]
    assert (error["field"], error["message"]) == ("seats", "the key 'seats' stands twice (line 1, column 14)")
    refused(raw(client, good.encode() + b" " * 2**18), 413, "too-large")
    assert answer_of(client.get("/v1/vacancies"))["total"] == 0
    answer_of(raw(client, good.encode()), 201)


@pytest.fixture(scope="module")
def desk_and_employer(module_node: ImportNode) -> tuple[TestClient, str]:
    """An officer's client of a node that refusals leave as it was, and an employer there."""
    client = module_node.client(module_node.token(Role.OFFICER))
    return client, seeding.employer(client)["id"]


def test_an_ended_vacancy_takes_nothing_any_more(desk: TestClient) -> None:
    found = seeding.vacancy(desk, *OPEN, "withdraw")
    assert (found["state"] in ENDED, found["possible"]) == (True, [])
    answer = desk.patch(
        f"/v1/vacancies/{found['id']}", json={"seats": 3}, headers={"If-Match": f'"{found["version"]}"'}
    )
    assert "final" in refused(answer, 409, "refused-transition")["detail"]


def test_a_wrong_method_is_told_every_right_one(desk: TestClient) -> None:
    for path, allowed in (("/v1/vacancies", "GET, POST"), (f"/v1/vacancies/{seeding.NOBODY}", "GET, PATCH")):
        answer = desk.delete(path)
        refused(answer, 405, "wrong-method")
        assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize(
    "verb",
    [
        "submit",
        "return",
        "approve",
        "open",
        "pause",
        "resume",
        "renew",
        "fill",
        "close",
        "withdraw",
        "take_down",
        "erase",
    ],
)
def test_every_verb_heeds_if_match_where_it_is_sent(desk: TestClient, verb: str) -> None:
    ways = {"submit": (), "return": ("submit",), "approve": ("submit",), "open": ("submit", "approve")}
    vacancy = seeding.vacancy(desk, *ways.get(verb, (*OPEN, "pause") if verb == "resume" else OPEN))
    address, body = f"/v1/vacancies/{vacancy['id']}/{verb}", seeding.NEEDED.get(verb)
    stale = desk.post(address, json=body, headers={"If-Match": f'"{vacancy["version"] + 1}"'})
    refused(stale, 412, "stale")
    assert desk.post(address, json=body, headers={"If-Match": f'"{vacancy["version"]}"'}).status_code == 200


def test_an_officer_may_approve_without_papers_and_says_why(desk: TestClient) -> None:
    employer = seeding.employer(desk, licence_seen_on=None)
    vacancy = seeding.vacancy(desk, "submit", employer_id=employer["id"])
    address = f"/v1/vacancies/{vacancy['id']}"
    assert fields(desk.post(f"{address}/approve")) == ["employer.licence_seen_on"]
    approved = answer_of(desk.post(f"{address}/approve", json={"override_reason": "执照在办理换证"}))
    assert approved["state"] == "approved"
    assert answer_of(desk.get(f"{address}/log"))[-1]["reason"] == "执照在办理换证"


@pytest.mark.parametrize(
    "verbs", [(), ("submit",), OPEN, (*OPEN, "close")], ids=["draft", "submitted", "open", "closed"]
)
def test_nothing_says_any_more_what_an_erased_vacancy_said(desk: TestClient, verbs: tuple[str, ...]) -> None:
    said = {"title": "陪护员示例", "duties": "示例家庭内陪护。", "requirements": "示例要求"}
    key = {"Idempotency-Key": "erasure-0001"}
    entered = {**seeding.VACANCY, **said, "employer_id": seeding.employer(desk)["id"], "reference": "示例-1"}
    vacancy = answer_of(desk.post("/v1/vacancies", json=entered, headers=key), 201)
    address = f"/v1/vacancies/{vacancy['id']}"
    for verb in verbs:
        vacancy = seeding.post(desk, vacancy["id"], verb)
    ended = vacancy["state"] if vacancy["state"] in ENDED else "taken_down"
    erased = seeding.post(desk, vacancy["id"], "erase")
    assert (erased["state"], erased["possible"], erased["place"]["region"]) == (ended, [], "440104003")
    shown = [desk.get(address), desk.get(f"{address}/log"), desk.get("/v1/vacancies"), desk.get("/v1/listings")]
    assert not [words for words in said.values() for answer in shown if words in answer.text]
    assert answer_of(shown[1])[-1]["reason"] == seeding.NEEDED["erase"]["reason"]
    assert answer_of(shown[3])["total"] == 0
    # Whoever sends the same again makes nothing of it: neither by its key, nor by its reference.
    refused(desk.post("/v1/vacancies", json=entered), 409, "reference-taken")
    again = refused(desk.post("/v1/vacancies", json=entered, headers=key), 409, "reference-taken")
    assert said["title"] not in str(again)


def test_a_clerk_does_not_erase(desk: TestClient, sqlite_node: ImportNode) -> None:
    vacancy = seeding.vacancy(desk)
    clerk = sqlite_node.client(sqlite_node.token(Role.CLERK))
    address = f"/v1/vacancies/{vacancy['id']}/erase"
    refused(clerk.post(address, json=seeding.NEEDED["erase"]), 403, "forbidden")
