"""Local synonyms over HTTP: taught by an officer, used at once, listed, taken back, logged."""

from pathlib import Path

import pytest
import structlog
from fastapi.testclient import TestClient

from app.auth.roles import Role
from app.main import create_app
from app.settings import Settings
from app.taxonomy import esco
from tests.fakes import FakeClock
from tests.routes.import_node import ImportNode
from tests.routes.seeding import answer_of, fields, refused

TAUGHT = {"kind": "occupation", "word": "睇水佬", "concept": "security-guard", "note": "老街坊的说法"}


def meant(client: TestClient, text: str) -> str | None:
    found: str | None = answer_of(client.get("/v1/find/occupations", params={"q": text}))["meant"]
    return found


def test_a_word_is_taught_used_at_once_listed_and_taken_back(officer: TestClient, anybody: TestClient) -> None:
    with structlog.testing.capture_logs() as logs:
        answer = officer.post("/v1/synonyms", json=TAUGHT)
        made = answer_of(answer, 201)
        assert {name: made[name] for name in TAUGHT} == TAUGHT
        assert meant(anybody, "睇水佬") == "security-guard"
        assert answer_of(officer.get("/v1/synonyms")) == {"items": [made], "total": 1, "next": None}
        assert officer.delete(answer.headers["Location"]).status_code == 204
    assert meant(anybody, "睇水佬") is None
    assert answer_of(officer.get("/v1/synonyms"))["total"] == 0
    refused(officer.delete(answer.headers["Location"]), 404, "not-found")
    told = [line for line in logs if line["event"].startswith("synonym")]
    assert [(line["event"], line["concept"], line["synonym"]) for line in told] == [
        ("synonym added", "security-guard", made["id"]),
        ("synonym removed", "security-guard", made["id"]),
    ]
    assert "睇水佬" not in str(told)


def test_a_taken_word_answers_409_naming_what_it_names(officer: TestClient) -> None:
    problem = refused(officer.post("/v1/synonyms", json={**TAUGHT, "word": "保洁員"}), 409, "word-taken")
    assert problem["concepts"] == ["cleaner"]
    assert "保洁员（cleaner）" in problem["detail_zh"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"word": " "}, "word"),
        ({"word": "字" * 61}, "word"),
        ({"concept": "nowhere"}, "concept"),
        ({"kind": "x"}, "kind"),
    ],
)
def test_what_does_not_hold_is_named(officer: TestClient, change: dict[str, str], field: str) -> None:
    assert fields(officer.post("/v1/synonyms", json={**TAUGHT, **change})) == [field]


def test_a_clerk_may_not_teach(clerk: TestClient) -> None:
    for answer in (clerk.post("/v1/synonyms", json=TAUGHT), clerk.get("/v1/synonyms")):
        refused(answer, 403, "forbidden")


def test_the_pages_give_every_word_once(officer: TestClient, clock: FakeClock) -> None:
    made = []
    for word in ("睇水佬", "睇水婆", "睇水仔"):
        clock.advance(seconds=1)
        made.append(answer_of(officer.post("/v1/synonyms", json={**TAUGHT, "word": word}), 201)["id"])
    first = answer_of(officer.get("/v1/synonyms", params={"limit": 2}))
    rest = answer_of(officer.get("/v1/synonyms", params={"limit": 2, "after": first["next"]}))
    assert [one["id"] for one in (*first["items"], *rest["items"])] == made[::-1]
    assert (first["total"], rest["next"]) == (3, None)


def test_a_restarted_node_knows_its_words_and_escos_names(
    sqlite_node: ImportNode, sqlite_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    officer = sqlite_node.client(sqlite_node.token(Role.OFFICER))
    answer_of(officer.post("/v1/synonyms", json=TAUGHT), 201)
    welder = esco.EscoOccupation("http://data.europa.eu/esco/occupation/x", "7212", "welder", ("oxy fuel joiner",))
    settings = Settings.model_validate({"dir": tmp_path / "node", "DATABASE_URL": sqlite_url})
    esco.keep([welder], settings.dir)
    again = TestClient(create_app(settings, clock))
    assert meant(again, "睇水佬") == "security-guard"
    assert meant(again, "oxy fuel joiner") == "welder"
