"""`sanlian sync verify` and `status` on real nodes: what agrees, what was altered by hand, what only waits."""

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from app.exchange.digest import BUCKETS
from app.sync.signatures import Message, sign
from tests.network.office import look
from tests.network.outlaw import CLOCK, Outlaw
from tests.network.processes import NodeProcess
from tests.network.three_levels import ThreeLevels
from tests.prometheus import read

ROW = "SELECT * FROM sync_record WHERE rid = ?"


def verify(node: NodeProcess, *options: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the statement."""
    done = node.sanlian("sync", "verify", "--json", *options, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def alter(node: NodeProcess, statement: str, *values: Any) -> None:
    """Change a running node's database behind its back."""
    with closing(sqlite3.connect(node.folder / "sanlian.db", timeout=10)) as connection, connection:
        connection.execute(statement, values)


def put_back(node: NodeProcess, rid: str, row: tuple[Any, ...]) -> None:
    alter(node, "DELETE FROM sync_record WHERE rid = ?", rid)
    alter(node, f"INSERT INTO sync_record VALUES ({','.join('?' * len(row))})", *row)


def test_a_node_agrees_with_its_parent_after_a_push_and_the_statement_says_so(
    three: ThreeLevels, tmp_path: Path
) -> None:
    three.office.open_vacancy()
    three.settle()
    table = tmp_path / "statement.csv"
    code, statement = verify(three.street, "--csv", str(table))
    assert (code, statement["agrees"], statement["differences"]) == (0, True, [])
    assert (statement["node"]["node"], statement["parent"]["node"]) == ("beijing", "yuexiu")
    assert (statement["node"]["name"], statement["parent"]["name"]) == ("北京街道", "越秀区")
    assert statement["node"]["digest"] == statement["parent"]["digest"]
    listings = next(line for line in statement["lines"] if line["kind"] == "listing")
    assert listings["here"] == listings["there"] > 0
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["origin"], r["kind"], int(r["here"])) for r in rows] == [
        (line["origin"], line["kind"], line["here"]) for line in statement["lines"]
    ]
    assert {r["parent_digest"] for r in rows} == {statement["parent"]["digest"]}
    assert verify(three.district)[0] == 0


def test_a_record_removed_or_altered_by_hand_at_the_parent_is_found_and_named(three: ThreeLevels) -> None:
    gone, forged = three.office.open_vacancy(), three.office.open_vacancy()
    three.settle()
    assert verify(three.street)[0] == 0
    rows = {rid: look(three.district.folder, ROW, rid)[0] for rid in (gone, forged)}
    try:
        alter(three.district, "DELETE FROM sync_record WHERE rid = ?", gone)
        alter(three.district, "UPDATE sync_record SET body = replace(body, '保洁', '保安') WHERE rid = ?", forged)
        code, statement = verify(three.street)
        assert code == 1
        found = {d["id"]: d for d in statement["differences"]}
        assert found.keys() == {gone, forged}
        assert {(d["origin"], d["kind"]) for d in found.values()} == {("beijing", "listing")}
        assert found[gone]["here"]
        assert found[gone]["there"] is None
        assert found[forged]["here"] == found[forged]["there"]
        assert found[forged]["sha256_here"] != found[forged]["sha256_there"]
        said = three.street.sanlian("sync", "verify", check=False)
        assert said.returncode == 1
        assert f"beijing listing {gone}: here {found[gone]['here']}, there missing" in said.stdout
        assert f"beijing listing {forged}: " in said.stdout
        assert verify(three.district)[0] == 1  # the city still has both as they were signed
    finally:
        for rid, row in rows.items():
            put_back(three.district, rid, row)
    assert verify(three.street)[0] == verify(three.district)[0] == 0


def test_what_was_removed_or_altered_by_hand_on_either_side_is_mended(three: ThreeLevels) -> None:
    listings = [three.office.open_vacancy() for _ in range(4)]
    three.settle()
    rows = {rid: look(three.street.folder, ROW, rid)[0] for rid in listings}
    altered = "UPDATE sync_record SET body = replace(body, '保洁', '保安') WHERE rid = ?"
    for node, (gone, forged) in ((three.street, listings[:2]), (three.district, listings[2:])):
        alter(node, "DELETE FROM sync_record WHERE rid = ?", gone)
        alter(node, altered, forged)
    assert len(verify(three.street)[1]["differences"]) == 4
    code, statement = verify(three.street, "--repair")
    assert (code, statement["differences"]) == (0, [])
    assert verify(three.street)[0] == 0
    bodies = "SELECT body, sig FROM sync_record WHERE rid = ?"
    for rid, row in rows.items():
        for node in (three.street, three.district):
            assert look(node.folder, bodies, rid)[0][0] in row  # as it was signed
    three.settle()
    assert verify(three.district)[0] == 0


def test_what_waits_for_the_parent_is_no_difference(three: ThreeLevels) -> None:
    edited = three.office.open_vacancy()
    three.settle()
    three.district.stop()
    three.office.done(f"/v1/vacancies/{edited}/close")
    three.office.open_vacancy()
    unreached = three.street.sanlian("sync", "verify", check=False)
    assert (unreached.returncode, "was not reached" in unreached.stderr) == (2, True)
    status = json.loads(three.street.sanlian("sync", "status", "--json").stdout)
    assert [(p["peer"], p["role"], p["backlog"]) for p in status["peers"]] == [("yuexiu", "parent", 2)]
    assert status["peers"][0]["last_push_age_s"] >= 0
    three.street.stop()  # nothing is pushed while the two are compared
    three.district.start()
    code, statement = verify(three.street)
    assert (code, statement["differences"]) == (0, [])
    listings = next(line for line in statement["lines"] if line["kind"] == "listing")
    assert listings["waiting"] == 2
    assert listings["here"] == listings["there"]  # one has ended here, one is not there yet
    three.street.start()
    three.settle()
    code, statement = verify(three.street)
    assert (code, sum(line["waiting"] for line in statement["lines"])) == (0, 0)


def test_status_says_for_each_peer_what_is_under_way(three: ThreeLevels) -> None:
    said = three.district.sanlian("sync", "status").stdout
    assert "yuexiu (越秀区), below guangzhou" in said
    assert "parent guangzhou: last push " in said
    assert "  0 records wait for the parent" in said
    assert "  the market of other offices as of 2" in said
    assert "not yet reconciled" not in said
    assert "child beijing: last push " in said
    city = json.loads(three.city.sanlian("sync", "status", "--json").stdout)
    assert ("yuexiu", "child") in [(p["peer"], p["role"]) for p in city["peers"]]
    assert "parent" not in [p["role"] for p in city["peers"]]
    alone = three.city.sanlian("sync", "verify", check=False)
    assert (alone.returncode, "has no parent" in alone.stderr) == (2, True)


def test_only_a_child_is_answered_and_of_its_own_subtree_alone(three: ThreeLevels) -> None:
    three.office.open_vacancy()
    three.settle()
    node = NodeProcess(three.folder / "dengfeng", "dengfeng", "登峰街道", "street", "440104021")
    neighbour = Outlaw(node.init(three.district), three.district)

    def ask(what: str, sent: str = "") -> httpx.Response:
        message = Message("GET", f"{three.district.url}/sync/v1/{what}")
        sign(message, b"", neighbour.local.key, "yuexiu", CLOCK.now())
        url = f"{three.district.url}/sync/v1/{sent or what}"
        return httpx.get(url, headers=message.headers, timeout=20, trust_env=False)

    assert ask("digest").json()["counts"] == []
    every = [ask(f"versions?bucket={','.join(str(n + m) for m in range(16))}") for n in range(0, BUCKETS, 16)]
    assert {answer.status_code for answer in every} == {200}
    assert [line for answer in every for line in answer.json()["lines"]] == []
    assert ask("versions?bucket=1", "versions?bucket=2").status_code == 401
    for wrong in ("versions", "versions?bucket=1024", "versions?bucket=", f"versions?bucket={','.join(['1'] * 17)}"):
        assert ask(wrong).status_code == 422
    assert httpx.get(f"{three.district.url}/sync/v1/digest", trust_env=False).status_code == 401


def figures(node: NodeProcess) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """What a running node tells Prometheus on its own machine."""
    answer = httpx.get(f"{node.url}/metrics", timeout=20, trust_env=False)
    assert answer.status_code == 200, answer.text
    return read(answer.text)


def test_the_figures_show_how_long_a_hop_took_and_what_the_last_comparison_found(three: ThreeLevels) -> None:
    ended, parent = (("op", "ended"),), (("peer", "yuexiu"),)
    before = {node.node: figures(node) for node in three.nodes}
    rid = three.office.open_vacancy()
    three.settle()
    three.office.done(f"/v1/vacancies/{rid}/close")
    three.settle()
    for node in (three.street, three.district):
        now, then = figures(node), before[node.node]
        assert now["sanlian_hop_seconds_count", ended] == then.get(("sanlian_hop_seconds_count", ended), 0) + 1
        took = now["sanlian_hop_seconds_sum", ended] - then.get(("sanlian_hop_seconds_sum", ended), 0)
        assert 0 < took < 10
        assert now["sanlian_backlog_records", (("stream", "live"),)] == 0
    assert not [key for key in figures(three.city) if key[0].startswith("sanlian_hop_seconds_")]
    rid = three.office.open_vacancy()
    three.settle()
    row = look(three.district.folder, ROW, rid)[0]
    alter(three.district, "DELETE FROM sync_record WHERE rid = ?", rid)
    try:
        assert verify(three.street)[0] == 1
    finally:
        put_back(three.district, rid, row)
    assert figures(three.street)["sanlian_differing_buckets", parent] == 1
    assert "1 records in 1 buckets differed" in three.street.sanlian("sync", "status").stdout
    assert verify(three.street)[0] == 0
    after = figures(three.street)
    assert after["sanlian_differing_buckets", parent] == 0
    assert after["sanlian_agreed_timestamp_seconds", parent] == after["sanlian_compared_timestamp_seconds", parent]


def test_a_statement_is_drawn_up_kept_shown_and_checked_at_both_ends(three: ThreeLevels, tmp_path: Path) -> None:
    three.office.open_vacancy()
    three.settle()
    file, table = tmp_path / "statement.json", tmp_path / "statement.csv"
    done = three.street.sanlian("sync", "statement", "--format", "json", "--out", str(file))
    assert done.stdout == ""
    made = json.loads(file.read_text("utf-8"))
    day = made["statement"]["day"]
    said = three.street.sanlian("sync", "statement", "--date", day).stdout
    assert said.startswith(f"对账单 Statement {day}  beijing 北京街道 ↔ yuexiu 越秀区")
    assert said.endswith("一致 agree\n")
    three.street.sanlian("sync", "statement", "--date", day, "--format", "csv", "--out", str(table))
    with table.open(encoding="utf-8-sig", newline="") as read_back:
        rows = list(csv.DictReader(read_back))
    assert [int(row["上级条数 there"]) for row in rows] == [line["there"] for line in made["statement"]["lines"]]
    listed = three.street.get("/v1/statements", three.office.client.headers["authorization"].split()[1])
    assert listed["items"][0]["day"] == day

    for node in three.nodes:
        assert "一致 agree" in node.sanlian("sync", "statement", "--check", str(file)).stdout
    made["statement"]["lines"][0]["there"] += 1
    file.write_text(json.dumps(made), "utf-8")
    refused = three.city.sanlian("sync", "statement", "--check", str(file), check=False)
    assert refused.returncode == 2
    assert "not what was signed" in " ".join((refused.stdout + refused.stderr).split())
    for odd in (["--date", "2020-01-01"], ["--date", "yesterday"], ["--check", str(table)], ["--format", "pdf"]):
        assert three.street.sanlian("sync", "statement", *odd, check=False).returncode == 2, odd


def test_what_ended_half_a_year_ago_is_forgotten_by_the_verb_and_the_two_still_agree(three: ThreeLevels) -> None:
    rid = three.office.open_vacancy()
    three.settle()
    three.office.done(f"/v1/vacancies/{rid}/close", {"reason": "已招满"})
    three.settle()
    assert "would forget 0 records" in three.street.sanlian("sync", "collect", "--dry-run").stdout
    # As if everything so far had happened half a year ago, and the two had agreed once more today.
    alter(three.street, "INSERT INTO sync_horizon SELECT '2020-01-01 00:00:00.000000', head FROM sync_head")
    assert "would forget 0 records" not in three.street.sanlian("sync", "collect", "--dry-run").stdout
    ended = "SELECT count(*) FROM sync_record WHERE rid = ? AND op = 'D'"
    assert look(three.street.folder, ended, rid) == [(1,)]
    assert "forgot" in three.street.sanlian("sync", "collect").stdout
    assert look(three.street.folder, ended, rid) == [(0,)]
    assert look(three.district.folder, ended, rid) == [(1,)]
    assert look(three.street.folder, "SELECT gc_floor > 0 FROM sync_meta") == [(1,)]
    assert verify(three.street)[0] == 0
