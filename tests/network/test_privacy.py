"""What a street knows of people stays there: every byte of its parents' folders, and of every log, is searched."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.network.office import SEEN, citizen_id, new_key
from tests.network.processes import NodeProcess, wait_until
from tests.network.three_levels import ThreeLevels

PEOPLE = [
    {
        "citizen_id": citizen_id(38_000 + number),
        "name": f"欧阳植入{sign}",
        "phone": f"1540077{number:04d}",
        "address": f"植入路 {number + 7311} 号",
    }
    for number, sign in enumerate("甲乙丙丁戊")
]
CONTACT = {"contact_name": "司徒植入", "contact_phone": "15400889911"}
PLANTED = [*CONTACT.values(), *(value for person in PEOPLE for value in person.values())]


def forms(text: str) -> list[bytes]:
    """The ways in which a text may lie in a file."""
    encodings = ["utf-8", "utf-16-le", "utf-16-be", "gb18030"]
    return [*(text.encode(e) for e in encodings), json.dumps(text).strip('"').encode()]


def found_in(files: list[Path], planted: list[str]) -> set[str]:
    """Which of the planted texts occur in any of these files, in any form."""
    contents = [file.read_bytes() for file in files]
    return {text for text in planted if any(form in content for content in contents for form in forms(text))}


def all_files(node: NodeProcess) -> list[Path]:
    return [file for file in sorted(node.folder.rglob("*")) if file.is_file()]


def logs(node: NodeProcess) -> list[Path]:
    return [file for file in all_files(node) if file.suffix == ".log"]


def plant(three: ThreeLevels) -> str:
    """Do everything with these people that a day at the counter brings, mistakes included; the id of a vacancy."""
    office = three.office
    ids = []
    for person in PEOPLE:
        seeker = office.done("/v1/seekers", {**person, "wishes": [{"occupation": "cleaner", "stated": ""}]})
        ids.append(seeker["id"])
    first = PEOPLE[0]
    assert office.post("/v1/seekers", first).status_code == 409
    assert office.post("/v1/seekers", {**first, "name": first["name"] + "\u202e"}).status_code == 422
    assert office.post("/v1/seekers", {**first, "citizen_id": first["citizen_id"][:-1] + "?"}).status_code == 422
    assert office.post("/v1/seekers", {**first, "phone": [first["phone"]]}).status_code == 422
    assert office.done("/v1/seekers/find", {"name": first["name"]})["total"] == 1
    assert office.done(f"/v1/seekers/{ids[0]}/reveal", {"purpose": "contact"})["phone"] == first["phone"]
    refused = office.client.get("/v1/seekers", params={"name": first["name"]})
    assert refused.status_code == 422
    assert first["name"] not in refused.text
    matches = office.client.get(f"/v1/seekers/{ids[0]}/matches")
    assert matches.status_code == 200
    office.done(f"/v1/seekers/{ids[1]}/employ", {"note": f"{first['name']} {first['phone']}"})
    employer = office.done("/v1/employers", {"name": f"虚构示例·植入{new_key()[:6]}有限公司", **CONTACT, **SEEN})["id"]
    return office.open_vacancy(employer_id=employer)


@pytest.fixture(scope="module")
def planted(network_of_three: ThreeLevels) -> ThreeLevels:
    rid = plant(network_of_three)
    city = network_of_three.city

    def has_arrived() -> bool:
        items: list[dict[str, Any]] = city.get("/v1/listings", limit=50)["items"]
        return any(item["id"] == rid for item in items)

    wait_until(has_arrived, 10)
    network_of_three.settle()
    return network_of_three


def test_the_streets_own_database_holds_every_planted_text_so_that_a_search_can_find_them(planted: ThreeLevels) -> None:
    assert found_in(all_files(planted.street), PLANTED) == set(PLANTED)


@pytest.mark.parametrize("level", ["district", "city"])
def test_no_file_of_a_parent_holds_a_citizen_id_name_phone_or_address(planted: ThreeLevels, level: str) -> None:
    node: NodeProcess = getattr(planted, level)
    files = all_files(node)
    assert {"sanlian.db", "sanlian.db-wal", "sanlian.db-shm", "sanlian.log", "stdio.log"} <= {f.name for f in files}
    assert found_in(files, ["虚构示例·植入"]) == {"虚构示例·植入"}  # the public part of the same vacancy did arrive
    assert found_in(files, PLANTED) == set()


def test_no_log_of_any_node_holds_one_either(planted: ThreeLevels) -> None:
    for node in planted.nodes:
        files = logs(node)
        assert sum(file.stat().st_size for file in files) > 0
        assert found_in(files, PLANTED) == set()


def test_the_search_finds_a_text_in_every_form(tmp_path: Path) -> None:
    for number, form in enumerate(forms("欧阳植入甲")):
        file = tmp_path / f"{number}.bin"
        file.write_bytes(b"\x00\xff" + form + b"\x00")
        assert found_in([file], ["欧阳植入甲", "15400770001"]) == {"欧阳植入甲"}
