"""`sanlian keys` on real nodes: another key while a street works, and an end to a key that somebody else has."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.exchange.key_folder import KeyFolder
from app.kernel.clock import SystemClock
from app.kernel.ids import new_id
from tests.network.office import Office, look, records
from tests.network.outlaw import Outlaw
from tests.network.processes import NodeProcess, refused, said, wait_until
from tests.network.three_levels import ThreeLevels, three_levels

OWN = "SELECT key_id, count(*) FROM sync_record WHERE origin = 'beijing' AND op = 'P' GROUP BY key_id"
STATED = "SELECT count(*) FROM sync_key WHERE node = 'beijing'"


@pytest.fixture
def network(tmp_path: Path) -> Iterator[ThreeLevels]:
    with three_levels(tmp_path) as found:
        yield found


def is_known(node: NodeProcess, rid: str) -> bool:
    return httpx.get(f"{node.url}/v1/listings/beijing/{rid}", timeout=5, trust_env=False).status_code == 200


def present_key(node: NodeProcess) -> str:
    return KeyFolder(node.folder / "keys", node.node).present().key_id


def test_a_street_changes_its_key_while_it_works_and_everything_stays_known_above(network: ThreeLevels) -> None:
    before = [network.office.open_vacancy() for _ in range(5)]
    ended = network.office.open_vacancy()
    network.office.done(f"/v1/vacancies/{ended}/close")
    network.settle()
    planned = said(network.street.sanlian("keys", "rotate", "--dry-run"))
    assert "would change beijing:1 for beijing:2" in planned
    assert present_key(network.street) == "beijing:1"
    done = said(network.street.sanlian("keys", "rotate"))
    assert "beijing signs with beijing:2 from here on" in done
    assert "5 records are signed anew" in done
    assert present_key(network.street) == "beijing:2"
    assert sorted(path.name for path in (network.street.folder / "keys").iterdir()) == ["beijing.key", "rotate.lock"]
    assert all(is_known(network.city, rid) for rid in before)
    after = network.office.open_vacancy()
    wait_until(lambda: is_known(network.city, after), 10)
    wait_until(lambda: look(network.city.folder, OWN) == [("beijing:2", 6)], 40, lambda: look(network.city.folder, OWN))
    network.settle()
    assert not is_known(network.city, ended)
    assert look(network.city.folder, STATED) == [(2,)]
    for node in network.nodes:
        assert look(node.folder, "SELECT count(*) FROM sync_quarantine") == [(0,)]
    assert network.street.sanlian("sync", "verify").returncode == 0
    # Nothing was signed by the process that had the old key in memory any more.
    kept = [e for key, e in records(network.city.settings.effective_database_url).items() if key[0] == "beijing"]
    assert {e.key_id for e in kept if e.op == "P"} == {"beijing:2"}


def test_a_district_and_the_city_change_their_keys_and_a_new_street_joins(network: ThreeLevels) -> None:
    network.office.open_vacancy()
    network.settle()
    assert "guangzhou signs with guangzhou:2" in said(network.city.sanlian("keys", "rotate"))
    assert "yuexiu signs with yuexiu:2" in said(network.district.sanlian("keys", "rotate"))
    wait_until(
        lambda: (
            look(network.street.folder, "SELECT key_id FROM sync_node WHERE node = 'guangzhou'") == [("guangzhou:2",)]
        ),
        30,
    )
    joined = NodeProcess(network.folder / "dengfeng", "dengfeng", "登峰街道", "street", "440104021")
    joined.init(network.district)
    [(pinned,)] = look(joined.folder, "SELECT root_key FROM sync_meta")
    assert pinned == network.public_key("guangzhou")
    try:
        joined.start()
        office = Office(joined.url, joined.add_staff("admin"))
        rid = office.open_vacancy(place={"region": "440104021"})
        wait_until(
            lambda: httpx.get(f"{network.city.url}/v1/listings/dengfeng/{rid}", trust_env=False).status_code == 200, 20
        )
        office.close()
    finally:
        joined.stop()


def test_a_revoked_street_is_refused_above_works_on_and_joins_again(network: ThreeLevels) -> None:
    before = network.office.open_vacancy()
    network.settle()
    assert "would revoke" in said(network.district.sanlian("keys", "revoke", "beijing", "--dry-run"))
    done = said(network.district.sanlian("keys", "revoke", "beijing", "--reason", "a stolen machine"))
    assert "revoked: the keys of beijing up to beijing:1" in done
    acts = "SELECT act, subject, reason FROM node_act"
    assert look(network.district.folder, acts) == [("keys.revoke", "beijing:1", "a stolen machine")]
    assert "revoked already" in refused(network.district, "keys", "revoke", "beijing")
    after = network.office.open_vacancy()  # the counter knows nothing of it
    wait_until(lambda: "revoked-key" in (network.street.status()["last_error"] or ""), 20, network.street.status)
    assert not is_known(network.district, after)
    assert is_known(network.city, before)
    assert "revoked" in refused(network.street, "keys", "rotate").lower()
    code = network.district.sanlian("enrol", "beijing", "--region", "440104003", "--quiet").stdout.strip()
    assert "beijing signs with beijing:" in said(network.street.sanlian("keys", "rotate", "--code", code))
    wait_until(lambda: is_known(network.city, after), 60, network.street.status)
    network.settle(60)
    assert len(look(network.city.folder, OWN)) == 1
    assert network.street.sanlian("sync", "verify").returncode == 0


def test_a_node_that_runs_twice_is_suspended_until_somebody_lifts_it(network: ThreeLevels) -> None:
    node = NodeProcess(network.folder / "hongqiao", "hongqiao", "洪桥街道", "street", "440104001")
    street = Outlaw(node.init(network.district), network.district)
    first = street.local.inc

    def push(inc: int) -> tuple[int, str]:
        answer = street.push([street.record()], inc=inc)
        return answer.status_code, "" if answer.status_code == 200 else answer.json()["type"].rpartition(":")[2]

    assert push(first) == push(first + 5) == (200, "")
    assert push(first + 1) == (409, "fenced")  # never heard before: perhaps a clock that stands still
    assert push(first) == (403, "suspended")
    assert push(first + 9) == (403, "suspended")
    assert street.hello().status_code == 200
    assert "SUSPENDED" in network.district.sanlian("sync", "status").stdout
    assert "hongqiao is suspended" in said(network.district.sanlian("doctor", "--no-online"))
    figures = httpx.get(f"{network.district.url}/metrics", timeout=20, trust_env=False).text
    assert 'sanlian_suspended{peer="hongqiao"} 1' in figures
    assert "may push again" in said(network.district.sanlian("sync", "lift", "hongqiao"))
    assert "is not suspended" in refused(network.district, "sync", "lift", "hongqiao")
    assert push(first) == (409, "fenced")
    assert push(first + 9) == (200, "")
    assert look(network.district.folder, "SELECT act, subject FROM node_act") == [("sync.lift", "hongqiao")]


def test_two_records_under_one_version_raise_an_alarm(network: ThreeLevels) -> None:
    node = NodeProcess(network.folder / "hongqiao", "hongqiao", "洪桥街道", "street", "440104001")
    street = Outlaw(node.init(network.district), network.district)
    rid = new_id(SystemClock())
    for text in ("one", "other"):
        assert street.push([street.record(rid=rid, body=f'{{"text":"{text}"}}')]).status_code == 200
    assert "EQUIVOCATION" in network.district.sanlian("sync", "status").stdout
    assert "records of hongqiao came in two forms" in refused(network.district, "doctor", "--no-online")
    figures = httpx.get(f"{network.district.url}/metrics", timeout=20, trust_env=False).text
    assert 'sanlian_equivocations{node="hongqiao"} 1' in figures
