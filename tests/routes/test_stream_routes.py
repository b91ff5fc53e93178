"""A copy of the market kept with the snapshot and the stream alone: exact at every moment, never carried on wrong."""

import random
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, insert, update

from app.auth.roles import Role
from app.exchange.commit import take_numbers
from app.exchange.models import SyncMark, SyncMeta, SyncRecord
from app.kernel.paging import decode_cursor, encode_cursor
from app.vacancies.models import Listing
from app.vacancies.service import expire_due
from app.vacancies.stream import reading
from tests.fakes import FakeClock
from tests.routes import seeding
from tests.routes.import_node import ImportNode
from tests.routes.market_copy import SNAPSHOT, STREAM, Copy, Key
from tests.routes.seeding import OPEN, answer_of, fields, refused

CONDITIONS: list[dict[str, str]] = [
    {},
    {"place": "440104"},
    {"occupation": "cleaner"},
    {"place": "440106", "occupation": "electrician"},
]
PLACES = ("440104003", "440104", "440106001")


def searched(client: TestClient, conditions: dict[str, str]) -> dict[Key, Any]:
    """Every listing that the search shows, by (origin, id)."""
    found: dict[Key, Any] = {}
    after: dict[str, str] = {}
    while True:
        page = answer_of(client.get("/v1/listings", params={**conditions, **after}))
        found |= {(item["origin"]["node"], item["id"]): item["listing"] for item in page["items"]}
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


class Market:
    """A market in which something happens at random."""

    def __init__(self, node: ImportNode, seed: int) -> None:
        self.node, self.random = node, random.Random(seed)
        self.officer = node.client(node.token(Role.OFFICER))
        self.employer = seeding.employer(self.officer, **seeding.EMPLOYER)["id"]
        self.vacancies: list[str] = []
        self.paused = seeding.NOBODY
        self.happened: set[str] = set()

    def step(self) -> None:
        todo = (
            self.open,
            self.open,
            self.pause,
            self.resume,
            self.resume,
            self.close,
            self.amend,
            self.rename,
            self.wait,
        )
        self.random.choice((*todo, self.expire))()

    def open(self) -> None:
        values = {
            "occupation": self.random.choice(("cleaner", "electrician")),
            "place": {"region": self.random.choice(PLACES), "stated": ""},
            "valid_until": self._soon(),
        }
        self.vacancies.append(seeding.vacancy(self.officer, *OPEN, employer_id=self.employer, **values)["id"])
        self.happened.add("open")

    def pause(self) -> None:
        self.paused = self._any()
        self._verb("pause", self.paused)

    def resume(self) -> None:
        self._verb("resume", self.paused)

    def close(self) -> None:
        self._verb("close", self._any())

    def amend(self) -> None:
        """Move a post elsewhere: it is hidden until it is approved and opened again."""
        address = f"/v1/vacancies/{self._any()}"
        before = self.officer.get(address)
        body = {"place": {"region": self.random.choice(PLACES), "stated": "另一处"}}
        answer = self.officer.patch(address, json=body, headers={"If-Match": before.headers.get("ETag", '"1"')})
        if answer.status_code == 200:
            self.happened.add("amend")
            for verb in ("approve", "open")[: self.random.randint(0, 2)]:
                self.officer.post(f"{address}/{verb}")

    def rename(self) -> None:
        """One commit that changes every listing of the employer."""
        address = f"/v1/employers/{self.employer}"
        tag = self.officer.get(address).headers["ETag"]
        name = f"虚构示例·第{self.random.randrange(10**6)}物业公司"
        answer_of(self.officer.patch(address, json={"name": name}, headers={"If-Match": tag}))
        self.happened.add("rename")

    def wait(self) -> None:
        self.node.clock.advance(hours=self.random.randint(1, 12))
        self.officer = self.node.client(self.node.token(Role.OFFICER))

    def expire(self) -> None:
        with self.node.app.state.database.write() as session:
            expire_due(session, self.node.clock)

    def _soon(self) -> str:
        day = self.node.clock.today()
        return day.replace(day=min(28, day.day + self.random.randint(0, 2))).isoformat()

    def _any(self) -> str:
        return self.random.choice(self.vacancies[-3:])  # most of the older ones have ended

    def _verb(self, verb: str, vacancy: str) -> None:
        if self.officer.post(f"/v1/vacancies/{vacancy}/{verb}").status_code == 200:
            self.happened.add(verb)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_copy_is_exact_through_whatever_happens(node: ImportNode, anybody: TestClient, seed: int) -> None:
    market = Market(node, seed)
    market.open()
    copies = [Copy(anybody, **one).begin() for one in CONDITIONS]
    copies += [Copy(anybody, **one) for one in CONDITIONS]  # these begin with nothing, at the beginning
    seen = 0
    for _ in range(60):
        market.step()
        if market.random.random() < 0.3:
            copies.append(Copy(anybody, **market.random.choice(CONDITIONS)).begin())
            copies.pop(0)
        known = {str(one): searched(anybody, one) for one in CONDITIONS}
        seen = max(seen, len(known["{}"]))
        for copy in copies:
            if market.random.random() < 0.5:
                copy.follow(limit=market.random.choice((1, 2, 3, 500)))
                assert copy.held(node.clock.now()) == known[str(copy.conditions)]
    market.open()
    for copy in copies:
        copy.follow()
    node.clock.advance(days=4)  # past the last day of all, and no job has closed them: only the clock says so
    assert any(copy._lines for copy in copies)
    for copy in copies:
        assert copy.held(node.clock.now()) == searched(anybody, copy.conditions) == {}
        assert copy.follow().held(node.clock.now()) == searched(anybody, copy.conditions)
    assert market.happened == {"open", "pause", "resume", "close", "amend", "rename"}
    assert seen > 2


def test_a_listing_that_expires_is_told_by_its_put_and_by_no_line(
    officer: TestClient, anybody: TestClient, clock: FakeClock
) -> None:
    found = seeding.vacancy(officer, *OPEN, valid_until="2026-11-24")["id"]
    copy = Copy(anybody).begin()
    assert list(copy.held(clock.now())) == [("gz", found)]
    clock.advance(days=3)
    assert copy.page() == ([], False)
    assert copy.held(clock.now()) == searched(anybody, {}) == {}
    assert Copy(anybody).begin().held(clock.now()) == {}
    (line,), _ = Copy(anybody).page()
    assert (line["op"], line["id"]) == ("remove", found)


def test_a_listing_that_leaves_the_conditions_is_removed(officer: TestClient, anybody: TestClient) -> None:
    found = seeding.vacancy(officer, *OPEN)["id"]
    copy = Copy(anybody, place="越秀", occupation="搞卫生").begin()
    address = f"/v1/vacancies/{found}"
    tag = officer.get(address).headers["ETag"]
    answer_of(officer.patch(address, json={"place": {"region": "440106"}}, headers={"If-Match": tag}))
    for verb in ("approve", "open"):
        seeding.post(officer, found, verb)
    assert [(line["op"], line["id"]) for line in copy.page()[0]] == [("remove", found)]
    assert [(line["op"], line["id"]) for line in Copy(anybody, place="440106").page()[0]] == [("put", found)]


def test_what_was_dropped_at_this_node_is_removed(node: ImportNode, officer: TestClient, anybody: TestClient) -> None:
    found = seeding.vacancy(officer, *OPEN)["id"]
    copy = Copy(anybody).begin()
    with node.app.state.database.write() as session:
        number = take_numbers(session, 1)
        session.execute(delete(Listing).where(Listing.rid == found))
        session.execute(update(SyncRecord).where(SyncRecord.rid == found).values(op="X", seq=number))
        session.execute(insert(SyncMark).values(mark="f" * 16, seq=number, created_at=node.clock.now()))
    assert [(line["op"], line["id"], line["seq"]) for line in copy.page()[0]] == [("remove", found, number)]


def test_a_snapshot_and_its_cursor_are_of_one_moment(
    node: ImportNode, officer: TestClient, anybody: TestClient
) -> None:
    found = seeding.vacancy(officer, *OPEN)["id"]
    state = node.app.state
    reader = reading.CopyReader(state.regions, state.taxonomy, None, None)
    with state.database.snapshot() as session:
        assert len(list(reader.everything(session, node.clock.now()))) == 1
        seeding.post(officer, found, "pause")
        first = reader.beginning(session, 1)
    copy = Copy(anybody)
    copy.cursor = first.decode().split('"')[3]
    assert [(line["op"], line["id"]) for line in copy.page()[0]] == [("remove", found)]


def test_a_page_ends_by_its_bytes_too(
    officer: TestClient, anybody: TestClient, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    employer = seeding.employer(officer)["id"]
    for _ in range(3):
        seeding.vacancy(officer, *OPEN, employer_id=employer)
    monkeypatch.setattr(reading, "PAGE_BYTES", 1)
    copy = Copy(anybody)
    assert [len(copy.page()[0]) for _ in range(4)] == [1, 1, 1, 0]
    assert copy.held(clock.now()) == searched(anybody, {})


def test_waiting_ends_with_the_change_or_with_the_time(officer: TestClient, anybody: TestClient) -> None:
    found = seeding.vacancy(officer, *OPEN)["id"]
    copy = Copy(anybody).begin()
    began = time.monotonic()
    assert copy.page(wait=1) == ([], False)
    assert 0.9 < time.monotonic() - began < 10
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(copy.page, wait=25)
        time.sleep(0.5)
        assert not waiting.done()
        seeding.post(officer, found, "pause")
        lines, _ = waiting.result(timeout=15)
    assert [(line["op"], line["id"]) for line in lines] == [("remove", found)]


def test_a_cursor_that_cannot_be_carried_on_is_refused_and_says_where_to_begin(
    node: ImportNode, officer: TestClient, anybody: TestClient
) -> None:
    seeding.vacancy(officer, *OPEN)
    cursor = Copy(anybody).begin().cursor
    assert cursor is not None
    history, seq, mark, version, place, occupation = decode_cursor(cursor, str, int, str, str, str, str)
    for other in (
        ("0" * 32, seq, mark, version, place, occupation),
        (history, seq, "0" * 16, version, place, occupation),
        (history, seq, "", version, place, occupation),
        (history, -1, mark, version, place, occupation),
        (history, seq, mark, "0.0.0", place, occupation),
        (history, seq, mark, version, "440104", occupation),
    ):
        gone = refused(anybody.get(STREAM, params={"after": encode_cursor(*other)}), 410, "cursor-gone")
        assert gone["snapshot"] == SNAPSHOT
    gone = refused(anybody.get(STREAM, params={"after": cursor, "place": "440104"}), 410, "cursor-gone")
    assert anybody.get(gone["snapshot"]).status_code == 200
    assert gone["snapshot"] == f"{SNAPSHOT}?place=440104"
    for nonsense in ("x", "", encode_cursor(history, seq), encode_cursor(history, str(seq), mark, *"abc")):
        assert fields(anybody.get(STREAM, params={"after": nonsense})) == ["after"]
    with node.app.state.database.write() as session:
        session.execute(update(SyncMeta).values(gc_floor=int(seq) + 1))
    refused(anybody.get(STREAM, params={"after": cursor}), 410, "cursor-gone")


@pytest.mark.parametrize("buffering", [64, 1 << 20])
def test_a_snapshot_for_which_the_disk_has_no_room_is_refused(
    officer: TestClient, anybody: TestClient, monkeypatch: pytest.MonkeyPatch, buffering: int
) -> None:
    seeding.vacancy(officer, *OPEN)
    full = Path("/dev/full")
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: full.open("r+b", buffering=buffering))
    busy = anybody.get(SNAPSHOT)
    refused(busy, 503, "busy")
    assert busy.headers["Retry-After"] == "60"
    monkeypatch.undo()
    assert len(anybody.get(SNAPSHOT).text.splitlines()) == 2


def test_conditions_that_are_not_clear_are_refused_in_both_calls(anybody: TestClient) -> None:
    for address in (STREAM, SNAPSHOT):
        assert fields(anybody.get(address, params={"place": "999999"})) == ["place"]
        assert fields(anybody.get(address, params={"occupation": "no-such"})) == ["occupation"]
    for query in ({"limit": 0}, {"limit": 1001}, {"wait": 26}, {"wait": -1}):
        assert fields(anybody.get(STREAM, params=query)) == list(query)


def test_after_a_restore_a_cursor_is_refused_even_from_within_a_commit(
    sqlite_node: ImportNode, tmp_path: Path, clock: FakeClock
) -> None:
    officer, database = sqlite_node.client(sqlite_node.token(Role.OFFICER)), sqlite_node.app.state.database
    anybody = TestClient(sqlite_node.app)
    employer = seeding.employer(officer, **seeding.EMPLOYER)["id"]
    found = [seeding.vacancy(officer, *OPEN, employer_id=employer)["id"] for _ in range(2)]
    before, within = Copy(anybody).begin(), Copy(anybody).begin()
    with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(tmp_path / "sanlian.db", tmp_path / "backup.db")
    tag = officer.get(f"/v1/employers/{employer}").headers["ETag"]
    renamed = officer.patch(f"/v1/employers/{employer}", json={"name": "虚构示例·新名"}, headers={"If-Match": tag})
    answer_of(renamed)
    lines, more = within.page(limit=1)
    assert (len(lines), more) == (1, True), "the commit was to have two records"
    database.dispose()
    for left in tmp_path.glob("sanlian.db-*"):
        left.unlink()
    shutil.copyfile(tmp_path / "backup.db", tmp_path / "sanlian.db")
    for one in found:
        seeding.post(officer, one, "pause")
    refused(anybody.get(STREAM, params={"after": within.cursor}), 410, "cursor-gone")
    assert before.follow().held(clock.now()) == {}  # of a commit that the backup has: nothing is missing
