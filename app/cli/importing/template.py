"""The empty table to fill in: our headings, and in a spreadsheet a second sheet that explains each."""

import csv
from pathlib import Path

from app.cli.console import Refusal
from app.vacancies.intake.fields import FIELDS

_SHEET, _GUIDE = "招聘岗位", "填写说明"
# What the template leaves out: other ways of saying the same, recognised all the same.
_LEFT_OUT = frozenset({"pay_min", "pay_max", "pay_period", "experience_education", "valid_days"})
_HEADS = [(field.zh + "*" if field.is_required else field.zh, field) for field in FIELDS if field.name not in _LEFT_OUT]


def write_template(path: Path) -> None:
    """Write the template to `path`, CSV or XLSX by its name; Refusal for another, or if the file is there already."""
    if path.exists():
        raise Refusal(f"{path} is there already.", "Name another file.")
    if path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark lets spreadsheets see UTF-8
            csv.writer(file).writerow([head for head, _ in _HEADS])
    elif path.suffix.lower() == ".xlsx":
        _write_spreadsheet(path)
    else:
        raise Refusal(f"{path.name} is neither .csv nor .xlsx.")


def _write_spreadsheet(path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(_SHEET)
        sheet.freeze_panes(1, 0)
        for at, (head, field) in enumerate(_HEADS):
            sheet.set_column(at, at, 16, text)  # as text: a credit code is no number
            sheet.write_string(0, at, head, bold)
            sheet.write_comment(0, at, field.what_zh)
        guide = book.add_worksheet(_GUIDE)
        lines = [("列", "怎么填", "示例", "column", "what it takes")]
        lines += [(head, field.what_zh, field.example, field.name, field.what_en) for head, field in _HEADS]
        for row, line in enumerate(lines):
            for at, words in enumerate(line):
                guide.write_string(row, at, words, bold if row == 0 else None)
        guide.set_column(0, 4, 28)
