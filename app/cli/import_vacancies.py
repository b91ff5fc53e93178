"""`sanlian import`: bring real files in, row by row, each accepted or rejected with its reason."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import Refusal, console, errors

if TYPE_CHECKING:
    from app.cli.importing.files import Table
    from app.cli.importing.run import Importer, Reject
    from app.cli.importing.sending import Office
    from app.vacancies.intake.headings import Columns

SHOWN_REJECTS = 20
LOOPBACK = ("http://127.0.0.1:", "http://localhost:", "http://[::1]:")

app = typer.Typer(no_args_is_help=True, help="Bring real files in.")

HELP = "\n\n".join(
    [
        "Import vacancies from a CSV or spreadsheet at a running node.",
        "TEMPLATE: `--template FILE.xlsx` (or .csv) writes an empty table with our headings; the sheets of .xlsx "
        "explain each.",
        "COLUMNS: our headings, English field names and many headings of real files are recognised (docs/import.md "
        'lists them). Others are mapped with `--columns "title=岗位名称,pay=薪资"`; what is nearly a heading is named, '
        "never used.",
        "DEFAULTS: what the file lacks is given once for all rows: `--default seats=1 --default valid_days=30 "
        "--default duties=见岗位名称`. A cell that says something wins.",
        "IDENTITY: a row is known again by its reference column, else by all that it says. A repeat in the file is "
        'rejected as "same as row n"; a second run of the same file reports `unchanged` and creates nothing.',
        "CELLS: pay like 12k-18k, 3000-5000元/月, 200元/天, 25元/小时, 底薪3000+提成 and 面议 is understood to the "
        "fen. What cannot be understood is rejected by name, or kept as its words; an area that is not clear is kept "
        "at city level. An employer without uscc is kept as unverified. Rows land as submitted for review, or open "
        "with `--open`.",
    ]
)


@app.callback()
def import_() -> None:
    """Bring real files in."""


@app.command("vacancies", help=HELP)
def vacancies(
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True, dir_okay=False, help="A .csv (UTF-8, UTF-16 or GB 18030), .xlsx, .xlsm, .xls or .ods file."
        ),
    ] = None,
    url: Annotated[str, typer.Option(help="The node's address, like http://127.0.0.1:8011.")] = "",
    token: Annotated[str, typer.Option(envvar="SANLIAN_TOKEN", help="A bearer token of the office.")] = "",
    credentials: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The demo accounts of a local network.")
    ] = None,
    user: Annotated[str, typer.Option(help="A staff account; its password is asked for.")] = "",
    password: Annotated[str, typer.Option(help="The password, if it may stand in the command.")] = "",
    open_: Annotated[bool, typer.Option("--open", help="Approve and open at once; needs an officer.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and compare, store nothing.")] = False,
    columns: Annotated[
        list[str] | None, typer.Option(help="field=heading pairs, separated by commas; may be repeated.")
    ] = None,
    default: Annotated[
        list[str] | None, typer.Option(help="field=value for rows that say nothing; may be repeated.")
    ] = None,
    rejects: Annotated[Path | None, typer.Option(dir_okay=False, help="Write rejected rows with reasons here.")] = None,
    sheet: Annotated[str, typer.Option(help="The sheet to read; else the first.")] = "",
    template: Annotated[Path | None, typer.Option(dir_okay=False, help="Write an empty table here and end.")] = None,
) -> None:
    if template is not None:
        from app.cli.importing.template import write_template

        write_template(template)
        console.print(f"wrote {template}", highlight=False)
        return
    if file is None or not url:
        raise Refusal(
            "An import needs a FILE and --url.", "Like: sanlian import vacancies FILE.csv --url http://127.0.0.1:8011"
        )
    given = _pairs(default or [], "default")
    table, read = _table(file, sheet, _pairs(_split(columns or []), "columns"), given)
    _say_columns(table, read)
    options = {"dry_run": dry_run, "open": open_, "defaults": given}
    with _office(url, token, credentials, (user, password), is_officer=open_) as office:
        _run(office, table, read, options, rejects)


def _split(columns: list[str]) -> list[str]:
    return [pair for text in columns for pair in text.replace("，", ",").split(",") if pair.strip()]


def _pairs(texts: list[str], option: str) -> dict[str, str]:
    """field=text pairs by field name; Refusal naming the nearest fields for one that is not there."""
    from app.vacancies.intake.headings import field_named, unknown_field

    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not value.strip():
            raise Refusal(f"--{option} {text!r} is no field=text.")
        field = field_named(name.strip())
        if field is None:
            fault = unknown_field(name.strip(), option)
            raise Refusal(f"--{option}: {fault.zh} / {fault.en}")
        found[field] = value.strip()
    return found


def _table(file: Path, sheet: str, told: dict[str, str], given: dict[str, str]) -> "tuple[Table, Columns]":
    """The file's rows and what its columns are; Refusal listing every column that is not clear."""
    from app.cli.importing.files import read_table
    from app.kernel.problems import Invalid
    from app.vacancies.intake.headings import check_required, count_known, recognise

    table = read_table(file, lambda headings: count_known(headings, told), sheet)
    try:
        read = recognise(table.headings, told)
        check_required(read, given)
    except Invalid as unclear:
        lines = [f"{fault.zh} / {fault.en}" for fault in unclear.errors]
        hint = 'Map a column with --columns "field=heading", or give one value for all rows with --default field=value.'
        raise Refusal("The columns are not clear:\n" + "\n".join(lines), hint) from None
    return table, read


def _say_columns(table: "Table", read: "Columns") -> None:
    mapped = ", ".join(f"{name} ← {table.headings[at]}" for at, name in read.fields.items())
    console.print(f"columns: {mapped}", highlight=False, markup=False, soft_wrap=True)
    for name, value in read.implied.items():
        console.print(f"from a heading: {name} = {value}", highlight=False, markup=False, soft_wrap=True)
    if read.ignored:
        console.print(
            "not read: " + ", ".join(read.ignored), style="yellow", highlight=False, markup=False, soft_wrap=True
        )


@contextmanager
def _office(
    url: str, token: str, credentials: Path | None, account: tuple[str, str], *, is_officer: bool
) -> "Iterator[Office]":
    """The office with a token: given, of a demo account, or of a session that ends with the import."""
    from app.cli.importing.sending import Office

    user, password = account
    if not token and not user:
        token = _demo_token(url, credentials, "officer" if is_officer else "clerk")
    office = Office(url.rstrip("/"), token)
    try:
        if user:
            office.sign_in(user, password or typer.prompt(f"Password of {user}", hide_input=True, err=True))
        yield office
    finally:
        if user:
            office.sign_out()
        office.close()


def _demo_token(url: str, credentials: Path | None, role: str) -> str:
    """The token of the demo account with `role` at `url`: in the file given, or of the local network on loopback."""
    from app.cli.console import settings

    file = credentials
    if file is None:
        file = settings().dir.parent / "demo" / "credentials.json"  # a network keeps its nodes side by side
        if not url.startswith(LOOPBACK) or not file.is_file():
            raise Refusal("Who is asking?", "Give --token, --credentials FILE, --user NAME, or set SANLIAN_TOKEN.")
    try:
        accounts = json.loads(file.read_text(encoding="utf-8"))["accounts"]
        fitting = [a["token"] for a in accounts if a["url"].rstrip("/") == url.rstrip("/") and a["role"] == role]
        known = sorted({a["url"] for a in accounts})
    except (OSError, ValueError, KeyError, TypeError):
        raise Refusal(f"{file} holds no demo accounts.") from None
    if not fitting:
        raise Refusal(f"{file} has no {role} at {url}.", "It knows: " + ", ".join(known))
    errors.print(f"signed in as the demo {role} of {file}", style="dim", highlight=False)
    return str(fitting[0])


def _run(office: "Office", table: "Table", read: "Columns", options: dict[str, object], rejects: Path | None) -> None:
    from contextlib import ExitStack

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from app.cli.importing.run import Importer, RejectsFile

    shown: list[Reject] = []
    with ExitStack() as stack:
        file = stack.enter_context(RejectsFile(rejects, table.headings)) if rejects else None

        def on_reject(reject: "Reject") -> None:
            if file is not None:
                file.write(reject)
            if len(shown) < SHOWN_REJECTS:
                shown.append(reject)

        bar = Progress(
            TextColumn("importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=errors
        )
        with bar:
            task = bar.add_task("importing", total=table.total)
            importer = Importer(office, read, options, on_reject, lambda n: bar.advance(task, n))
            try:
                importer.run(table)
            except (Refusal, KeyboardInterrupt) as stopped:
                _stopped(importer, stopped)
    _say_result(importer, shown, rejects, is_dry=bool(options["dry_run"]))


def _stopped(importer: "Importer", why: BaseException) -> None:
    """Say how far it came; what was stored stays, and a second run finds it."""
    tally = importer.tally
    what = why.what if isinstance(why, Refusal) else "Interrupted."
    counts = f"{tally.created} accepted, {tally.unchanged} unchanged, {tally.rejected} rejected"
    so_far = f"{tally.rows} rows were settled before: {counts}."
    way_out = why.way_out if isinstance(why, Refusal) else ""
    raise Refusal(
        what, "\n".join(part for part in (way_out, so_far, "Run it again: what is stored stays.") if part)
    ) from None


def _say_result(importer: "Importer", shown: "list[Reject]", rejects: Path | None, *, is_dry: bool) -> None:
    tally = importer.tally
    for reject in shown:
        reasons = "; ".join(f"{zh} / {en}" for zh, en in zip(reject.reasons_zh, reject.reasons_en, strict=True))
        console.print(
            f"row {reject.row}, {', '.join(reject.fields)}: {reasons}", highlight=False, markup=False, soft_wrap=True
        )
    if tally.rejected > len(shown):
        console.print(
            f"… and {tally.rejected - len(shown)} more" + ("" if rejects else "; --rejects FILE writes them all")
        )
    for name, count in sorted(tally.notes.items()):
        console.print(
            f"{count} rows: {name} kept as words or read by a convention (docs/import.md)", style="dim", highlight=False
        )
    accepted = "would be accepted" if is_dry else "accepted"
    console.print(
        f"{tally.created} {accepted} + {tally.unchanged} unchanged + {tally.rejected} rejected = {tally.rows} rows",
        highlight=False,
        style="bold",
    )
    if rejects is not None:
        console.print(f"rejected rows: {rejects}", highlight=False)
    if is_dry:
        console.print("dry run: nothing was stored")
