"""`sanlian network up` as somebody runs it: real processes, the sample entered at the streets, stopped and started."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.network.local_network import Network
from tests.network.processes import wait_until


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Network]]:
    """Networks to be stopped whatever happens."""
    networks: list[Network] = []
    yield networks
    for network in networks:
        if network.process.poll() is None:
            network.process.terminate()
            network.process.wait(30)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_sample_entered_at_the_streets_arrives_at_the_city_and_survives_a_restart(sample_network: Network) -> None:
    network = sample_network
    city, _, *streets = network.plans

    def has_arrived() -> bool:
        owned = sum(network.status(street)["own_listings"] for street in streets)
        return owned >= 400 and bool(network.status(city)["known_listings"] == owned)

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
    assert len(pids) == 4
    assert network.stop(signal.SIGINT) == 0, network.said
    assert not any(is_alive(pid) for pid in pids)

    before = credentials.read_bytes()
    network.start()
    assert network.status(city)["known_listings"] == total
    assert "entering the sample" not in network.said
    assert credentials.read_bytes() == before


def test_a_node_that_dies_is_shown_as_stopped_and_started_again_by_the_same_command(sample_network: Network) -> None:
    network = sample_network
    city, *_, street = network.plans
    before = network.status(street)["own_listings"]
    pids = network.children()
    os.kill(pids[-1], signal.SIGKILL)
    wait_until(lambda: "洪桥街道 (hongqiao) was killed by SIGKILL" in network.said, 10, lambda: network.said)
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


def test_a_network_stopped_while_it_is_being_set_up_is_completed_by_the_next_start(
    tmp_path: Path, started: list[Network]
) -> None:
    network = Network(tmp_path / "var", "--no-sample", streets=1)
    command = [sys.executable, "-m", "app", "network", "up", "--dir", str(network.folder), "--no-sample"]
    command += ["--base-port", str(network.base_port), "--streets", "1"]
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    wait_until((network.folder / "yuexiu").exists, 60)
    time.sleep(0.3)
    first.send_signal(signal.SIGTERM)
    assert first.wait(30) == 0
    started.append(network.start())
    assert [network.status(plan)["tier"] for plan in network.plans] == ["city", "district", "street"]
    assert network.stop() == 0
