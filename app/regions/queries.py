"""Reading divisions and offices."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.kernel.problems import NotFound
from app.regions.models import ImportedRegion, Office


def imported_regions() -> Select[ImportedRegion]:
    """Every imported division, by code."""
    return select(ImportedRegion).order_by(ImportedRegion.code)


def offices() -> Select[Office]:
    """Every office of this node, by region and name."""
    return select(Office).order_by(Office.region_code, Office.name)


def list_offices(session: Session) -> list[Office]:
    """Every office of this node, by region and name."""
    return list(session.scalars(offices()))


def get_office(session: Session, office_id: str) -> Office:
    """The office with this id; NotFound otherwise."""
    office = session.get(Office, office_id)
    if office is None:
        raise NotFound()
    return office


def own_office(session: Session) -> Office:
    """The office that the node was set up for, the first one; NotFound before `sanlian init`."""
    office = session.scalar(select(Office).order_by(Office.created_at, Office.id).limit(1))
    if office is None:
        raise NotFound("本节点尚无经办机构，请先运行 sanlian init", "this node has no office yet; run `sanlian init`")
    return office
