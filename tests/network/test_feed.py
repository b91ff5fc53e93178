"""The market comes down to every street, stays there while the line is cut, and a restored street recovers.

A city, a district and two streets as processes, HTTP between them, real files.
"""

import shutil
import sqlite3
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from app.exchange.envelope import decode_line, encode_line
from app.exchange.identity import local_node
from app.exchange.key_folder import KeyFolder
from app.exchange.keys import verify
from app.exchange.models import SyncMeta
from app.kernel.clock import SystemClock
from app.kernel.db import Database
from app.sync.link import HttpLink
from tests.network.office import Office, look, records
from tests.network.processes import NodeProcess, wait_until
from tests.network.two_streets import Market, two_streets

PLACE = {"region": "440104003", "stated": ""}
NEXT_DOOR = {"region": "440104004", "stated": ""}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with two_streets(tmp_path_factory.mktemp("feed")) as market:
        yield market


@pytest.fixture
def market(running: Market) -> Market:
    """The shared market, all of it running and settled."""
    for node in running.nodes:
        if node.process is None:
            node.start()
    running.settle()
    return running


def is_listed(node: NodeProcess, origin: str, rid: str) -> bool:
    answer = httpx.get(f"{node.url}/v1/listings/{origin}/{rid}", timeout=5, trust_env=False)
    assert answer.status_code in {200, 404, 410}
    return answer.status_code == 200


def test_a_vacancy_of_one_street_is_found_at_the_next_within_five_seconds_and_gone_once_it_is_closed(
    market: Market,
) -> None:
    beijing, hongqiao = market.levels.street, market.hongqiao
    rid = market.levels.office.open_vacancy(title="数控车工", place=PLACE)
    wait_until(lambda: is_listed(hongqiao, "beijing", rid), 5, hongqiao.status)
    found = hongqiao.get("/v1/listings", q="数控车工")
    assert rid in [item["id"] for item in found["items"]]
    at_home, next_door = (records(node.settings.effective_database_url) for node in (beijing, hongqiao))
    key = ("beijing", "listing", rid)
    assert encode_line(next_door[key]) == encode_line(at_home[key])
    assert verify(market.levels.public_key("beijing"), next_door[key].signed_bytes, next_door[key].sig)
    market.levels.office.done(f"/v1/vacancies/{rid}/close", {"reason": "已招满"})
    wait_until(lambda: not is_listed(hongqiao, "beijing", rid), 5, hongqiao.status)
    assert hongqiao.status()["own_listings"] == 0


def test_a_street_whose_line_is_cut_shows_what_it_knew_even_after_a_restart(market: Market) -> None:
    rid = market.levels.office.open_vacancy(title="凉菜厨师", place=PLACE)
    wait_until(lambda: is_listed(market.hongqiao, "beijing", rid), 5)
    market.levels.district.stop()
    market.hongqiao.stop()
    market.hongqiao.start()
    assert is_listed(market.hongqiao, "beijing", rid)
    assert rid in [item["id"] for item in market.hongqiao.get("/v1/listings", q="凉菜厨师")["items"]]
    market.levels.office.done(f"/v1/vacancies/{rid}/close", {"reason": "已招满"})
    time.sleep(1)
    assert is_listed(market.hongqiao, "beijing", rid)  # nobody could tell it
    market.levels.district.start()
    wait_until(lambda: not is_listed(market.hongqiao, "beijing", rid), 10, market.hongqiao.status)


def test_a_long_poll_hears_of_a_commit_of_another_process_and_otherwise_ends_with_its_time(market: Market) -> None:
    district = market.levels.district
    rid = market.levels.office.open_vacancy(place=PLACE)
    market.settle()
    link = line_of(market.hongqiao)
    page = link.feed(None, 0, 0)
    while page.header.more:
        page = link.feed(page.header.end, 0, 0)
    at, owned = page.header.end, page.header.owned_head
    began = time.monotonic()
    assert link.feed(at, 3, owned).lines == []
    assert time.monotonic() - began >= 3
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(link.feed, at, 20, owned)
        time.sleep(1)
        number_anew(district.folder, rid)
        began = time.monotonic()
        [line] = waiting.result().lines
    assert time.monotonic() - began < 5
    assert decode_line(line).rid == rid
    link.close()
    market.levels.office.done(f"/v1/vacancies/{rid}/close", {"reason": "已招满"})  # wakes what carries it on upward


def line_of(node: NodeProcess) -> HttpLink:
    """A way to the parent beside that of the running node: reading the feed changes nothing at the parent."""
    database = Database(node.settings.effective_database_url)
    with database.read() as session:
        local = local_node(session.get_one(SyncMeta, 1), KeyFolder(node.folder / "keys", node.node).present())
    database.dispose()
    return HttpLink(local, SystemClock().now)


def number_anew(folder: Path, rid: str) -> None:
    """Commit a record once more, under the next number, from a process that is not the node's."""
    with closing(sqlite3.connect(folder / "sanlian.db", timeout=10)) as connection, connection:
        connection.execute("UPDATE sync_head SET head = head + 1")
        connection.execute("UPDATE sync_record SET seq = (SELECT head FROM sync_head) WHERE rid = ?", (rid,))
        mark = "INSERT INTO sync_mark SELECT ?, head, '2026-11-24 00:00:00.000000' FROM sync_head"
        connection.execute(mark, (f"{uuid.uuid4().int >> 64:016x}",))


def test_a_node_with_a_child_that_listens_stops_at_once(market: Market) -> None:
    """A long poll is answered when the server ends, and not when its time is over."""
    began = time.monotonic()
    market.levels.city.stop()
    assert time.monotonic() - began < 8
    said = (market.levels.city.folder / "stdio.log").read_text("utf-8")
    assert "Cancel" not in said
    assert "Traceback" not in said


def test_a_street_put_back_to_an_older_copy_recovers_by_itself_and_goes_on_working(
    market: Market, tmp_path: Path
) -> None:
    street, office = market.levels.street, market.levels.office
    kept, ended = office.open_vacancy(place=PLACE), office.open_vacancy(place=PLACE)
    market.settle()
    street.stop()
    copy = tmp_path / "sanlian.db"
    shutil.copyfile(street.folder / "sanlian.db", copy)
    street.start()
    since = [office.open_vacancy(title="夜班保安", place=PLACE) for _ in range(3)]
    office.done(f"/v1/vacancies/{ended}/close", {"reason": "已招满"})
    market.settle()
    before = {key: e for key, e in records(street.settings.effective_database_url).items() if key[0] == "beijing"}

    street.stop()
    for left in street.folder.glob("sanlian.db*"):
        left.unlink()
    shutil.copyfile(copy, street.folder / "sanlian.db")
    assert "restored from a backup" in " ".join(street.sanlian("doctor", check=False).stdout.split())
    street.start()
    wait_until(lambda: all(is_listed(street, "beijing", rid) for rid in since), 15, street.output)
    wait_until(lambda: look(street.folder, "SELECT recovering FROM sync_meta") == [(0,)], 15, street.output)
    market.settle()
    assert is_listed(street, "beijing", kept)
    assert not is_listed(street, "beijing", ended)
    now = records(street.settings.effective_database_url)
    assert {key: now[key] for key in before} == before
    done = street.sanlian("sync", "verify", check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    new = office.open_vacancy(place=PLACE)
    office.done(f"/v1/vacancies/{kept}/close", {"reason": "已招满"})
    wait_until(lambda: is_listed(market.levels.city, "beijing", new), 5)
    wait_until(lambda: not is_listed(market.hongqiao, "beijing", kept), 5)
    next_door = market.office.open_vacancy(place=NEXT_DOOR)
    wait_until(lambda: is_listed(street, "hongqiao", next_door), 5)
    market.settle()
    assert street.sanlian("sync", "verify").returncode == 0


def test_the_register_of_a_restored_street_shows_what_it_had_done_since_and_works_with_it(
    market: Market, tmp_path: Path
) -> None:
    street, office = market.levels.street, market.levels.office
    ended, edited = (office.open_vacancy(title=title, place=PLACE) for title in ("面点师", "调酒师"))
    market.settle()
    street.stop()
    copy = tmp_path / "sanlian.db"
    shutil.copyfile(street.folder / "sanlian.db", copy)
    street.start()
    opened = office.open_vacancy(title="水电工", place=PLACE, skills=[{"stated": "电工证", "need": "must"}])
    office.done(f"/v1/vacancies/{ended}/close", {"reason": "已招满"})
    was = office.client.get(f"/v1/vacancies/{edited}")
    change = {"duties": "吧台与酒水。", "seats": 5}
    changed = office.client.patch(f"/v1/vacancies/{edited}", json=change, headers={"If-Match": was.headers["ETag"]})
    assert changed.is_success, changed.text
    for verb in ("approve", "open"):
        office.done(f"/v1/vacancies/{edited}/{verb}")
    market.settle()
    ours = (ended, edited, opened)
    before = [_shown(office, rid) for rid in ours]

    street.stop()
    for left in street.folder.glob("sanlian.db*"):
        left.unlink()
    shutil.copyfile(copy, street.folder / "sanlian.db")
    street.start()
    wait_until(lambda: is_listed(street, "beijing", opened), 15, street.output)
    wait_until(lambda: look(street.folder, "SELECT recovering FROM sync_meta") == [(0,)], 15, street.output)
    assert [_shown(office, rid) for rid in ours] == before
    lines = [office.client.get(f"/v1/vacancies/{rid}/log").json()[-1] for rid in ours]
    assert [(line["verb"], line["to_state"]) for line in lines] == [
        ("recover", "closed_early"),
        ("recover", "open"),
        ("recover", "open"),
    ]
    doctor = " ".join(street.sanlian("doctor").stdout.split())
    assert "without a vacancy" not in doctor
    office.done(f"/v1/vacancies/{opened}/close", {"reason": "已招满"})
    office.done(f"/v1/vacancies/{edited}/pause")
    for rid in (opened, edited):
        wait_until(lambda rid=rid: not is_listed(market.levels.city, "beijing", rid), 5, street.output)
    market.settle()
    assert street.sanlian("sync", "verify").returncode == 0


def _shown(office: Office, rid: str) -> dict[str, object]:
    """A vacancy at the counter, without the numbers and times of its row."""
    answer = office.client.get(f"/v1/vacancies/{rid}")
    assert answer.is_success, answer.text
    return {name: value for name, value in answer.json().items() if name not in {"version", "created_at", "updated_at"}}
