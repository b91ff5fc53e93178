"""What changes where: setting up an office, replacing a city's divisions by an imported table."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.kernel.clock import Clock
from app.kernel.ids import new_id
from app.kernel.problems import Conflict
from app.regions import queries
from app.regions.models import ImportedRegion, Office
from app.regions.shipped import load_shipped, regions_of
from app.regions.tier import Tier
from app.regions.tree import Region, Regions


class OfficeNameTaken(Conflict):
    slug, zh, en = "office-name-taken", "已有同名经办机构", "There is an office of this name"


def load(session: Session) -> Regions:
    """The tree this node works with: what ships, and the imported cities, which replace a shipped one."""
    imported = [
        Region(row.code, row.name, row.parent, Tier(row.tier)) for row in session.scalars(queries.imported_regions())
    ]
    ships = load_shipped()
    if not imported:
        return ships
    replaced = {region.code for region in imported if region.parent is None}
    kept = [region for region in ships.by_code.values() if ships.city_of(region.code) not in replaced]
    return regions_of((*kept, *imported))


def create_office(session: Session, clock: Clock, regions: Regions, region_code: str, name: str = "") -> Office:
    """Set up an office in a division; without a `name` it is called after the division.

    UnknownCode for a code that is not in the table; OfficeNameTaken when there is one of this name.
    """
    region = regions.require(region_code)
    name = name or f"{region.name}公共就业服务机构"
    if session.scalar(select(Office.id).where(Office.name == name)) is not None:
        raise OfficeNameTaken(f"已有名为“{name}”的经办机构", f"there is an office called '{name}'")
    office = Office(id=new_id(clock), region_code=region.code, name=name, tier=str(region.tier), created_at=clock.now())
    session.add(office)
    session.flush()
    return office


@dataclass(frozen=True)
class CityChange:
    """How an imported city differs from what was known, in divisions."""

    added: int
    changed: int
    unchanged: int
    removed: int


def compare_city(known: Regions, city_code: str, table: Sequence[Region]) -> CityChange:
    """What `replace_city` would change against the `known` tree."""
    before = {code: region for code, region in known.by_code.items() if known.within(code, city_code)}
    after = {region.code: region for region in table}
    unchanged = sum(1 for code, region in after.items() if before.get(code) == region)
    both = len(before.keys() & after.keys())
    return CityChange(len(after) - both, both - unchanged, unchanged, len(before) - both)


def replace_city(session: Session, clock: Clock, city_code: str, table: Sequence[Region]) -> None:
    """Keep `table`, the whole tree of one city with the city itself, in place of what was imported for it before.

    BrokenTree when it is no tree. A running server reads the tables at start-up and must be restarted.
    """
    Regions(table)
    session.execute(delete(ImportedRegion).where(ImportedRegion.city_code == city_code))
    now = clock.now()
    session.execute(
        insert(ImportedRegion),
        [
            {
                "code": region.code,
                "name": region.name,
                "parent": region.parent,
                "tier": str(region.tier),
                "city_code": city_code,
                "imported_at": now,
            }
            for region in table
        ],
    )
