"""A street that is killed at any moment loses nothing it acknowledged, repeats nothing, and the city gets it all."""

import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability.clerks import Clerk
from tests.network.office import look, records
from tests.network.processes import wait_until
from tests.network.three_levels import ThreeLevels, three_levels

CLERKS = 4
REPEATED = 12


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreeLevels]:
    with three_levels(tmp_path_factory.mktemp("kill")) as network:
        yield network


def kill_and_restart(network: ThreeLevels, rounds: int, seed: int) -> list[Clerk]:
    """Let clerks write, kill the street in the middle of it and start it again, `rounds` times."""
    rnd = random.Random(seed)
    token = network.office.client.headers["Authorization"].removeprefix("Bearer ")
    vacancy = network.office.vacancy()
    clerks = [Clerk(number, network.street.url, token, vacancy) for number in range(CLERKS)]
    unanswered = 0
    for _ in range(rounds):
        stopping = threading.Event()
        threads = [threading.Thread(target=clerk.work, args=(stopping,)) for clerk in clerks]
        for thread in threads:
            thread.start()
        time.sleep(rnd.uniform(0.05, 0.7))
        network.street.stop(signal.SIGKILL)
        stopping.set()
        for thread in threads:
            thread.join()
        check_nothing_is_lost(network, clerks)
        network.street.start()
        unanswered += sum(clerk.finish() for clerk in clerks)
        for clerk in clerks:
            clerk.repeat(REPEATED)
    assert unanswered > 0, "no request was cut off: nothing was shown"
    return clerks


def check_nothing_is_lost(network: ThreeLevels, clerks: list[Clerk]) -> None:
    """Every acknowledged write is in the file as the kill left it, before anything could mend it."""
    folder = network.street.folder
    assert look(folder, "PRAGMA integrity_check") == [("ok",)]
    there = dict(look(folder, "SELECT key, status FROM idempotent_answer"))
    versions = dict(look(folder, "SELECT id, version FROM job_seeker UNION ALL SELECT id, version FROM vacancy"))
    for clerk in clerks:
        for write in clerk.writes:
            if write.answer is not None:
                rid, version, _ = write.answer
                assert there[write.key] in {200, 201}
                assert versions[rid] >= version


def check_everything_is_there_once(network: ThreeLevels, clerks: list[Clerk]) -> None:
    writes = [write for clerk in clerks for write in clerk.writes]
    assert all(write.answer for write in writes)
    ids = {
        path: [write.answer[0] for write in writes if write.answer and write.path == path]
        for path in ("/v1/seekers", "/v1/vacancies")
    }
    folder = network.street.folder
    for path, table in (("/v1/seekers", "job_seeker"), ("/v1/vacancies", "vacancy")):
        assert sorted(rid for (rid,) in look(folder, f"SELECT id FROM {table}")) == sorted(ids[path])
    assert look(folder, "SELECT state, count(*) FROM vacancy GROUP BY state") == [("open", len(ids["/v1/vacancies"]))]
    log = "SELECT vacancy_id, group_concat(verb) FROM (SELECT * FROM vacancy_log ORDER BY version) GROUP BY vacancy_id"
    assert {verbs for _, verbs in look(folder, log)} == {"create,submit,approve,open"}
    # Nothing was published twice, so every number up to the head is in use, and every mark lies on one of them.
    numbers = [seq for (seq,) in look(folder, "SELECT seq FROM sync_record ORDER BY seq")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert look(folder, "SELECT head FROM sync_head") == [(len(numbers),)]
    assert look(folder, "SELECT max(seq) FROM sync_mark") == [(len(numbers),)]
    assert look(folder, "SELECT max(ver) FROM sync_record") == [(1,)]

    network.settle(20)
    at_street, at_city = (records(node.settings.effective_database_url) for node in (network.street, network.city))
    assert {rid for origin, kind, rid in at_city if (origin, kind) == ("beijing", "listing")} == set(
        ids["/v1/vacancies"]
    )
    assert at_city == at_street
    assert network.city.listed() == network.street.listed() == len(ids["/v1/vacancies"])
    for node in network.nodes:
        assert node.status()["quarantined"] == 0


def test_a_street_killed_ten_times_loses_and_repeats_nothing(network: ThreeLevels) -> None:
    clerks = kill_and_restart(network, rounds=10, seed=1)
    check_everything_is_there_once(network, clerks)


@pytest.mark.slow
def test_a_street_killed_fifty_times_loses_and_repeats_nothing(tmp_path: Path) -> None:
    with three_levels(tmp_path) as network:
        clerks = kill_and_restart(network, rounds=50, seed=2)
        check_everything_is_there_once(network, clerks)


def test_a_parent_killed_in_the_middle_of_a_push_takes_everything_once(network: ThreeLevels) -> None:
    """The lost answer: what the district had committed and could not confirm is not taken twice."""
    rnd = random.Random(7)
    network.settle()
    listings = "SELECT rid, ver FROM sync_record WHERE kind = 'listing'"
    before = look(network.city.folder, listings)
    opened: list[str] = []
    for _ in range(3):
        opened += [network.office.open_vacancy() for _ in range(3)]
        time.sleep(rnd.uniform(0, 0.05))
        network.district.stop(signal.SIGKILL)
        opened.append(network.office.open_vacancy())
        network.district.start()
    wait_until(lambda: network.city.listed() == len(before) + len(opened), 10, network.street.status)
    found = look(network.city.folder, listings)
    assert sorted(found) == sorted([*before, *((rid, 1) for rid in opened)])
    numbers = [seq for (seq,) in look(network.district.folder, "SELECT seq FROM sync_record ORDER BY seq")]
    assert numbers == list(range(1, len(numbers) + 1))
