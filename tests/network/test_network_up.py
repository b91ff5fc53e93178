"""`sanlian network up` as somebody runs it: real processes, the sample entered at the streets, stopped and started."""

import json
import os
import signal
import stat
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.network.local_network import Network
from tests.network.processes import wait_until


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_network_comes_up_and_ends_with_all_its_nodes(tmp_path: Path) -> None:
    network = Network(tmp_path / "var", streets=1, has_sample=False).start()
    pids = network.children()
    tiers = [network.status(plan)["tier"] for plan in network.plans]
    assert network.stop(signal.SIGINT) == 0, network.said
    assert tiers == ["city", "district", "street"]
    assert not any(is_alive(pid) for pid in pids)


@pytest.mark.slow
def test_a_network_stopped_while_it_is_being_set_up_is_completed_by_the_next_start(tmp_path: Path) -> None:
    network = Network(tmp_path / "var", streets=1)
    network.stop_while_it_is_set_up()
    network.start()
    try:
        tiers = [network.status(plan)["tier"] for plan in network.plans]
    finally:
        network.stop()
    assert tiers == ["city", "district", "street"]


@pytest.mark.slow
def test_the_sample_entered_at_the_street_arrives_at_the_city_and_survives_a_restart(sample_network: Network) -> None:
    check_sample(sample_network, listings=200)


@pytest.mark.slow
def test_the_whole_sample_of_two_streets_arrives_at_the_city_and_survives_a_restart(tmp_path: Path) -> None:
    network = Network(tmp_path / "var").start()
    try:
        check_sample(network, listings=400)
    finally:
        network.stop()


def check_sample(network: Network, listings: int) -> None:
    city, _, *streets = network.plans

    def has_arrived() -> bool:
        owned = sum(network.status(street)["own_listings"] for street in streets)
        return owned >= listings and {network.status(plan)["known_listings"] for plan in network.plans} == {owned}

    wait_until(has_arrived, 30, lambda: network.said)
    total = httpx.get(city.url + "/v1/listings", params={"limit": 1}).json()["total"]
    assert total == sum(network.status(street)["own_listings"] for street in streets)
    assert network.status(city)["own_listings"] == 0

    credentials = network.folder / "demo" / "credentials.json"
    assert stat.S_IMODE(credentials.stat().st_mode) == 0o600
    accounts = json.loads(credentials.read_text(encoding="utf-8"))["accounts"]
    assert {(a["node"], a["role"]) for a in accounts} == {
        (plan.node, role) for plan in network.plans for role in ("clerk", "officer", "admin")
    }
    clerk = next(a for a in accounts if a["node"] == "beijing" and a["role"] == "clerk")
    assert clerk["password"] in network.said
    signed_in = httpx.post(
        streets[0].url + "/v1/sessions", json={"username": clerk["username"], "password": clerk["password"]}
    )
    assert signed_in.status_code == 201
    headers = {"Authorization": f"Bearer {clerk['token']}"}
    assert httpx.get(streets[0].url + "/v1/seekers", headers=headers).json()["total"] >= 150

    pids = network.children()
    assert len(pids) == len(network.plans)
    assert network.stop(signal.SIGINT) == 0, network.said
    assert not any(is_alive(pid) for pid in pids)

    before = credentials.read_bytes()
    network.start()
    assert {network.status(plan)["known_listings"] for plan in network.plans} == {total}
    assert "entering the sample" not in network.said
    assert credentials.read_bytes() == before


@pytest.mark.slow
def test_a_node_that_dies_is_shown_as_stopped_and_started_again_by_the_same_command(sample_network: Network) -> None:
    network = sample_network
    city, *_, street = network.plans
    before = network.status(street)["own_listings"]
    pids = network.children()
    os.kill(pids[-1], signal.SIGKILL)
    wait_until(lambda: f"{street.name} ({street.node}) was killed by SIGKILL" in network.said, 10, lambda: network.said)
    assert "console.log" in network.said
    assert network.status(city)["tier"] == "city"  # the rest goes on
    way_out = next(line for line in network.said.splitlines() if "in another terminal: " in line)
    again = subprocess.run(
        ["bash", "-c", way_out.partition("in another terminal: ")[2]], capture_output=True, text=True, check=False
    )
    assert again.returncode == 1
    assert "is running already" in again.stderr
    assert "it is started again now" in again.stderr
    wait_until(lambda: is_answering(street.url), 30, lambda: network.said)
    assert network.status(street)["own_listings"] == before
    assert len(set(network.children()) - set(pids)) == 1


def is_answering(url: str) -> bool:
    try:
        return httpx.get(url + "/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
