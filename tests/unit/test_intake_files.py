"""Files as offices save them: encodings, separators, spreadsheets, title lines, and the template."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from app.cli.console import Refusal
from app.cli.importing.files import Table, read_table
from app.cli.importing.run import Reject, RejectsFile
from app.cli.importing.template import write_template
from app.vacancies.intake.fields import FIELDS
from app.vacancies.intake.headings import count_known, recognise

SAMPLE = Path(__file__).parents[1] / "data" / "import_sample.csv"


def known(headings: Sequence[str]) -> int:
    return count_known(headings, {})


def rows(table: Table) -> list[tuple[int, list[str]]]:
    found = list(table.rows())
    assert len(found) == table.total
    assert found == list(table.rows())  # it can be read again
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_reads_the_same_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "posts.csv"
    path.write_bytes(SAMPLE.read_text("utf-8").encode(encoding))
    table = read_table(path, known)
    assert table.headings[1] == "岗位名称"
    assert (table.total, rows(table)) == (17, rows(read_table(SAMPLE, known)))
    assert rows(table)[0][0] == 3  # as a spreadsheet numbers it, below a title line and the headings


def test_blank_rows_are_left_out_and_counted_in_the_numbers(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("岗位名称;薪资\n保洁员;面议\n;\n\n电工;面议\n", "utf-8")
    assert rows(read_table(path, known)) == [(2, ["保洁员", "面议"]), (5, ["电工", "面议"])]


def test_a_cell_with_a_line_break_is_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text('岗位名称,工作内容\n保洁员,"一\n二"\n', "utf-8")
    assert rows(read_table(path, known)) == [(2, ["保洁员", "一\n二"])]


def test_a_spreadsheet_reads_as_people_see_it(tmp_path: Path) -> None:
    path = tmp_path / "posts.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("岗位")
        sheet.write_row(2, 0, ["岗位名称", "招聘人数", "薪资", "截止日期", "包吃"])
        sheet.write_row(3, 0, ["保洁员", 2, 25.5])
        sheet.write_datetime(3, 3, date(2026, 12, 31), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_boolean(3, 4, True)
        book.add_worksheet("其他").write_row(0, 0, ["岗位名称"])
    assert rows(read_table(path, known)) == [(4, ["保洁员", "2", "25.5", "2026-12-31", "是"])]
    assert rows(read_table(path, known, "其他")) == []
    with pytest.raises(Refusal) as refused:
        read_table(path, known, "没有")
    assert "岗位, 其他" in refused.value.way_out


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("blank.csv", b"\n , \n"),
        ("broken.xlsx", b"not a spreadsheet"),
        ("named-wrongly.csv", b"PK\x03\x04rest"),
        ("latin.csv", b"\xff\xffname\x80"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        read_table(path, known)
    assert name in refused.value.what


@pytest.mark.parametrize("name", ["template.csv", "template.xlsx"])
def test_the_template_is_recognised_whole_and_holds_no_rows(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_template(path)
    table = read_table(path, known)
    found = recognise(table.headings)
    assert (table.total, found.ignored) == (0, [])
    required = {field.name for field in FIELDS if field.is_required}
    assert required <= set(found.fields.values())
    with pytest.raises(Refusal):
        write_template(path)


def test_a_template_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal):
        write_template(tmp_path / "template.doc")


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-", "@SUM(A1)", "\t=1", "'=1", "'", "保洁员", ""])
def test_a_rejected_cell_is_no_formula_and_is_read_again_as_it_was(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "rejects.csv"
    with RejectsFile(path, ["title", "=employer"]) as file:
        file.write(Reject(2, ("title",), ("原因",), ("why",), [cell, "示例"]))
    with path.open(encoding="utf-8-sig", newline="") as written:
        cells = [cell for row in csv.reader(written) for cell in row]
    assert not [one for one in cells if one.startswith(("=", "+", "-", "@", "\t"))]
    table = read_table(path, len)
    assert table.headings[-1] == "=employer"
    assert [row[-2:] for _, row in table.rows()] == [["=1" if cell == "'=1" else cell, "示例"]]
