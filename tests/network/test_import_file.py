"""`sanlian import` from the terminal to a node over HTTP: files in, an exact count out, and a second run idle."""

import csv
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import xlsxwriter
from typer.testing import CliRunner, Result

from app.auth.roles import Role
from app.auth.service import add_staff
from app.cli.console import Refusal
from app.cli.import_vacancies import app as verb
from app.cli.importing.files import read_table
from app.cli.importing.sending import Office
from app.regions.queries import own_office
from tests.fakes import FakeClock
from tests.routes.import_node import PASSWORD, ImportNode, make_node

SAMPLE = Path(__file__).parents[1] / "data" / "import_sample.csv"
# Of its 17 rows seven do not hold, and three say what an earlier row says or take its reference.
ACCEPTED, REJECTED = 7, 10


class Served:
    """A node behind a real port, with an officer's and a clerk's token."""

    def __init__(self, node: ImportNode) -> None:
        self.node = node
        self.clerk, self.officer = node.token(Role.CLERK), node.token(Role.OFFICER)
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # who comes before the server is up waits for it
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(node.app, log_config=None, ws="none"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]})
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    def listings(self) -> int:
        total: int = httpx.get(f"{self.url}/v1/listings", trust_env=False).json()["total"]
        return total


@pytest.fixture
def served(tmp_path: Path, sqlite_url: str) -> Iterator[Served]:
    node, _ = make_node(tmp_path / "node", sqlite_url, FakeClock())
    served = Served(node)
    yield served
    served.stop()


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(verb, ["vacancies", *map(str, arguments)], env={"COLUMNS": "200"})


def imported(served: Served, *arguments: str | Path) -> str:
    """What the verb says; it must end well."""
    result = run(*arguments, "--url", served.url, "--token", served.officer)
    assert result.exception is None, result.exception
    return result.output


def refusal(result: Result) -> Refusal:
    assert isinstance(result.exception, Refusal), result.output
    return result.exception


def test_our_sample_file_lands_with_an_exact_count_and_a_rejects_file(served: Served, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    said = imported(served, SAMPLE, "--open", "--rejects", rejects)
    assert f"{ACCEPTED} accepted + 0 unchanged + {REJECTED} rejected = 17 rows" in said
    assert "not read: 联系人备注" in said
    assert served.listings() == ACCEPTED
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == REJECTED
    by_number = {row["row"]: row for row in rows}
    assert by_number["12"]["field"] == "area"
    assert "440104" in by_number["12"]["reason_en"]
    assert by_number["12"]["岗位名称"] == "会计"
    assert by_number["16"]["reason_en"] == "same as row 3"
    assert "other content" in by_number["17"]["reason_en"]
    assert by_number["19"]["reason_zh"] == "与第18行相同"


def test_a_second_run_of_the_same_file_creates_nothing(served: Served) -> None:
    imported(served, SAMPLE, "--open")
    assert f"0 accepted + {ACCEPTED} unchanged + {REJECTED} rejected = 17 rows" in imported(served, SAMPLE, "--open")
    assert served.listings() == ACCEPTED


def test_mended_rejects_can_be_imported_as_they_are(served: Served, tmp_path: Path) -> None:
    rejects, mended = tmp_path / "rejects.csv", tmp_path / "mended.csv"
    imported(served, SAMPLE, "--rejects", rejects)
    mended.write_text(rejects.read_text("utf-8-sig").replace("3元/月", "3500元/月"), "utf-8")
    assert "1 accepted + 2 unchanged + 7 rejected = 10 rows" in imported(served, mended)


def test_the_same_rows_in_gb18030_and_in_a_spreadsheet_are_unchanged(served: Served, tmp_path: Path) -> None:
    imported(served, SAMPLE)
    gb = tmp_path / "posts.csv"
    gb.write_bytes(SAMPLE.read_text("utf-8").encode("gb18030"))
    table = read_table(SAMPLE, len)
    book_path = tmp_path / "posts.xlsx"
    with xlsxwriter.Workbook(str(book_path)) as book:
        sheet = book.add_worksheet()
        for at, (_, cells) in enumerate([(0, table.headings), *table.rows()]):
            sheet.write_row(at, 0, cells)
    for path in (gb, book_path):
        assert f"0 accepted + {ACCEPTED} unchanged + {REJECTED} rejected = 17 rows" in imported(served, path)


def test_a_dry_run_stores_nothing(served: Served) -> None:
    said = imported(served, SAMPLE, "--open", "--dry-run")
    assert f"{ACCEPTED} would be accepted + 0 unchanged + {REJECTED} rejected" in said
    assert served.listings() == 0


def many(path: Path, count: int) -> Path:
    """A file without seats, duties and validity, its pay under a heading that is not recognised."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["岗位名称", "公司", "区域", "到手", "经验"])
        writer.writerows([f"保洁员{n}", "虚构示例·晨光物业", "天河区", "12k-18k", "1-3年"] for n in range(count))
    return path


def test_what_a_file_lacks_is_asked_for_by_name_and_given_once(served: Served, tmp_path: Path) -> None:
    path = many(tmp_path / "many.csv", 120)
    asked = refusal(run(path, "--url", served.url, "--token", served.clerk))
    for name in ("seats", "duties", "valid_until", "pay"):
        assert f"'{name}'" in asked.what
    given = ["--default", "seats=1", "--default", "有效天数=30", "--default", "duties=见岗位名称"]
    assert "120 accepted" in imported(served, path, "--columns", "薪资=到手", *given)
    assert "120 unchanged" in imported(served, path, "--columns", "pay=到手", *given)


def test_a_wrong_option_names_the_nearest(served: Served, tmp_path: Path) -> None:
    path = many(tmp_path / "many.csv", 1)
    assert "seats" in refusal(run(path, "--url", served.url, "--default", "seat=1")).what
    assert "岗位名称" in refusal(run(path, "--url", served.url, "--columns", "title=岗位名秤")).what
    assert "title" in refusal(run(path, "--url", served.url, "--columns", "titel=岗位名称")).what
    assert "--url" in refusal(run(path)).what


def test_who_asks_may_be_told_by_a_password_or_by_the_demo_accounts(served: Served, tmp_path: Path) -> None:
    with served.node.app.state.database.write() as session:
        office = own_office(session)
        add_staff(
            session,
            FakeClock(),
            username="shenhe",
            name="审核示例",
            role=Role.OFFICER,
            office_id=office.id,
            password=PASSWORD,
        )
    result = run(SAMPLE, "--url", served.url, "--user", "shenhe", "--password", PASSWORD, "--open")
    assert f"{ACCEPTED} accepted" in result.output
    accounts = tmp_path / "credentials.json"
    accounts.write_text(json.dumps({"accounts": [{"url": served.url, "role": "clerk", "token": served.clerk}]}))
    assert "unchanged" in run(SAMPLE, "--url", served.url, "--credentials", accounts).output
    assert "officer" in refusal(run(SAMPLE, "--url", served.url, "--credentials", accounts, "--open")).what
    assert "review" in refusal(run(SAMPLE, "--url", served.url, "--token", served.clerk, "--open")).what
    assert "--token" in refusal(run(SAMPLE, "--url", served.url, "--token", "nonsense")).way_out


class Broken(httpx.BaseTransport):
    """A line that loses the answer to every first try: the node has done the work, and nobody heard."""

    def __init__(self) -> None:
        self._through = httpx.HTTPTransport()
        self.lost: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._through.handle_request(request)
        key = request.headers["idempotency-key"]
        if key in self.lost:
            return answer
        self.lost.add(key)
        answer.read()
        answer.close()
        raise httpx.ReadTimeout("lost", request=request)

    def close(self) -> None:
        self._through.close()


def test_a_lost_answer_is_asked_for_again_and_the_rows_count_once(served: Served) -> None:
    cells = {"title": "保洁员", "employer": "虚构示例", "area": "天河区", "pay": "4000元/月", "experience": "不限"}
    options: dict[str, Any] = {"defaults": {"seats": "1", "valid_days": "30", "duties": "保洁"}, "open": True}
    line = Broken()
    office = Office(served.url, served.officer, sleep=lambda _: None, transport=line)
    answers = office.import_rows([(2, cells)], options)
    office.close()
    assert [answer["outcome"] for answer in answers] == ["created"]
    assert (len(line.lost), served.listings()) == (1, 1)


def test_a_node_that_is_not_there_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        office = Office(url, "token", sleep=lambda _: None)
        with pytest.raises(Refusal) as refused:
            office.import_rows([(2, {"title": "甲"})], {})
        office.close()
    assert url in refused.value.what
    assert "serve" in refused.value.way_out
