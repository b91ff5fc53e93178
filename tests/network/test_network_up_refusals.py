"""What `sanlian network up` refuses before anything starts, and how it says so. No process is started here."""

import json
import os
import signal
import socket
import tty
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from app.cli.console import Refusal
from app.cli.network import folder
from app.cli.network.keys import Keys, keys
from app.cli.network.plan import STREETS, plan_network
from app.cli.network.ports import check_ports
from app.cli.network.processes import environment
from app.cli.network.stopping import Stopped, StopSignals
from app.cli.network.view import HEADINGS, Row, Shown, age, plain, table
from app.regions.shipped import load_shipped


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock


def test_the_plan_has_the_ports_and_the_parents_of_the_three_levels(tmp_path: Path) -> None:
    plans = plan_network(tmp_path, 8000, 2)
    assert [(p.name, p.port, p.parent.name if p.parent else None) for p in plans] == [
        ("广州市", 8000, None),
        ("越秀区", 8010, "广州市"),
        ("北京街道", 8011, "越秀区"),
        ("洪桥街道", 8012, "越秀区"),
    ]


def test_the_street_offices_are_those_of_yuexiu_and_no_others() -> None:
    real = {(region.code, region.name) for region in load_shipped().children("440104")}
    assert {(code, name) for _, code, name in STREETS} == real


def test_a_network_has_one_to_eighteen_streets(tmp_path: Path) -> None:
    for streets in (0, 19):
        with pytest.raises(ValueError, match="1 to 18"):
            plan_network(tmp_path, 8000, streets)


def test_a_port_in_use_is_named_with_a_base_port_that_is_free(tmp_path: Path, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    plans = plan_network(tmp_path, port - 11, 2)
    with pytest.raises(Refusal) as refused:
        check_ports(plans)
    assert str(port) in refused.value.what
    suggested = int(refused.value.way_out.split("--base-port ")[1].split()[0])
    check_ports(plan_network(tmp_path, suggested, 2))


def test_free_ports_are_let_through(tmp_path: Path, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    listener.close()
    check_ports(plan_network(tmp_path, min(port, 60000), 1)[:1])


def test_a_folder_remembers_how_many_streets_it_has(tmp_path: Path) -> None:
    folder.open_folder(tmp_path, 2)
    assert folder.open_folder(tmp_path, 2).streets == 2
    with pytest.raises(Refusal) as refused:
        folder.open_folder(tmp_path, 3)
    assert "--streets 2" in refused.value.way_out


def test_a_folder_remembers_that_the_sample_was_entered(tmp_path: Path) -> None:
    made = folder.open_folder(tmp_path, 1)
    folder.mark_sample(tmp_path, made, "loaded")
    assert folder.open_folder(tmp_path, 1).sample == "loaded"


@pytest.mark.parametrize("content", ["{", "[]", '{"streets": 2, "surprise": 1}', '{"streets": 2, "format": 999}'])
def test_a_folder_of_another_version_is_refused_with_the_way_out(tmp_path: Path, content: str) -> None:
    (tmp_path / folder.NAME).write_text(content, encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        folder.open_folder(tmp_path, 2)
    assert "--dir" in refused.value.way_out


def test_nodes_without_a_network_file_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "guangzhou").mkdir()
    with pytest.raises(Refusal):
        folder.open_folder(tmp_path, 2)
    assert not (tmp_path / folder.NAME).exists()


def test_a_folder_is_held_by_one_network_at_a_time(tmp_path: Path) -> None:
    with folder.held(tmp_path):
        with pytest.raises(Refusal, match="running already"), folder.held(tmp_path):
            pass
    with folder.held(tmp_path):
        pass


def test_a_node_does_not_inherit_our_database_or_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/db")
    monkeypatch.setenv("SANLIAN_PARENT_URL", "https://elsewhere.example")
    city, district = plan_network(tmp_path, 8000, 1)[:2]
    assert "DATABASE_URL" not in environment(city)
    assert "SANLIAN_PARENT_URL" not in environment(city)
    assert environment(district)["SANLIAN_PARENT_URL"] == "http://127.0.0.1:8000"
    assert environment(city)["SANLIAN_MODE"] == "demo"


def test_the_first_stop_signal_stops_and_the_next_ones_change_nothing() -> None:
    with StopSignals():
        with pytest.raises(Stopped):
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)


def test_a_stop_signal_waits_for_the_end_of_a_deferred_block() -> None:
    reached = False
    with StopSignals() as signals, pytest.raises(Stopped), signals.deferred():
        os.kill(os.getpid(), signal.SIGINT)
        reached = True
    assert reached


def test_ages_are_said_as_people_say_them() -> None:
    assert [age(s) for s in (None, 0, 59, 61, 7300)] == ["never", "0 s", "59 s", "1 min", "2 h"]


def test_the_plain_table_says_what_waits_and_what_went_wrong(tmp_path: Path) -> None:
    city, district = plan_network(tmp_path, 8000, 1)[:2]
    status = {
        "own_listings": 3,
        "known_listings": 40,
        "backlog": 7,
        "rejected": 2,
        "last_push_age_s": 4,
        "last_error": "no answer",
    }
    lines = plain(Shown([Row(city, None), Row(district, json.loads(json.dumps(status)))])).splitlines()
    assert "no answer" in lines[1]
    assert lines[2].split() == ["越秀区", "yuexiu", "区", "district", "3", "40", "7", "2", "4", "s", district.url]
    assert lines[3] == "越秀区: no answer"


def drawn(shown: Shown, width: int) -> str:
    """The table as a terminal of this width shows it."""
    out = StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system=None)
    console.print(table(shown, console))
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 100, 120, 136, 200])
def test_the_table_cuts_nothing_off_from_eighty_columns_on(tmp_path: Path, width: int) -> None:
    plans = plan_network(tmp_path, 60_000, len(STREETS))
    status = {
        "own_listings": 99_999,
        "known_listings": 99_999,
        "backlog": 99_999,
        "rejected": 99_999,
        "last_push_age_s": 59 * 60,
        "last_error": None,
    }
    text = drawn(Shown([Row(plan, status) for plan in plans]), width)
    assert "…" not in text
    assert max(cell_len(line) for line in text.splitlines()) <= width
    for plan in plans:
        [line] = [line for line in text.splitlines() if f" {plan.node} " in f" {line} "]
        assert str(plan.port) in line
        assert plan.parent is None or "59 min" in line
    for heading in HEADINGS if width >= 136 else ("own", "known", "waiting", "refused", "last push", "port"):
        assert heading in text


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_readme_shows_the_table_as_it_is_printed(tmp_path: Path, page: str) -> None:
    text = (Path(__file__).parents[2] / page).read_text("utf-8")
    status = {"own_listings": 0, "known_listings": 432, "backlog": 0, "rejected": 0, "last_push_age_s": 2}
    rows = [Row(plan, status) for plan in plan_network(tmp_path, 8000, 2)[:2]]
    for line in plain(Shown(rows)).splitlines():
        assert line in text


def test_a_node_that_stopped_is_shown_as_stopped_with_the_way_out(tmp_path: Path) -> None:
    plans = plan_network(tmp_path, 8000, 1)
    rows = [Row(plans[0], None), Row(plans[1], None, "越秀区 (yuexiu) was killed by SIGKILL")]
    shown = Shown(rows, "r starts it again")
    for text in (plain(shown), drawn(shown, 80)):
        lines = text.splitlines()
        assert [line for line in lines if "越秀区 yuexiu" in line and "stopped" in line]
        assert [line for line in lines if "广州市 guangzhou" in line and "no answer" in line]
        assert "越秀区 (yuexiu) was killed by SIGKILL" in text
        assert "r starts it again" in text


def test_a_second_network_up_asks_the_running_one_to_start_what_has_stopped(tmp_path: Path) -> None:
    with folder.held(tmp_path):
        assert not folder.take_restart_request(tmp_path)
        with pytest.raises(Refusal) as refused, folder.held(tmp_path):
            pass
        assert "started again" in refused.value.way_out
        assert folder.take_restart_request(tmp_path)
        assert not folder.take_restart_request(tmp_path)
        (tmp_path / folder.RESTART).touch()
    with folder.held(tmp_path):
        assert not folder.take_restart_request(tmp_path), "left over from a network that has ended"


def test_single_keys_are_read_at_a_terminal_and_nowhere_else() -> None:
    with keys() as none:
        assert not none.are_read
        assert none.pressed() == ""
    ours, theirs = os.openpty()
    try:
        typed = Keys(theirs)
        tty.setcbreak(theirs)
        os.write(ours, b"xR")
        assert typed.pressed() == "xr"
        assert typed.pressed() == ""
    finally:
        os.close(ours)
        os.close(theirs)
