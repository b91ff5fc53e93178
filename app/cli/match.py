"""`sanlian match`: the matches of every active job seeker in one file, and how much which group is shown."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import Refusal, settings
from app.taxonomy.terms import Shift

app = typer.Typer(no_args_is_help=True, help="Matches of all job seekers of this node at once.")

Office = Annotated[str, typer.Option(help="Only persons of this office: its id, name or region code.")]
Workers = Annotated[
    int | None, typer.Option(min=1, show_default="one for each processor", help="Processes to compute with.")
]

BATCH_HELP = "\n\n".join(
    [
        "Write the best listings of every active job seeker of this node to a file.",
        "FILE: .csv, or .parquet with the extra `batch`. A row is a listing in its place among those of a person: "
        "seeker_id, rank, listing_id, origin, total, score_table, generated. Persons are ids, never names; the file is "
        "readable by its owner only, and the run is one row of the audit trail.",
        "INTERRUPTED: what was finished lies in FILE.parts; the same command carries on with the market it began with. "
        "--restart begins anew. The file appears when it is whole.",
        "SPREAD: `--spread` offers each person at most --limit (3) of their --candidates (20) best, and each listing "
        "to at most seats × --per-seat persons: as many persons as possible get a good offer, then an offer at all, "
        "then the best bands, before anybody gets a second.",
        "CLUSTER: `--scheduler tcp://host:8786` computes on a Dask cluster with the extra `batch`; the file is the "
        "same. Profiles (no names) travel to its workers: they have to be the office's own machines. docs/batch.md",
    ]
)


@app.callback()
def match() -> None:
    """Matches of all job seekers of this node at once."""


@app.command("batch", help=BATCH_HELP)
def batch(
    out: Annotated[Path, typer.Option(metavar="FILE", dir_okay=False, help="The file to write: .csv or .parquet.")],
    limit: Annotated[
        int | None, typer.Option(min=1, max=200, show_default="10, with --spread 3", help="Listings a person at most.")
    ] = None,
    office: Office = "",
    place: Annotated[str, typer.Option(help="Only posts in this division: code or words.")] = "",
    occupation: Annotated[str, typer.Option(help="Only posts of this occupation or below it: id or words.")] = "",
    pay_min_fen: Annotated[
        int | None, typer.Option(min=0, help="Only posts that guarantee this in a full-time month, in fen.")
    ] = None,
    shift: Annotated[Shift | None, typer.Option(help="Only posts with this shift.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only posts opened on this day or later.")
    ] = None,
    workers: Workers = None,
    scheduler: Annotated[str, typer.Option(help="A Dask scheduler to compute with, like tcp://10.0.0.5:8786.")] = "",
    spread: Annotated[bool, typer.Option("--spread", help="Spread people over seats.")] = False,
    candidates: Annotated[
        int, typer.Option(min=1, max=200, help="With --spread: the best listings of a person that are considered.")
    ] = 20,
    per_seat: Annotated[int, typer.Option(min=1, max=100, help="With --spread: persons a seat at most.")] = 3,
    good_band: Annotated[
        int, typer.Option(min=0, max=40, help="With --spread: from this band of 250 points on an offer is good.")
    ] = 30,
    restart: Annotated[bool, typer.Option("--restart", help="Throw an unfinished run away and begin anew.")] = False,
) -> None:
    from app.cli.matching.batch import Wish, run
    from app.matching.batch.spread import Rule

    if workers and scheduler:
        raise Refusal("--workers and --scheduler exclude each other.", "The cluster's workers are used as they are.")
    given = {"place": place, "occupation": occupation, "pay_fen": pay_min_fen, "shift": shift}
    wish = Wish(
        out=out,
        limit=limit or (3 if spread else 10),
        office=office,
        filters={name: value for name, value in given.items() if value} | ({"since": since.date()} if since else {}),
        rule=Rule(offers=limit or 3, per_seat=per_seat, good=good_band) if spread else None,
        candidates=candidates,
        workers=workers,
        scheduler=scheduler,
        restart=restart,
    )
    run(settings(), wish)


@app.command("audit")
def audit(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write a .csv or .json file, too.")
    ] = None,
    office: Office = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="Matches a person that count as shown.")] = 10,
    least: Annotated[int, typer.Option(min=10, help="Cells of fewer persons are not shown.")] = 10,
    workers: Workers = None,
) -> None:
    """Compare what groups of job seekers are shown: by sex, age and where the citizen id was issued.

    None of these is an input of matching (age only where the law sets a limit). Every active person is matched as at
    the counter; for each group the report says how many matches a person is shown, their mean score, and the share of
    persons with a match of band 30 (7,500 points) or above. Cells of fewer than ten persons are not shown, nor what
    would give them away. The run is one row of the audit trail; nothing personal is written. docs/batch.md
    """
    from app.cli.matching.audit import run

    run(settings(), out, office, limit, least, workers)
