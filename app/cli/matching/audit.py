"""`sanlian match audit`: the report of exposure as a table, and as CSV or JSON."""

import csv
import io
import json
from dataclasses import asdict, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from app.cli.console import Refusal, console, errors, open_database, usable_database
from app.cli.matching.asking import office_id, progress, whoever_types, workers_of
from app.kernel.clock import SystemClock
from app.kernel.db import Database
from app.kernel.problems import NotFound
from app.main import node_taxonomy
from app.matching.batch.job import Job
from app.matching.batch.workers import NoWorkers
from app.matching.exposure.measure import Measure
from app.matching.exposure.report import Line, report
from app.matching.exposure.tally import GOOD_BAND, Tally
from app.matching.table import SCORE_TABLE
from app.regions.queries import own_office
from app.regions.service import load as load_regions

if TYPE_CHECKING:
    from app.settings import Settings

ENDINGS = (".csv", ".json")
NOT_SHOWN = "–"


def run(of: "Settings", out: Path | None, office: str, limit: int, least: int, workers: int | None) -> None:
    """Print the report, and write it."""
    if out is not None and out.suffix not in ENDINGS:
        raise Refusal(f"--out: {out.name} ends in neither {' nor '.join(ENDINGS)}.")
    with open_database(of) as database, usable_database():
        job = Job(SystemClock().today(), limit, office_id(database, office))
        tally = _measured(of, database, job, workers)
    lines = report(tally, least)
    _print(lines, job, least)
    if out is not None:
        try:
            out.write_text(_written(lines, job, least, out.suffix), encoding="utf-8")
        except OSError as error:
            raise Refusal(f"--out: {error.strerror}: {out}") from None
        console.print(f"written to {out}", highlight=False, markup=False, soft_wrap=True)


def _measured(of: "Settings", database: Database, job: Job, workers: int | None) -> Tally:
    with database.read() as session:
        regions = load_regions(session)
        try:
            city = regions.city_of(own_office(session).region_code) or ""
        except NotFound as problem:
            raise Refusal(problem.detail_en) from None
    measure = Measure(database, whoever_types(job.office), SystemClock(), regions, node_taxonomy(of, database), city)
    with TemporaryDirectory(prefix="sanlian-market-") as place:
        folder = Path(place)
        with errors.status("reading the market"):
            ids = measure.begin(folder, job.office)
        try:
            with progress("matching", len(ids)) as advance:
                return measure.exposure(folder, job, ids, workers_of(workers), advance)
        except NoWorkers as error:
            raise Refusal(f"The workers failed: {error}.") from None
        except KeyboardInterrupt:
            raise Refusal("Interrupted; nothing was kept.", code=130) from None


def _print(lines: list[Line], job: Job, least: int) -> None:
    from rich.table import Table

    table = Table(title=f"Exposure on {job.day}, score table {SCORE_TABLE.version}")
    table.add_column("")
    table.add_column("group")
    headings = ("persons", f"matches in the top {job.depth}", "mean score", f"with one of band ≥ {GOOD_BAND}")
    for heading in headings:
        table.add_column(heading, justify="right")
    before = ""
    for line in lines:
        if line.dimension != before:
            table.add_section()
        cells = (line.persons, line.matches, line.score, None if line.share is None else f"{line.share} %")
        shown = [NOT_SHOWN if cell is None else str(cell) for cell in cells]
        table.add_row("" if line.dimension == before else line.dimension, line.group, *shown)
        before = line.dimension
    console.print(table)
    console.print(
        f"{NOT_SHOWN}: stands for fewer than {least} persons, or would tell of as few. Groups differ in what they wish "
        "for and can do: a difference is a question, not an answer.",
        style="dim",
        highlight=False,
    )


def _written(lines: list[Line], job: Job, least: int, ending: str) -> str:
    if ending == ".json":
        about = {"generated": job.day.isoformat(), "score_table": SCORE_TABLE.version, "limit": job.depth}
        body = {**about, "good_band": GOOD_BAND, "least_cell": least, "lines": [asdict(line) for line in lines]}
        return json.dumps(body, ensure_ascii=False, indent=1) + "\n"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [field.name for field in fields(Line)]
    writer.writerow([*names, "score_table", "generated"])
    for line in lines:
        cells = ["" if (cell := getattr(line, name)) is None else cell for name in names]
        writer.writerow([*cells, SCORE_TABLE.version, job.day])
    return text.getvalue()
