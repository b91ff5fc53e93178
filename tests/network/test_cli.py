"""The verbs of one node as somebody types them, each a process of its own: what it does, its words, its exit code."""

import re
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from app.exchange.keys import create_key, read_key
from tests.network.office import look
from tests.network.processes import PASSWORD, NodeProcess, refused, said, wait_until
from tests.network.three_levels import ThreeLevels


def new_city(tmp_path: Path, name: str = "foshan") -> NodeProcess:
    return NodeProcess(tmp_path / name, name, "佛山", "city", "440100")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> NodeProcess:
    """A city that was set up at the terminal and is not served."""
    node = new_city(tmp_path_factory.mktemp("cli"))
    command = [sys.executable, "-m", "app", "init", *node.place]
    done = subprocess.run(command, env=node.env, capture_output=True, text=True, timeout=60, check=True)
    assert said(done).startswith(f"foshan is set up in {node.folder} next: `sanlian user add")
    return node


@pytest.fixture
def late(tmp_path: Path, three: ThreeLevels) -> Iterator[NodeProcess]:
    """A street office that has a folder and has not joined: its parent was given an address where nobody listens."""
    node = NodeProcess(tmp_path / "liurong", "liurong", "六榕街道", "street", "440104004")
    yield node
    node.stop()


def incarnation(node: NodeProcess) -> list[tuple[int, ...]]:
    return look(node.folder, "SELECT inc, head FROM sync_meta, sync_head")


def test_init_makes_a_key_for_this_user_alone_and_is_safe_to_repeat(city: NodeProcess) -> None:
    key = city.folder / "keys" / "foshan.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(city.folder.stat().st_mode) == 0o700
    before = key.read_bytes(), incarnation(city)
    city.sanlian("init", *city.place)
    assert (key.read_bytes(), incarnation(city)) == before
    statements = "SELECT count(*) FROM sync_record WHERE kind = 'trust.node'"
    assert look(city.folder, statements) == [(1,)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--node", "foshan", "--region", "440104"], ["already: foshan, the city 440100", "SANLIAN_DIR"]),
        (["--node", "other", "--region", "440100"], ["already: foshan", "SANLIAN_DIR"]),
        (["--node", "foshan", "--region", "440100", "--tier", "district"], ["already: foshan, the city"]),
    ],
)
def test_a_folder_that_is_a_node_stays_that_node(city: NodeProcess, arguments: list[str], words: list[str]) -> None:
    answer = refused(city, "init", *arguments)
    for word in words:
        assert word in answer


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--node", "a", "--region", "440100"], ["'a' is no name", "beijing-street"]),
        (["--node", "[/red]", "--region", "440100"], ["'[/red]' is no name", "beijing-street"]),
        (["--node", "good", "--region", "440100", "--name", "x" * 201], ["is no name to show", "200"]),
        (["--node", "good", "--region", "440100", "--tier", "street"], ["is a city, not a street"]),
        (["--node", "good", "--region", "440199"], ["'440199' is not in the table; nearest: 4401"]),
        (["--node", "good", "--region", "440104"], ["A district needs its parent", "sanlian enrol"]),
        (["--node", "good", "--region", "440100", "--parent", "http://127.0.0.1:9"], ["A city has no parent"]),
        (["--node", "good", "--region", "440104001007", "--parent", "http://127.0.0.1:9"], ["community", "440104001"]),
    ],
)
def test_init_refuses_what_cannot_be_a_node_and_leaves_none(
    tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    node = new_city(tmp_path)
    answer = refused(node, "init", *arguments)
    for word in words:
        assert word in answer
    assert look(node.folder, "SELECT count(*) FROM sync_meta") == [(0,)]
    assert list(node.folder.glob("keys/*.key")) == []


def test_a_node_whose_parent_was_down_joins_by_the_same_command_later(three: ThreeLevels, late: NodeProcess) -> None:
    code = three.district.sanlian("enrol", "liurong", "--region", late.region, "--quiet").stdout
    assert code == code.strip() + "\n"
    to = ["--parent", three.district.url, "--code", code.strip()]
    three.district.stop()
    answer = refused(late, "init", *late.place, *to)
    assert three.district.url in answer
    assert "was not reached (ConnectError)" in answer
    assert "give the same command again" in answer
    doctor = refused(late, "doctor")
    assert "wrong liurong has not joined its parent" in doctor
    assert "--parent and --code" in doctor
    three.district.start()
    late.sanlian("init", *late.place, *to)
    late.start()
    assert "ok the parent yuexiu answers" in said(late.sanlian("doctor"))
    wait_until(lambda: late.status()["last_error"] is None, 10, late.status)
    assert late.status()["last_push_age_s"] is None  # the parent has taken nothing in yet
    late.stop()
    plain = {"SANLIAN_MODE": "production", "SANLIAN_PARENT_URL": "http://yuexiu.example"}
    assert "The parent's address is plain HTTP. Use https://" in refused(late, "serve", **plain)
    assert "wrong The parent's address is plain HTTP. Use https://" in refused(late, "doctor", **plain)
    assert "'yuexiu' is no address of a node" in refused(late, "serve", SANLIAN_PARENT_URL="yuexiu")

    # The code has been used: it lets in nobody else, and says what to do.
    second = NodeProcess(late.folder.parent / "second", "liurong", "六榕街道", "street", late.region)
    answer = refused(second, "init", *second.place, *to)
    assert "A node of this name has joined with another key" in answer
    assert "Ask for a new code" in answer


def test_a_code_is_for_one_node_and_its_region_and_lasts_ten_minutes(three: ThreeLevels, tmp_path: Path) -> None:
    def try_to_join(region: str, code: str) -> str:
        node = NodeProcess(tmp_path / f"{region}-{len(list(tmp_path.iterdir()))}", "liuhua", "流花", "street", region)
        return refused(node, "init", *node.place, "--parent", three.district.url, "--code", code)

    three.district.sanlian("enrol", "liuhua", "--region", "440104005")
    code = three.district.sanlian("enrol", "liuhua", "--region", "440104005", "--quiet").stdout.strip()
    wrong = "The parent refused: The enrolment code is wrong, used or expired. Ask for a new code"
    assert wrong in try_to_join("440104007", code)
    assert "looks like xxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx" in try_to_join("440104005", "1234")
    other_city = code[:17] + "a" * 16
    assert "the city key is not the one that the code names" in try_to_join("440104005", other_city)
    change(three.district, "UPDATE enrolment_code SET expires_at = '2026-01-01 00:00:00.000000' WHERE node = 'liuhua'")
    assert wrong in try_to_join("440104005", code)


def test_enrol_refuses_a_region_outside_and_a_level_that_is_not_below(three: ThreeLevels) -> None:
    assert "440106002 does not lie in 440104" in refused(
        three.district, "enrol", "shahe", "--region", "440106002", "--tier", "street"
    )
    assert "is a district, not a street" in refused(
        three.district, "enrol", "tianhe", "--region", "440106", "--tier", "street"
    )
    assert "below a district there is only a street" in refused(three.district, "enrol", "me", "--region", "440104")
    assert "there is nothing below a street" in refused(three.street, "enrol", "below", "--region", "440104001")
    assert "nearest: 440104" in refused(three.district, "enrol", "nobody", "--region", "440104999")
    assert "beijing is the node of 440104003" in refused(three.district, "enrol", "beijing", "--region", "440104007")


def test_doctor_finds_nothing_wrong_with_a_healthy_street_and_changes_nothing(three: ThreeLevels) -> None:
    before = incarnation(three.street)
    answer = said(three.street.sanlian("doctor"))
    assert "node beijing (street 440104003), trusted through guangzhou → yuexiu → beijing" in answer
    assert re.search(r"ok the parent yuexiu answers, its clock differs by [0-5] s", answer)
    assert "staff accounts: 1" in answer
    assert "wrong" not in answer
    assert incarnation(three.street) == before


def test_doctor_says_when_the_parent_is_down_or_refuses(three: ThreeLevels) -> None:
    nobody = "http://127.0.0.1:9"
    answer = said(three.street.sanlian("doctor", SANLIAN_PARENT_URL=nobody))
    assert "warn the parent yuexiu at http://127.0.0.1:9 was not reached (ConnectError)" in answer
    assert "not reached" not in said(three.street.sanlian("doctor", "--no-online", SANLIAN_PARENT_URL=nobody))
    answer = refused(three.street, "doctor", SANLIAN_PARENT_URL=three.city.url)
    assert "wrong the parent yuexiu refused: bad-signature Is it the right parent?" in answer


def test_doctor_names_a_folder_that_is_not_there_and_does_not_make_it(tmp_path: Path) -> None:
    node = new_city(tmp_path)
    answer = refused(node, "doctor")
    assert f"wrong there is no folder {node.folder}" in answer
    assert "sanlian init" in answer
    assert not node.folder.exists()
    for verb in (["user", "add", "admin"], ["token", "create", "admin"], ["serve"], ["enrol", "x", "--region", "1"]):
        assert f"There is no node in {node.folder}" in refused(node, *verb, SANLIAN_PASSWORD=PASSWORD)
    assert "there is no database yet" in said(node.sanlian("migrate", "--show"))
    assert not node.folder.exists()


def test_a_database_that_cannot_be_reached_is_named_by_every_verb(city: NodeProcess) -> None:
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:9/none"
    assert f"wrong the database {nowhere} cannot be used" in refused(city, "doctor", DATABASE_URL=nowhere)
    for verb in (["serve"], ["migrate"], ["init", *city.place]):
        assert "Check DATABASE_URL" in refused(city, *verb, DATABASE_URL=nowhere)
    for address in ("not an address", "mysql://nobody@127.0.0.1/none"):
        for verb in (["doctor"], ["serve"], ["migrate"], ["init", *city.place]):
            assert "only sqlite:/// and postgresql://" in refused(city, *verb, DATABASE_URL=address)


def test_a_key_that_others_can_read_is_refused_with_the_way_out(city: NodeProcess) -> None:
    key = city.folder / "keys" / "foshan.key"
    before = incarnation(city)
    try:
        key.chmod(0o644)
        answer = refused(city, "doctor")
        assert f"wrong {key} can be read by others chmod 600 {key}" in answer
        assert answer.count("can be read by others") == 1
        for verb in (["serve"], ["init", *city.place]):
            assert f"chmod 600 {key}" in refused(city, *verb)
        key.rename(key.with_suffix(".kept"))
        assert "there is no key at" in refused(city, "doctor")
        assert "put it back from where it is kept apart" in refused(city, "serve")
    finally:
        key.with_suffix(".kept").rename(key)
        key.chmod(0o600)
    assert incarnation(city) == before
    assert said(city.sanlian("doctor"))


def test_migrate_brings_a_database_up_and_doctor_says_when_it_is_behind(tmp_path: Path) -> None:
    node = new_city(tmp_path)
    newest = said(node.sanlian("migrate")).split()[-1]
    assert said(node.sanlian("migrate")) == f"already at {newest}"
    assert said(node.sanlian("migrate", "--show")) == f"at {newest}, newest is {newest}"
    assert "wrong no node was made in this database" in refused(node, "doctor")
    assert "sanlian init" in refused(node, "serve")
    assert "sanlian init" in refused(node, "enrol", "x", "--region", "440104")
    node.sanlian("init", *node.place)
    revision = "UPDATE alembic_version SET version_num = ?"
    change(node, revision, "0000")
    assert f"stands at 0000, newest is {newest} Run `sanlian migrate`" in refused(node, "doctor")
    assert "Bring it up with `sanlian migrate`" in refused(node, "serve")
    change(node, revision, newest)
    assert said(node.sanlian("doctor"))


def change(node: NodeProcess, statement: str, *values: str) -> None:
    """Change a node's database by hand."""
    with closing(sqlite3.connect(node.folder / "sanlian.db", timeout=10)) as connection, connection:
        assert connection.execute(statement, values).rowcount > 0


@pytest.mark.parametrize("elsewhere", [False, True], ids=["lost", "elsewhere"])
def test_a_key_whose_database_is_gone_makes_no_new_node(tmp_path: Path, elsewhere: bool) -> None:
    """A node made anew beside its old key would lack all that it never pushed: its people and its vacancies."""
    node = new_city(tmp_path)
    node.init()
    before = (node.folder / "keys" / "foshan.key").read_bytes()
    database = node.folder / "sanlian.db"
    if elsewhere:
        database = tmp_path / "other.db"
        node.env["DATABASE_URL"] = f"sqlite:///{database}"
    else:
        database.unlink()
    for verb in (["init", *node.place], ["migrate"]):
        answer = refused(node, *verb)
        assert f"{node.folder} has the key foshan.key, but its database is gone" in answer
        assert str(database) in answer
        assert "put a backup back with `sanlian restore FILE`" in answer
    assert not database.exists()
    assert (node.folder / "keys" / "foshan.key").read_bytes() == before


def test_an_init_that_died_before_its_first_commit_is_completed_by_the_same_command(tmp_path: Path) -> None:
    node = new_city(tmp_path)
    node.sanlian("migrate")
    path = node.folder / "keys" / "foshan.key"
    key = create_key(path, "foshan:1")
    node.sanlian("init", *node.place)
    assert read_key(path).public == key.public
    assert look(node.folder, "SELECT root_key FROM sync_meta") == [(key.public,)]


def test_doctor_says_when_the_parent_holds_another_history_of_this_node(three: ThreeLevels, tmp_path: Path) -> None:
    node = NodeProcess(three.folder / "haizhu", "haizhu", "海珠区", "district", "440105").init(three.city)
    database, backup = node.folder / "sanlian.db", tmp_path / "backup.db"
    shutil.copyfile(database, backup)
    node.start()
    try:
        below = NodeProcess(three.folder / "chigang", "chigang", "赤岗街道", "street", "440105001").init(node)
        wait_until(lambda: node.status()["last_push_age_s"] is not None, 10, node.status)
        assert "ok the parent guangzhou stands in this database's own history" in said(node.sanlian("doctor"))
    finally:
        node.stop()
    assert below.folder.exists()
    log_id = look(node.folder, "SELECT log_id FROM sync_meta")[0][0]
    change(node, "UPDATE sync_meta SET log_id = ?", "0" * 32)
    answer = said(node.sanlian("doctor"))
    assert "warn the parent guangzhou knows haizhu with another history" in answer
    assert "Start the node: it reads what the parent holds of it" in answer
    assert "1 records wait for the parent" in answer
    change(node, "UPDATE sync_meta SET log_id = ?", log_id)
    assert "another history" not in said(node.sanlian("doctor"))
    shutil.copyfile(backup, database)
    assert "warn the parent guangzhou knows haizhu with another history" in said(node.sanlian("doctor"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x" * 300, "1 to 64 characters"),
        ("li\twang", "no spaces"),
        ("li wang", "no spaces"),
        ("li\n", "no spaces"),
        ("", "1 to 64 characters"),
        ("li\x07", "1 to 64 characters"),
    ],
)
def test_user_add_refuses_a_name_that_nobody_could_sign_in_with(city: NodeProcess, name: str, words: str) -> None:
    assert words in refused(city, "user", "add", name, SANLIAN_PASSWORD=PASSWORD)
    assert "one line of at most 200" in refused(
        city, "user", "add", "zhao", "--name", "x" * 201, SANLIAN_PASSWORD=PASSWORD
    )


def test_user_and_token_open_the_api_and_refuse_what_does_not_hold(city: NodeProcess) -> None:
    assert "nobody can sign in" in said(city.sanlian("doctor"))
    assert said(city.sanlian("user", "add", "li", "--role", "officer", SANLIAN_PASSWORD=PASSWORD)) == (
        "added li (officer)"
    )
    assert "taken" in refused(city, "user", "add", "li", SANLIAN_PASSWORD=PASSWORD)
    assert "at least" in refused(city, "user", "add", "wang", SANLIAN_PASSWORD="short")
    assert "There is no user 'wang'" in refused(city, "token", "create", "wang")
    lines = city.sanlian("token", "create", "li", "--label", "test").stdout.splitlines()
    assert len(lines) == 2
    narrow = city.sanlian("token", "create", "li", "--permission", "vacancy:read").stdout.splitlines()[0]
    city.start()
    try:
        assert city.get("/v1/vacancies", lines[0])["total"] == 0
        signed_in = {"username": "li", "password": PASSWORD}
        assert httpx.post(city.url + "/v1/sessions", json=signed_in, trust_env=False).status_code == 201
        assert city.get("/v1/vacancies", narrow)["total"] == 0
        headers = {"Authorization": f"Bearer {narrow}"}
        assert httpx.get(city.url + "/v1/seekers", headers=headers, trust_env=False).status_code == 403
    finally:
        city.stop()


def test_serve_says_when_the_port_is_taken_and_draws_no_incarnation(city: NodeProcess) -> None:
    before = incarnation(city)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        answer = refused(city, "serve", "--port", port)
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use." in answer
    assert "--port" in answer
    assert "Cannot listen on 203.0.113.7:" in refused(city, "serve", "--host", "203.0.113.7")
    assert incarnation(city) == before


def test_serve_stops_at_a_signal_without_a_traceback_and_starts_again_at_once(city: NodeProcess) -> None:
    inc = incarnation(city)[0][0]
    for how in (signal.SIGTERM, signal.SIGINT):
        process = city.start().process
        assert process is not None
        city.stop(how)
        assert not (city.folder / "sanlian.db-wal").exists()  # everything is in the file itself
        assert process.returncode in {0, 1, 130, -how}
        assert "Traceback" not in city.output()
        assert incarnation(city)[0][0] > inc
        inc = incarnation(city)[0][0]
    assert (city.folder / "log" / "sanlian.log").stat().st_size > 0


def test_settings_that_do_not_hold_are_named(city: NodeProcess) -> None:
    assert "do not hold: SANLIAN_PORT: " in refused(city, "serve", SANLIAN_PORT="70000")
    assert "do not hold: SANLIAN_MODE: " in refused(city, "doctor", SANLIAN_MODE="production-like")
    assert "do not hold: DATABASE_URL: " in refused(city, "doctor", DATABASE_URL="mysql://localhost/none")
    both = refused(city, "doctor", SANLIAN_MATCH_AT_ONCE="2", SANLIAN_PUBLIC_MATCH_AT_ONCE="2")
    assert "do not hold: SANLIAN_PUBLIC_MATCH_AT_ONCE must be less than SANLIAN_MATCH_AT_ONCE" in both


def test_quarantine_lists_what_was_not_accepted_and_tries_it_again(city: NodeProcess) -> None:
    assert said(city.sanlian("quarantine", "list")) == "nothing is in quarantine"
    assert said(city.sanlian("quarantine", "rejected")) == "the parent has refused nothing"
    rid = "019aae6c-5a00-7000-8000-00000000000f"
    change(
        city,
        "INSERT INTO sync_quarantine (peer, origin, kind, rid, inc, ver, reason, raw, first_seen, tries)"
        " VALUES ('nanhai', 'shishan', 'listing', ?, 5, 2, 'unknown_key', x'00', '2026-11-23 01:00:00.000000', 3)",
        rid,
    )
    try:
        line = f"2026-11-23 01:00Z from nanhai shishan listing {rid} 5.2 unknown_key tries 3"
        assert said(city.sanlian("quarantine", "list")) == line
        assert "warn 1 received records were not accepted See `sanlian quarantine list`" in said(city.sanlian("doctor"))
        before = incarnation(city)
        assert said(city.sanlian("quarantine", "retry")) == "accepted 0, 1 left in quarantine"
        assert incarnation(city) == before  # the node may be running meanwhile
        change(
            city,
            "INSERT INTO sync_reject (peer, origin, kind, rid, inc, ver, code)"
            " VALUES ('gd', 'foshan', 'listing', ?, 5, 2, 'batch-malformed')",
            rid,
        )
        line = f"by gd foshan listing {rid} 5.2 batch-malformed"
        assert said(city.sanlian("quarantine", "rejected")) == line
    finally:
        change(city, "DELETE FROM sync_quarantine")
        change(city, "DELETE FROM sync_reject")
