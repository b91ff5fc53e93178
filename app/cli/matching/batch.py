"""`sanlian match batch`: begin a run or carry one on, and say what came of it."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.console import Refusal, console, errors, open_database, usable_database
from app.cli.matching.asking import office_id, progress, say_problem, whoever_types, workers_of
from app.kernel.clock import SystemClock
from app.kernel.db import Database
from app.kernel.problems import Problem
from app.main import node_taxonomy
from app.matching.batch import parts, tables
from app.matching.batch.job import Job
from app.matching.batch.parts import Occupied, Parts, Unreadable
from app.matching.batch.run import Batch, OtherRun, Outcome, write_file
from app.matching.batch.spread import Rule, TooMany
from app.matching.batch.tables import NotATable
from app.matching.batch.workers import NoWorkers
from app.matching.engine.snapshot import Unusable
from app.matching.filters import Filters
from app.regions.service import load as load_regions
from app.regions.tree import Regions
from app.regions.understanding import require_place
from app.taxonomy.tables import Taxonomy
from app.taxonomy.understanding import require_occupation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.settings import Settings

ANEW = "Give --restart to throw it away and begin anew."


@dataclass(frozen=True)
class Wish:
    """What was typed."""

    out: Path
    limit: int
    office: str
    filters: dict[str, Any]
    rule: Rule | None
    candidates: int
    workers: int | None
    scheduler: str
    restart: bool


def run(of: "Settings", wish: Wish) -> None:
    """Write the file, or say what stands in the way."""
    try:
        tables.check(wish.out)
    except NotATable as error:
        raise Refusal(f"--out: {error}.") from None
    if not wish.out.absolute().parent.is_dir():
        raise Refusal(f"--out: there is no folder {wish.out.absolute().parent}.")
    folder = wish.out.with_name(wish.out.name + ".parts")
    with open_database(of) as database, usable_database(), _refusing(folder):
        batch, job = _asked(of, database, wish)
        with parts.occupied(folder):
            begun = _begun(batch, job, folder, wish)
            _compute(batch, begun, wish)
            outcome = write_file(begun, wish.out)
    _say(outcome, wish)


def _asked(of: "Settings", database: Database, wish: Wish) -> tuple[Batch, Job]:
    taxonomy, clock = node_taxonomy(of, database), SystemClock()
    with database.read() as session:
        regions = load_regions(session)
    office = office_id(database, wish.office)
    try:
        filters = _filters(wish.filters, regions, taxonomy)
    except Problem as problem:
        raise say_problem(problem) from None
    depth = wish.limit if wish.rule is None else max(wish.candidates, wish.limit)
    job = Job(clock.today(), depth, office, filters, wish.rule)
    return Batch(database, whoever_types(office), clock, regions, taxonomy), job


def _filters(given: dict[str, Any], regions: Regions, taxonomy: Taxonomy) -> Filters:
    meant = dict(given)
    if "place" in given:
        meant["place"] = require_place(regions, given["place"], "place").code
    if "occupation" in given:
        meant["occupation"] = require_occupation(taxonomy, given["occupation"]).code
    return Filters(**meant)


def _begun(batch: Batch, job: Job, folder: Path, wish: Wish) -> Parts:
    found = None if wish.restart else batch.carry_on(folder, job)
    if found is None:
        with errors.status("reading the market"):
            return batch.begin(folder, job)
    day: date = found.manifest.job.day
    done = found.count - len(found.unfinished())
    _tell(f"carrying on the run of {day}: {done} of {found.count} parts are finished")
    if batch.has_moved_on(found):
        _tell(f"the node has learnt more since; the run keeps to the market it began with. {ANEW}")
    return found


def _compute(batch: Batch, begun: Parts, wish: Wish) -> None:
    total = begun.manifest.persons
    done = total - sum(len(begun.ids_of(number)) for number in begun.unfinished())
    with progress("matching", total, done) as advance:
        batch.compute(begun, workers_of(wish.workers, wish.scheduler), advance)


@contextmanager
def _refusing(folder: Path) -> "Iterator[None]":
    """Turn what stands in the way of a run into a Refusal; what was finished is kept."""
    kept = f"What is finished is kept in {folder}: the same command carries on."
    try:
        yield
    except KeyboardInterrupt:
        raise Refusal("Interrupted.", kept, code=130) from None
    except Occupied:
        raise Refusal(f"Another process is writing this file ({folder}/lock).") from None
    except OtherRun as other:
        raise Refusal(f"The unfinished run in {folder} is another one: {other}.", f"Ask as then, or: {ANEW}") from None
    except (Unreadable, Unusable) as error:
        raise Refusal(f"The unfinished run in {folder} cannot be used: {error}.", ANEW) from None
    except NoWorkers as error:
        raise Refusal(f"The workers failed: {error}.", kept) from None
    except TooMany as error:
        raise Refusal(f"{error}.", "Spread office by office: --office.") from None
    except OSError as error:
        way_out = kept if folder.exists() else ""
        raise Refusal(f"{error.strerror or error}: {error.filename or folder}", way_out) from None


def _say(outcome: Outcome, wish: Wish) -> None:
    left_out = f", {outcome.left_out} no longer active" if outcome.left_out else ""
    console.print(
        f"{outcome.persons} persons{left_out}, {outcome.with_matches} with matches, {outcome.rows} rows: {wish.out}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _tell(text: str) -> None:
    errors.print(text, style="yellow", highlight=False, markup=False, soft_wrap=True)
