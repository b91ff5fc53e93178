"""Job seekers over HTTP: masked, never cached, one office's own; bad input is named and never repeated."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.audit.models import PersonAccess
from app.auth.middleware import Authentication
from app.auth.quotas import Quotas
from app.auth.roles import Role
from app.auth.service import add_staff, create_token
from app.kernel import responses
from app.kernel.actor import Permission
from app.kernel.db import Database
from app.kernel.writing import WriteTurn
from app.people.routes import routes
from app.regions.service import create_office
from app.regions.shipped import load_shipped
from app.taxonomy.shipped import load_shipped as load_taxonomy
from tests.fakes import FakeClock
from tests.routes.seeding import PERSON, answer_of, fields

# Fictitious: 99 is no province, 154 no network.
OTHER = {"citizen_id": "990104199803120024", "name": "李示例", "phone": "15400000002"}
PERSONAL = [*PERSON.values()]


@pytest.fixture
def application(sqlite_url: str, clock: FakeClock) -> Iterator[FastAPI]:
    app = FastAPI(openapi_url=None)
    database = Database(sqlite_url)
    app.state.database, app.state.clock = database, clock
    app.state.regions, app.state.taxonomy = load_shipped(), load_taxonomy()
    app.state.write_turn = WriteTurn(1, queue=64, wait_s=10)
    responses.install(app)
    app.include_router(routes)
    app.add_middleware(Authentication, database=database, clock=clock, quotas=Quotas(database, clock))
    yield app
    database.dispose()


def signed_in(app: FastAPI, region: str, permissions: list[Permission] | None = None) -> TestClient:
    """A client with the token of an officer at an office in `region`."""
    database, clock = app.state.database, app.state.clock
    with database.write() as session:
        office = create_office(session, clock, app.state.regions, region)
        name = f"officer-{region}"
        add_staff(
            session, clock, username=name, name=name, role=Role.OFFICER, office_id=office.id, password="a long password"
        )
        secret, _ = create_token(session, clock, name, "test", permissions=permissions)
    return TestClient(app, headers={"Authorization": f"Bearer {secret}"}, raise_server_exceptions=False)


@pytest.fixture
def clerk(application: FastAPI) -> TestClient:
    return signed_in(application, "440104003")


@pytest.fixture
def stranger(application: FastAPI) -> TestClient:
    return signed_in(application, "440104001")


def register(client: TestClient, **values: Any) -> Any:
    answer = client.post("/v1/seekers", json={**PERSON, **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


def accesses(app: FastAPI) -> list[str]:
    with app.state.database.read() as session:
        return sorted(session.scalars(select(PersonAccess.action)))


def test_registering_answers_masked_with_a_version_and_an_address(clerk: TestClient) -> None:
    answer = clerk.post("/v1/seekers", json={**PERSON, "wishes": [{"occupation": "cleaner"}], "education": "junior"})
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == f"/v1/seekers/{body['id']}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (body["name"], body["citizen_id"], body["phone"]) == ("张**", "**************0016", "154****0001")
    assert body["age"] == 28
    assert body["registration"] == {
        "number": 1,
        "state": "active",
        "registered_on": "2026-11-23",
        "valid_until": "2027-02-21",
        "possible": ["cancel", "employ", "lapse", "renew"],
    }
    assert body["wishes"] == [{"occupation": "cleaner", "stated": ""}]
    assert body["skills"] is None


def test_no_masked_answer_holds_a_personal_field(clerk: TestClient) -> None:
    seeker = register(clerk)
    address = f"/v1/seekers/{seeker['id']}"
    answers = [
        clerk.get(address),
        clerk.get("/v1/seekers"),
        clerk.post("/v1/seekers/find", json={"citizen_id": PERSON["citizen_id"]}),
        clerk.patch(address, json={"phone": PERSON["phone"]}, headers={"If-Match": '"1"'}),
        clerk.post(address + "/renew"),
        clerk.get(address + "/log"),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert seeker["id"] in answer.text or answer is answers[-1]
        assert not any(personal in answer.text for personal in PERSONAL)


def test_revealing_needs_a_purpose_and_leaves_one_row(clerk: TestClient, application: FastAPI) -> None:
    address = f"/v1/seekers/{register(clerk)['id']}/reveal"
    assert clerk.post(address, json={}).status_code == 422
    assert clerk.post(address, json={"purpose": "curiosity"}).status_code == 422
    assert accesses(application) == ["create"]
    answer = clerk.post(address, json={"purpose": "contact"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert {name: body[name] for name in PERSON} == PERSON
    assert (body["sex"], body["birth_on"], body["is_area_plausible"]) == ("male", "1998-03-12", False)
    assert accesses(application) == ["create", "read"]


def test_a_token_without_the_permission_reveals_nobody(application: FastAPI) -> None:
    reader = signed_in(application, "440104003", [Permission.SEEKER_READ, Permission.SEEKER_WRITE])
    seeker = register(reader)
    assert reader.post(f"/v1/seekers/{seeker['id']}/reveal", json={"purpose": "contact"}).status_code == 403
    assert accesses(application) == ["create"]


def test_the_list_refuses_strangers_shows_other_offices_nothing_and_its_own_rows(
    application: FastAPI, clerk: TestClient, stranger: TestClient
) -> None:
    seeker = register(clerk)
    assert TestClient(application).get("/v1/seekers").status_code == 401
    assert stranger.get("/v1/seekers").json() == {"items": [], "total": 0, "next": None}
    assert [item["id"] for item in clerk.get("/v1/seekers").json()["items"]] == [seeker["id"]]


def test_another_office_gets_the_same_answer_as_for_nobody(clerk: TestClient, stranger: TestClient) -> None:
    address = f"/v1/seekers/{register(clerk)['id']}"
    nobody = "/v1/seekers/019aae6c-5a00-7000-8000-000000000001"
    for method, suffix, body in [
        ("GET", "", None),
        ("GET", "/log", None),
        ("PATCH", "", {"education": "junior"}),
        ("POST", "/reveal", {"purpose": "contact"}),
        ("POST", "/cancel", {"note": ""}),
    ]:
        answers = [
            stranger.request(method, base + suffix, json=body, headers={"If-Match": '"1"'})
            for base in (address, nobody)
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].json() == answers[1].json()
    assert stranger.post("/v1/seekers/find", json={"name": PERSON["name"]}).json()["total"] == 0


def test_the_same_citizen_id_again_answers_409_and_names_nothing(clerk: TestClient, stranger: TestClient) -> None:
    seeker = register(clerk)
    for client in (clerk, stranger):
        answer = client.post("/v1/seekers", json={**PERSON, "name": "李四"})
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("seeker-exists")
        assert not any(told in answer.text for told in [*PERSONAL, seeker["id"], "北京街道"])


def test_every_unknown_code_is_named_with_the_nearest(clerk: TestClient) -> None:
    answer = clerk.post(
        "/v1/seekers", json={**PERSON, "home": "440199", "wishes": [{"occupation": "cleanr"}], "skills": []}
    )
    assert answer.status_code == 422
    errors = {error["field"]: error["nearest"][0]["code"] for error in answer.json()["errors"]}
    assert errors == {"home": "440100", "wishes.0.occupation": "cleaner"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"citizen_id": "990104199803120017"}, "citizen_id"),
        ({"citizen_id": "990104980312001"}, "citizen_id"),
        ({"citizen_id": "９９０１０４１９９８０３１２００1"}, "citizen_id"),
        ({"name": ""}, "name"),
        ({"phone": "15400000001x"}, "phone"),
        ({"experience": [{"occupation": "cleaner", "years": 1.25}]}, "experience.0.years"),
        ({"valid_days": 0}, "valid_days"),
        ({"wishes": [{"occupation": "cleaner"}, {"stated": ""}]}, "wishes.1"),
        ({"sex": "male"}, "sex"),
    ],
)
def test_bad_input_names_the_field_and_repeats_nothing(clerk: TestClient, values: dict[str, Any], field: str) -> None:
    answer = clerk.post("/v1/seekers", json={**PERSON, **values})
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    sent = [text for text in {**PERSON, **values}.values() if isinstance(text, str) and len(text) > 4]
    assert not any(text in answer.text for text in sent)


def test_a_name_with_a_direction_override_is_refused_and_not_repeated(clerk: TestClient) -> None:
    answer = clerk.post("/v1/seekers", json={**PERSON, "name": "张\u202e示例"})
    assert answer.status_code == 422
    assert "示例" not in answer.text


def test_a_change_needs_the_version_that_was_read(clerk: TestClient) -> None:
    address = f"/v1/seekers/{register(clerk, refusals=['sales'])['id']}"
    assert clerk.patch(address, json={"refusals": None}).status_code == 428
    assert clerk.patch(address, json={"refusals": None}, headers={"If-Match": '"7"'}).status_code == 412
    changed = clerk.patch(address, json={"refusals": None}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200
    assert changed.headers["ETag"] == '"2"'
    assert changed.json()["refusals"] is None
    assert clerk.patch(address, json={"name": None}, headers={"If-Match": '"2"'}).status_code == 422
    assert clerk.get(address).headers["ETag"] == '"2"'


def test_years_come_back_as_entered(clerk: TestClient) -> None:
    seeker = register(clerk, experience=[{"occupation": "cleaner", "years": 2.3}, {"stated": "看店", "years": 0}])
    assert clerk.get(f"/v1/seekers/{seeker['id']}").json()["experience"] == [
        {"occupation": "cleaner", "stated": "", "years": 2.3},
        {"occupation": None, "stated": "看店", "years": 0.0},
    ]


def test_a_registration_goes_through_its_life_by_verbs(clerk: TestClient) -> None:
    address = f"/v1/seekers/{register(clerk, draft=True)['id']}"

    def turn(verb: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
        answer = clerk.post(f"{address}/{verb}", json=body) if body is not None else clerk.post(f"{address}/{verb}")
        return answer.status_code, clerk.get(address).json()["registration"]["state"]

    assert turn("renew") == (409, "draft")
    assert turn("activate", {"valid_days": 30}) == (200, "active")
    assert turn("renew") == (200, "active")
    assert turn("lapse", {"note": "联系不上"}) == (200, "lapsed")
    assert turn("employ") == (409, "lapsed")
    assert turn("reactivate") == (200, "active")
    assert turn("employ") == (200, "employed")
    assert turn("cancel") == (409, "employed")
    assert turn("register", {"valid_days": 7}) == (200, "active")
    assert turn("cancel", {"note": "本人要求"}) == (200, "cancelled")
    log = clerk.get(f"{address}/log").json()
    verbs = ["register", "activate", "renew", "lapse", "reactivate", "employ", "register", "cancel"]
    assert [line["verb"] for line in log] == verbs
    assert [line["version"] for line in log] == list(range(1, 9))


def test_a_refused_verb_says_what_is_possible(clerk: TestClient) -> None:
    answer = clerk.post(f"/v1/seekers/{register(clerk)['id']}/reactivate")
    assert answer.status_code == 409
    assert answer.json()["possible"] == ["cancel", "employ", "lapse", "renew"]


def test_the_pages_of_the_list_give_everybody_once_newest_first(clerk: TestClient, application: FastAPI) -> None:
    made = []
    for number, person in enumerate((PERSON, OTHER, {**OTHER, "citizen_id": "990104199803120032"})):
        application.state.clock.advance(seconds=number + 1)
        made.append(register(clerk, **person)["id"])
    first = clerk.get("/v1/seekers", params={"limit": 2}).json()
    second = clerk.get("/v1/seekers", params={"limit": 2, "after": first["next"]}).json()
    assert [item["id"] for item in [*first["items"], *second["items"]]] == made[::-1]
    assert (first["total"], second["total"], second["next"]) == (3, 3, None)


def test_the_list_can_be_narrowed_to_a_state(clerk: TestClient) -> None:
    register(clerk)
    ended = register(clerk, **OTHER)
    clerk.post(f"/v1/seekers/{ended['id']}/employ")
    page = clerk.get("/v1/seekers", params={"state": "employed"}).json()
    assert (page["total"], [item["id"] for item in page["items"]]) == (1, [ended["id"]])
    assert clerk.get("/v1/seekers", params={"state": "gone"}).status_code == 422


@pytest.mark.parametrize(
    "known",
    [
        {"citizen_id": "990104 19980312 0016"},
        {"name": "张示例"},
        {"phone": "154 0000 0001"},
        {**PERSON, "address": None},
    ],
)
def test_a_person_is_found_by_what_they_show(clerk: TestClient, known: dict[str, Any]) -> None:
    seeker = register(clerk)
    register(clerk, **OTHER)
    known.pop("address", None)
    page = clerk.post("/v1/seekers/find", json=known).json()
    assert [item["id"] for item in page["items"]] == [seeker["id"]]


def test_finding_needs_something_to_look_for(clerk: TestClient) -> None:
    assert clerk.post("/v1/seekers/find", json={}).status_code == 422


def test_a_double_click_registers_once(clerk: TestClient, application: FastAPI) -> None:
    key = {"Idempotency-Key": "double-click-1"}
    answers = [clerk.post("/v1/seekers", json=PERSON, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert accesses(application) == ["create"]


@pytest.mark.parametrize("inside", ['["\\ud800"]', '["a\\u0000"]', "[1]", '["a","b"]', "{}"])
def test_a_forged_cursor_is_refused(clerk: TestClient, inside: str) -> None:
    forged = base64.urlsafe_b64encode(inside.encode()).decode().rstrip("=")
    answer = clerk.get("/v1/seekers", params={"after": forged})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "after"


VERBS = [
    ("activate", True, []),
    ("renew", False, []),
    ("lapse", False, []),
    ("cancel", False, []),
    ("employ", False, []),
    ("reactivate", False, ["lapse"]),
    ("register", False, ["employ"]),
]


@pytest.mark.parametrize(("verb", "draft", "before"), VERBS)
def test_a_verb_that_names_a_version_is_done_to_that_version_alone(
    clerk: TestClient, verb: str, draft: bool, before: list[str]
) -> None:
    address = f"/v1/seekers/{register(clerk, draft=draft)['id']}"
    for other in before:
        assert clerk.post(f"{address}/{other}").status_code == 200
    read = clerk.get(address)
    version = read.json()["version"]
    for stale in (version - 1, version + 1):
        answer = clerk.post(f"{address}/{verb}", headers={"If-Match": f'"{stale}"'})
        assert (answer.status_code, answer.json()["type"]) == (412, "urn:sanlian:problem:stale")
    assert clerk.post(f"{address}/{verb}", headers={"If-Match": "x"}).status_code == 422
    assert clerk.get(address).json() == read.json()
    done = clerk.post(f"{address}/{verb}", headers={"If-Match": read.headers["ETag"]})
    assert (done.status_code, done.headers["ETag"]) == (200, f'"{version + 1}"')


def test_nobody_is_revealed_at_another_version_than_the_one_that_was_read(
    clerk: TestClient, application: FastAPI
) -> None:
    address = f"/v1/seekers/{register(clerk)['id']}/reveal"
    assert clerk.post(address, json={"purpose": "contact"}, headers={"If-Match": '"7"'}).status_code == 412
    assert accesses(application) == ["create"]
    assert clerk.post(address, json={"purpose": "contact"}, headers={"If-Match": '"1"'}).status_code == 200


def test_every_verb_that_is_possible_can_be_posted(clerk: TestClient) -> None:
    address = f"/v1/seekers/{register(clerk)['id']}"
    paths = [route.path for route in routes.routes if isinstance(route, APIRoute) and "POST" in (route.methods or ())]
    posted = {path.rpartition("/")[2] for path in paths}
    assert set(clerk.get(address).json()["registration"]["possible"]) < posted
    again = clerk.post(f"{address}/register")
    assert (again.status_code, again.json()["possible"]) == (409, ["cancel", "employ", "lapse", "renew"])
    assert "freeze" not in again.text


@pytest.mark.parametrize(
    ("phone", "asked"),
    [
        ("154-0000-0001", "15400000001"),
        ("+86 154 0000 0001", "15400000001"),
        ("020-99999999", "020 9999 9999"),
        ("15400000001", "154-0000-0001"),
    ],
)
def test_a_telephone_number_is_found_however_it_was_spaced(clerk: TestClient, phone: str, asked: str) -> None:
    register(clerk, phone=phone)
    assert answer_of(clerk.post("/v1/seekers/find", json={"phone": asked}))["total"] == 1


@pytest.mark.parametrize("phone", ["0-----", "1      ", "+1 2 3 4"])
def test_a_telephone_number_has_digits(clerk: TestClient, phone: str) -> None:
    assert fields(clerk.post("/v1/seekers", json={**PERSON, "phone": phone})) == ["phone"]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("虚构·买买提", "虚构•买买提"),
        ("虚构・买买提", "虚构·买买提"),
        ("张 示例", "张示例"),
        ("张\u3000\u3000例", "张 例"),
        ("John  Example", "John Example"),
    ],
)
def test_a_name_is_found_however_its_parts_were_set_apart(clerk: TestClient, name: str, asked: str) -> None:
    register(clerk, name=name)
    assert answer_of(clerk.post("/v1/seekers/find", json={"name": asked}))["total"] == 1
