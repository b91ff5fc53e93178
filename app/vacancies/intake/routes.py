"""Rows of a file over HTTP: a batch is one transaction, and repeating it changes nothing."""

from app.kernel.access import requires
from app.kernel.actor import Permission
from app.kernel.deps import CurrentActor, CurrentClock, WriteSession
from app.kernel.http import router
from app.regions.deps import CurrentRegions
from app.taxonomy.deps import CurrentTaxonomy
from app.vacancies.intake import service
from app.vacancies.intake.schemas import MAX_BODY, ImportIn, ImportOut

routes = router("/v1/vacancies", "vacancies", max_body=MAX_BODY)
WRITE = requires(Permission.VACANCY_WRITE)


@routes.post("/import", dependencies=[WRITE], summary="Import rows of a file")
def import_vacancies(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    regions: CurrentRegions,
    taxonomy: CurrentTaxonomy,
    wanted: ImportIn,
) -> ImportOut:
    """Up to 50 rows as they were written, each answered with `created`, `unchanged` or `rejected` and the reasons.

    A row is known again by its reference, else by what it says, so repeating a batch creates nothing. Rows wait for
    review as submitted; `open` opens them at once and needs the permission to review. An employer without credit
    code is kept as unverified. What a cell may say stands in docs/import.md.
    """
    return service.import_rows(session, actor, clock, regions, taxonomy, wanted)
