"""Occupations, skills and certificates over HTTP: public, read only, in the order of their ids."""

from collections.abc import Callable, Mapping
from typing import Annotated, Protocol, TypeVar

from fastapi import Path, Query

from app.kernel.access import public
from app.kernel.http import router
from app.kernel.paging import After, Limit, Page, decode_cursor, encode_cursor
from app.kernel.types import Query as SearchText
from app.taxonomy.deps import CurrentTaxonomy
from app.taxonomy.schemas import CertificateOut, OccupationDetail, OccupationOut, SkillOut

routes = router("/v1", "occupations")

NamePart = Annotated[SearchText, Query(description="Only those whose id, name or alias contains this text.")]
OccupationId = Annotated[SearchText, Path(examples=["cleaner"], description="Our own id, which never changes.")]


class _Named(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


N = TypeVar("N", bound=_Named)
T = TypeVar("T")


def _page(table: Mapping[str, N], out: Callable[[N], T], q: str, limit: int, after: str | None) -> Page[T]:
    wanted = q.strip().casefold()
    found = sorted((one for one in table.values() if wanted in _words(one)), key=lambda one: one.id)
    last = str(decode_cursor(after, str)[0]) if after is not None else ""
    rest = [one for one in found if one.id > last]
    page = rest[:limit]
    cursor = encode_cursor(page[-1].id) if len(rest) > limit else None
    return Page(items=[out(one) for one in page], total=len(found), next=cursor)


def _words(one: _Named) -> str:
    return "\n".join((one.id, one.zh, one.en, *getattr(one, "aliases", ()))).casefold()


@routes.get("/occupations", dependencies=[public()], summary="List occupations")
def list_occupations(
    taxonomy: CurrentTaxonomy, q: NamePart = "", limit: Limit = 50, after: After = None
) -> Page[OccupationOut]:
    """The occupations."""
    return _page(taxonomy.occupations, OccupationOut.of, q, limit, after)


@routes.get("/occupations/{occupation_id}", dependencies=[public()], summary="One occupation")
def get_occupation(taxonomy: CurrentTaxonomy, occupation_id: OccupationId) -> OccupationDetail:
    """One occupation with its aliases, skills and certificates. An unknown id names the nearest."""
    one = taxonomy.occupation(occupation_id, "occupation_id")
    children = sorted(child.id for child in taxonomy.occupations.values() if child.parent == one.id)
    grounds = {certificate: taxonomy.ground(one.id, certificate) for certificate in one.certificates}
    return OccupationDetail.of_whole(one, children, grounds)


@routes.get("/skills", dependencies=[public()], summary="List skills")
def list_skills(taxonomy: CurrentTaxonomy, q: NamePart = "", limit: Limit = 50, after: After = None) -> Page[SkillOut]:
    """The skills."""
    return _page(taxonomy.skills, SkillOut.of, q, limit, after)


@routes.get("/certificates", dependencies=[public()], summary="List certificates")
def list_certificates(
    taxonomy: CurrentTaxonomy, q: NamePart = "", limit: Limit = 50, after: After = None
) -> Page[CertificateOut]:
    """The certificates, with the law that asks for them."""
    return _page(taxonomy.certificates, CertificateOut.of, q, limit, after)
