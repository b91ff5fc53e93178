"""Matching over HTTP: own persons only, masked, both languages, true totals, nothing stored, nothing silently empty."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import ValidationError
from sqlalchemy import delete, func, select

from app.auth.middleware import Authentication
from app.auth.quotas import Quotas
from app.auth.roles import Role
from app.auth.service import add_staff, create_token
from app.cli.init import initialise
from app.employers.models import Employer
from app.exchange.commit import take_numbers
from app.exchange.models import SyncHead, SyncRecord
from app.kernel import responses
from app.kernel.actor import Permission
from app.kernel.clock import end_of_day
from app.kernel.db import Base, Database
from app.kernel.writing import WriteTurn
from app.main import _match_turns, create_app
from app.matching import queries, service
from app.matching.engine.market import Market
from app.matching.engine.pool import Pool
from app.matching.judging import Judging
from app.matching.live_market import LiveMarket
from app.matching.live_pool import LivePool
from app.matching.profile import KnownListing
from app.matching.reading import read_listing
from app.matching.routes import routes
from app.people.citizen_id import check_character
from app.people.routes import routes as people_routes
from app.regions.models import Office
from app.regions.service import create_office
from app.regions.shipped import load_shipped
from app.settings import Settings
from app.taxonomy.shipped import load_shipped as load_taxonomy
from app.vacancies.listing import ListingBody
from app.vacancies.models import Listing, Vacancy
from tests.fakes import FakeClock

HERE, THERE, TIANHE = "440104003", "440104001", "440106"
OPENED = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
BODY: dict[str, Any] = {
    "title": "保洁员",
    "occupation": "cleaner",
    "employer": {"name": "示例物业", "uscc": None, "verified": True},
    "office": {"region": HERE, "name": "北京街道公共就业服务机构"},
    "place": {"region": HERE, "stated": "中山五路"},
    "seats": 2,
    "referred": 0,
    "pay": {"basis": "range", "period": "month", "min_fen": 400000, "max_fen": 500000, "stated": ""},
    "shift": "day",
    "status": "open",
    "opened_at": OPENED,
    "updated_at": OPENED,
    "valid_until": "2026-12-31",
}
PROFILE: dict[str, Any] = {"wishes": [{"occupation": "cleaner"}], "places": [HERE]}


@pytest.fixture
def application(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[FastAPI]:
    app = FastAPI()
    database = Database(sqlite_url)
    app.state.database, app.state.clock = database, clock
    with database.write() as session:
        session.add(SyncHead(id=1, head=0))
    app.state.regions, app.state.taxonomy = load_shipped(), load_taxonomy()
    app.state.write_turn = WriteTurn(1, queue=64, wait_s=10)
    regions, taxonomy = app.state.regions, app.state.taxonomy
    market = LiveMarket(taxonomy, regions, tmp_path)
    pool = LivePool(taxonomy, regions)
    app.state.match_turns = _match_turns(Settings.model_validate({}))
    app.state.matcher = service.Matcher(database.read, market, pool, clock, regions, taxonomy)
    responses.install(app)
    app.include_router(people_routes)
    app.include_router(routes)
    app.add_middleware(Authentication, database=database, clock=clock, quotas=Quotas(database, clock))
    yield app
    database.dispose()


def signed_in(app: FastAPI, region: str, permissions: list[Permission] | None = None) -> TestClient:
    """A client with the token of an officer at an office in `region`."""
    with app.state.database.write() as session:
        office = create_office(session, app.state.clock, app.state.regions, region)
        name = f"officer-{region}"
        add_staff(
            session,
            app.state.clock,
            username=name,
            name=name,
            role=Role.OFFICER,
            office_id=office.id,
            password="a long password",
        )
        secret, _ = create_token(session, app.state.clock, name, "test", permissions=permissions)
    return TestClient(app, headers={"Authorization": f"Bearer {secret}"}, raise_server_exceptions=False)


@pytest.fixture
def clerk(application: FastAPI) -> TestClient:
    return signed_in(application, HERE)


@pytest.fixture
def stranger(application: FastAPI) -> TestClient:
    return signed_in(application, THERE)


@pytest.fixture
def anybody(application: FastAPI) -> TestClient:
    return TestClient(application, raise_server_exceptions=False)


def known(app: FastAPI, number: int, origin: str = "gz-yuexiu-beijing", **changes: Any) -> str:
    """A listing that this node knows; its id."""
    body = ListingBody.model_validate({**BODY, **changes})
    rid = f"019aae6c-5a00-7000-8000-{number:012d}"
    with app.state.database.write() as session:
        session.execute(delete(SyncRecord).where(SyncRecord.rid == rid))
        session.add(
            SyncRecord(
                origin=origin,
                kind="listing",
                rid=rid,
                inc=1,
                ver=1,
                op="P",
                schema=1,
                body="{}",
                sig=bytes(64),
                key_id="test:1",
                seq=take_numbers(session, 1),
                via=origin,
                applied_at=OPENED,
            )
        )
        session.add(
            Listing(
                origin=origin,
                rid=rid,
                status=body.status.value,
                occupation=body.occupation,
                region_code=body.place.region,
                opened_at=body.opened_at,
                updated_at=body.updated_at,
                received_at=OPENED,
                expires_at=end_of_day(body.valid_until),
                search_text=body.title,
                body=body.model_dump(mode="json"),
            )
        )
    return rid


def registered(client: TestClient, order: int = 1, **values: Any) -> str:
    """A person registered at the client's office; the id. An even `order` is a woman's, an odd one a man's."""
    front = f"99010419980312{order:03d}"
    person = {"citizen_id": front + check_character(front), "name": f"示例{order}", "phone": f"1540000{order:04d}"}
    answer = client.post("/v1/seekers", json={**person, **PROFILE, **values})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["listing"]["id"] for item in items]


def test_a_person_sees_what_suits_and_why_and_why_not(application: FastAPI, clerk: TestClient) -> None:
    near = known(application, 1)
    far = known(application, 2, origin="gz-tianhe-shipai", place={"region": TIANHE})
    night = known(application, 3, shift="night")
    other = known(application, 4, occupation="cashier", title="收银员")
    seeker = registered(clerk, refusals=["night_shift"])
    answer = clerk.get(f"/v1/seekers/{seeker}/matches")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert (body["score_table"], body["considered"]) == ("2026.1", 4)
    assert ids(body["items"]) == [near, far]
    assert ids(body["other_nearby"]) == [other]
    assert ids(body["why_not"]) == [night]
    best = body["items"][0]
    assert best["factors"][0] == {
        "factor": "occupation",
        "points": 4000,
        "of": 4000,
        "said": {"zh": "希望做保洁员，该岗位就是保洁员。", "en": best["factors"][0]["said"]["en"]},
    }
    assert sum(factor["points"] for factor in best["factors"]) == best["score"]
    assert best["listing"]["region_name"] == "北京街道"
    assert body["why_not"][0]["failed"] == ["refusal"]
    assert {"zh": "如果能接受上夜班。", "en": "If this is accepted: night work."} in body["why_not"][0]["would_change"]
    assert [said["zh"] for said in body["not_considered"]][:3] == ["性别", "民族", "户籍"]


def test_totals_are_true_whatever_the_limit(application: FastAPI, clerk: TestClient) -> None:
    for number in range(5):
        known(application, number)
    body = clerk.get(f"/v1/seekers/{registered(clerk)}/matches", params={"limit": 2}).json()
    assert (len(body["items"]), body["total"], body["considered"]) == (2, 5, 5)


@pytest.mark.parametrize("limit", [0, 201, "many"])
def test_a_limit_out_of_bounds_is_refused(application: FastAPI, clerk: TestClient, limit: Any) -> None:
    assert clerk.get(f"/v1/seekers/{registered(clerk)}/matches", params={"limit": limit}).status_code == 422


def test_only_a_signed_in_clerk_of_the_persons_own_office_may_match_a_person(
    application: FastAPI, clerk: TestClient, stranger: TestClient, anybody: TestClient
) -> None:
    known(application, 1)
    address = f"/v1/seekers/{registered(clerk)}/matches"
    assert anybody.get(address).status_code == 401
    assert stranger.get(address).status_code == 404
    assert clerk.get(address).status_code == 200


def test_matching_needs_its_own_permission(application: FastAPI) -> None:
    client = signed_in(application, HERE, [Permission.SEEKER_READ, Permission.SEEKER_WRITE])
    assert client.get(f"/v1/seekers/{registered(client)}/matches").status_code == 403


def test_a_post_sees_the_persons_of_the_own_office_masked(
    application: FastAPI, clerk: TestClient, stranger: TestClient, anybody: TestClient
) -> None:
    post = known(application, 1)
    address = f"/v1/vacancies/{post}/matches"
    suits, cook = registered(clerk), registered(clerk, 2, wishes=[{"occupation": "cook"}])
    registered(clerk, 3, draft=True)
    answer = clerk.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert body["considered"] == 2
    assert [(item["person"]["id"], item["person"]["name"]) for item in body["items"]] == [(suits, "示**")]
    assert [item["person"]["id"] for item in body["other_nearby"]] == [cook]
    assert not any(text in answer.text for text in ("990104", "15400000001", "示例1", "1998"))
    assert anybody.get(address).status_code == 401
    assert stranger.get(address).json()["considered"] == 0


def test_both_directions_give_one_score(application: FastAPI, clerk: TestClient) -> None:
    post, seeker = known(application, 1), registered(clerk)
    there = clerk.get(f"/v1/seekers/{seeker}/matches").json()["items"][0]
    back = clerk.get(f"/v1/vacancies/{post}/matches").json()["items"][0]
    assert {**there, "listing": None, "person": None} == {**back, "listing": None, "person": None}


def test_a_post_received_from_elsewhere_is_matched_too(application: FastAPI, clerk: TestClient) -> None:
    post, seeker = known(application, 1, origin="gz-tianhe-shipai"), registered(clerk)
    body = clerk.get(f"/v1/vacancies/{post}/matches").json()
    assert [item["person"]["id"] for item in body["items"]] == [seeker]


def test_an_own_vacancy_that_is_no_listing_says_so_and_an_unknown_one_is_not_found(
    application: FastAPI, clerk: TestClient, stranger: TestClient
) -> None:
    address = f"/v1/vacancies/{draft(application)}/matches"
    refused = clerk.get(address)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:sanlian:problem:vacancy-not-published")
    assert stranger.get(address).status_code == 404
    assert clerk.get("/v1/vacancies/019aae6c-5a00-7000-8000-0000000000ff/matches").status_code == 404


def draft(app: FastAPI) -> str:
    """A draft vacancy of the office in HERE; its id."""
    now = app.state.clock.now()
    with app.state.database.write() as session:
        office = session.scalars(select(Office).where(Office.region_code == HERE)).one()
        employer = Employer(
            id="019aae6c-5a00-7000-8000-0000000000a1",
            office_id=office.id,
            name="示例物业",
            sanctioned=False,
            version=1,
            created_at=now,
            updated_at=now,
        )
        vacancy = Vacancy(
            id="019aae6c-5a00-7000-8000-0000000000a2",
            office_id=office.id,
            employer=employer,
            entered_sha256=b"\0" * 32,
            state="draft",
            title="保洁员",
            content={},
            seats=1,
            referral_quota=1,
            is_quota_set=True,
            referred_count=0,
            hired_count=0,
            is_published=False,
            created_at=now,
            updated_at=now,
            version=1,
        )
        session.add(vacancy)
        return vacancy.id


def test_sex_and_name_move_nothing(application: FastAPI, clerk: TestClient) -> None:
    for number in range(4):
        known(application, number)
    woman, man = registered(clerk, 2), registered(clerk, 3)
    hers, his = (clerk.get(f"/v1/seekers/{seeker}/matches").json() for seeker in (woman, man))
    assert sorted(hers["items"], key=str) == sorted(his["items"], key=str)
    assert {**hers, "items": None} == {**his, "items": None}


class TestMatchWithoutAPerson:
    def test_anybody_may_match_a_profile_and_gets_what_a_stored_person_gets(
        self, application: FastAPI, clerk: TestClient, anybody: TestClient
    ) -> None:
        known(application, 1)
        profile = {**PROFILE, "birth_on": "1998-03-12", "target_groups": []}
        answer = anybody.post("/v1/match", json=profile)
        assert answer.status_code == 200, answer.text
        stored = clerk.get(f"/v1/seekers/{registered(clerk)}/matches").json()
        assert answer.json() == stored

    def test_nothing_of_it_is_stored(self, application: FastAPI, anybody: TestClient) -> None:
        known(application, 1)
        before = rows(application)
        assert anybody.post("/v1/match", json=PROFILE).status_code == 200
        assert rows(application) == before

    def test_a_target_group_that_was_not_asked_is_to_be_asked_and_none_is_none(
        self, application: FastAPI, anybody: TestClient
    ) -> None:
        known(application, 1, reserved_for="veteran")
        asked = anybody.post("/v1/match", json={**PROFILE, "target_groups": []}).json()
        assert asked["why_not"][0]["failed"] == ["reserved"]
        unasked = anybody.post("/v1/match", json=PROFILE).json()
        assert [c["status"] for c in unasked["items"][0]["conditions"] if c["name"] == "reserved"] == ["unknown"]

    def test_experience_is_given_in_years(self, application: FastAPI, anybody: TestClient) -> None:
        known(application, 1)
        profile = {**PROFILE, "experience": [{"occupation": "cleaner", "years": 2}]}
        factors = anybody.post("/v1/match", json=profile).json()["items"][0]["factors"]
        assert factors[1]["points"] == 1000

    @pytest.mark.parametrize(
        ("change", "field", "nearest"),
        [
            ({"wishes": [{"occupation": "cleanr"}]}, "wishes.0.occupation", "cleaner"),
            ({"places": ["440104993"]}, "places.0", "440104"),
        ],
    )
    def test_an_unknown_code_is_refused_and_names_the_nearest(
        self, application: FastAPI, anybody: TestClient, change: dict[str, Any], field: str, nearest: str
    ) -> None:
        answer = anybody.post("/v1/match", json={**PROFILE, **change})
        assert answer.status_code == 422
        error = answer.json()["errors"][0]
        assert error["field"] == field
        assert any(near["code"].startswith(nearest) for near in error["nearest"])

    @pytest.mark.parametrize(
        "profile",
        [
            {"sex": "female"},
            {"name": "张示例"},
            {"wishes": [{}]},
            {"wishes": [{"occupation": "cleaner"}] * 4},
            {"shifts": {}},
            {"pay": {"min_fen": -1, "period": "month"}},
            {"birth_on": "yesterday"},
            [],
        ],
    )
    def test_what_is_no_profile_is_refused(self, anybody: TestClient, profile: Any) -> None:
        assert anybody.post("/v1/match", json=profile).status_code == 422

    def test_an_empty_profile_is_answered_with_other_work(self, application: FastAPI, anybody: TestClient) -> None:
        post = known(application, 1)
        body = anybody.post("/v1/match", json={}).json()
        assert (body["items"], ids(body["other_nearby"])) == ([], [post])


def rows(app: FastAPI) -> dict[str, int]:
    """How many rows every table has."""
    with app.state.database.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_the_score_table_is_published(anybody: TestClient) -> None:
    body = anybody.get("/v1/match/score-table").json()
    assert body["version"] == "2026.1"
    assert sum(body["points"].values()) == 10_000
    assert body["numbers"]["wish_ranks"] == [100, 85, 75]
    assert body["board"][0]["area"] == "440100"


def test_every_route_is_documented_with_its_schema(application: FastAPI) -> None:
    paths = application.openapi()["paths"]
    for path, verb in (
        ("/v1/seekers/{seeker_id}/matches", "get"),
        ("/v1/vacancies/{vacancy_id}/matches", "get"),
        ("/v1/match", "post"),
        ("/v1/match/score-table", "get"),
    ):
        operation = paths[path][verb]
        assert operation["operationId"]
        assert "$ref" in operation["responses"]["200"]["content"]["application/json"]["schema"]


class TestALoadedNode:
    """What many matches at once may cost: processors, connections, and the parsing of every listing."""

    def test_listings_are_read_once_while_no_record_comes_in(
        self, application: FastAPI, clerk: TestClient, anybody: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read: list[str] = []

        def counted(rid: str, *row: Any) -> KnownListing:
            read.append(rid)
            return read_listing(rid, *row)

        monkeypatch.setattr(queries, "read_listing", counted)
        first, seeker = known(application, 1), registered(clerk)
        for _ in range(3):
            assert clerk.get(f"/v1/seekers/{seeker}/matches").json()["total"] == 1
            assert anybody.post("/v1/match", json=PROFILE).json()["total"] == 1
        assert read == [first, first]  # once for the market, once to be shown
        known(application, 2)
        assert clerk.get(f"/v1/seekers/{seeker}/matches").json()["total"] == 2
        assert anybody.post("/v1/match", json=PROFILE).json()["total"] == 2
        assert len(read) == 4

    def test_the_public_is_given_only_what_is_shown(
        self, application: FastAPI, clerk: TestClient, anybody: TestClient, clock: FakeClock
    ) -> None:
        known(application, 1, status="paused")
        post = known(application, 2, valid_until="2026-11-24")
        assert clerk.get(f"/v1/seekers/{registered(clerk)}/matches").json()["considered"] == 2
        body = anybody.post("/v1/match", json=PROFILE).json()
        assert (body["considered"], ids(body["items"])) == (1, [post])
        clock.advance(days=2)  # without any record
        assert anybody.post("/v1/match", json=PROFILE).json()["considered"] == 0

    def test_no_connection_is_held_while_scoring(
        self, application: FastAPI, clerk: TestClient, anybody: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        post, seeker = known(application, 1), registered(clerk)
        held: list[int] = []
        pool = application.state.database.reader.pool

        def watched(score: Callable[..., Any]) -> Callable[..., Any]:
            def scored(*args: Any, **more: Any) -> Any:
                held.append(pool.checkedout())
                return score(*args, **more)

            return scored

        monkeypatch.setattr(Market, "best", watched(Market.best))
        monkeypatch.setattr(Pool, "best", watched(Pool.best))
        monkeypatch.setattr(Judging, "judge", watched(Judging.judge))
        assert clerk.get(f"/v1/seekers/{seeker}/matches").status_code == 200
        assert clerk.get(f"/v1/vacancies/{post}/matches").status_code == 200
        assert anybody.post("/v1/match", json=PROFILE).status_code == 200
        assert len(held) >= 6
        assert not any(held)

    def test_few_score_at_once_and_the_public_leaves_a_turn_to_the_counter(
        self, application: FastAPI, clerk: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        application.state.match_turns.any = WriteTurn(2, queue=1, wait_s=0.1)
        application.state.match_turns.public = WriteTurn(1, queue=1, wait_s=0.1)
        known(application, 1)
        address = f"/v1/seekers/{registered(clerk)}/matches"
        scoring, score = Semaphore(0), Event()

        def held(*args: Any, **more: Any) -> Any:
            scoring.release()
            assert score.wait(10)
            return best(*args, **more)

        best = Market.best
        with clerk, ThreadPoolExecutor() as pool:
            monkeypatch.setattr(Market, "best", held)
            answers = [pool.submit(clerk.post, "/v1/match", json=PROFILE)]
            assert scoring.acquire(timeout=10)
            refused = clerk.post("/v1/match", json=PROFILE)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
            answers.append(pool.submit(clerk.get, address))
            assert scoring.acquire(timeout=10)
            assert clerk.get(address).status_code == 503
            score.set()
            assert [answer.result().status_code for answer in answers] == [200, 200]

    def test_a_hundred_of_the_public_at_once_are_all_answered(self, application: FastAPI, anybody: TestClient) -> None:
        known(application, 1)
        with anybody, ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(lambda _: anybody.post("/v1/match", json=PROFILE).status_code, range(100)))
        assert answers == [200] * 100

    def test_a_counter_passes_a_crowd_of_the_public(
        self, application: FastAPI, clerk: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known(application, 1)
        address = f"/v1/seekers/{registered(clerk)}/matches"
        scoring, score = Semaphore(0), Event()

        def held(*args: Any, **more: Any) -> Any:
            if not more.get("seeker_id"):
                scoring.release()
                assert score.wait(10)
            return best(*args, **more)

        best = Market.best
        with clerk, ThreadPoolExecutor(30) as pool:
            monkeypatch.setattr(Market, "best", held)
            crowd = [pool.submit(clerk.post, "/v1/match", json=PROFILE) for _ in range(20)]
            assert scoring.acquire(timeout=10)
            assert clerk.get(address).status_code == 200  # while all of the crowd still waits
            score.set()
            assert {answer.result().status_code for answer in crowd} == {200}


@pytest.mark.parametrize(("any_", "public"), [(2, 2), (2, 3), (4, 4)])
def test_the_public_may_not_have_every_turn(any_: int, public: int) -> None:
    with pytest.raises(ValidationError, match="SANLIAN_PUBLIC_MATCH_AT_ONCE must be less than SANLIAN_MATCH_AT_ONCE"):
        Settings.model_validate({"match_at_once": any_, "public_match_at_once": public})


def test_the_turns_of_a_node_are_those_of_its_settings(tmp_path: Path, sqlite_url: str, clock: FakeClock) -> None:
    values = {"dir": tmp_path / "node", "DATABASE_URL": sqlite_url, "match_queue": 3, "public_match_queue": 5}
    settings = Settings.model_validate(values)
    initialise(settings, node="gz", region="440100")
    app = create_app(settings, clock)
    turns = app.state.match_turns
    assert (turns.any.queue, turns.public.queue) == (3, 5)
    app.state.database.dispose()
