"""The market of a node in a folder that holds all a process needs to search it, and nothing about persons.

    regions.json           the divisions that the node knows
    words.json             the words that it has beside the shipped ones: those it was taught, and imported names
    market-<seq>/          the listings, as `engine.snapshot` writes and verifies them

Occupations, skills and certificates are the program's own. That a process reads the listings with the same tables as
the one that wrote them is proved by `made_of`: with any other it refuses.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy.orm import Session

from app.exchange.changes import head, log_id, mark_at
from app.matching.engine import snapshot
from app.matching.engine.market import Market
from app.matching.engine.snapshot import Provenance, Unusable
from app.matching.made_of import made_of
from app.matching.profile import KnownListing
from app.regions.shipped import regions_of
from app.regions.tier import Tier
from app.regions.tree import Region, Regions
from app.taxonomy.shipped import load_shipped as load_taxonomy
from app.taxonomy.tables import Taxonomy
from app.taxonomy.terms import ConceptKind

_REGIONS, _WORDS = "regions.json", "words.json"


def provenance_now(session: Session, made: str) -> Provenance:
    """Where a market would come from that was read now. Ask before reading: a market is never older than its number."""
    seq = head(session)
    return Provenance(log_id(session), seq, mark_at(session, seq), made)


def write(
    folder: Path,
    provenance: Provenance,
    taxonomy: Taxonomy,
    regions: Regions,
    listings: Iterable[tuple[datetime, KnownListing]],
) -> None:
    """Write the generation of `listings` into `folder`, which is made."""
    market = Market.empty(taxonomy, regions).holding(listings)
    snapshot.write(folder, provenance, market.reader.values, market.segments[0].columns)
    rows = [(one.code, one.name, one.parent, one.tier.value) for one in regions.by_code.values()]
    (folder / _REGIONS).write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    own = {
        kind.value: {"found_by": names.found_by, "taught": sorted(names.taught)}
        for kind in ConceptKind
        for names in [taxonomy.index_of(kind).own]
    }
    (folder / _WORDS).write_text(json.dumps(own, ensure_ascii=False), encoding="utf-8")


def opened(folder: Path) -> Market:
    """The market in `folder`, its columns mapped; a process keeps the last one that it opened.

    Unusable if it is damaged, or if this program would read listings otherwise than the one that wrote it.
    """
    found = snapshot.generations(folder)
    try:
        return _opened(folder, found[0], (found[0] / "manifest.json").read_bytes())
    except (IndexError, OSError) as error:
        raise Unusable(f"there is no market in {folder}") from error


@lru_cache(maxsize=1)
def _opened(folder: Path, place: Path, _manifest: bytes) -> Market:
    """What is kept is known by the manifest too: the hash of every file stands in it."""
    regions, taxonomy = _regions(folder), _taxonomy(folder)
    _, values, columns = snapshot.read(place, made_of(taxonomy, regions))
    return Market.empty(taxonomy, regions, values).over(columns)


def _regions(folder: Path) -> Regions:
    try:
        rows = json.loads((folder / _REGIONS).read_text(encoding="utf-8"))
        return regions_of(tuple(Region(code, name, parent, Tier(tier)) for code, name, parent, tier in rows))
    except (OSError, ValueError, TypeError) as error:
        raise Unusable(str(error)) from error


def _taxonomy(folder: Path) -> Taxonomy:
    """The shipped tables with the words of the node."""
    try:
        own = json.loads((folder / _WORDS).read_text(encoding="utf-8"))
        taxonomy = load_taxonomy().for_node([(id_, name) for id_, name in own[ConceptKind.OCCUPATION]["found_by"]])
        for kind in ConceptKind:
            for id_, word in own[kind]["taught"]:
                taxonomy.index_of(kind).add(id_, word)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Unusable(str(error)) from error
    return taxonomy


def packed(folder: Path) -> dict[str, bytes]:
    """The files of a generation by their paths within `folder`: what travels to another machine."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def unpack(files: dict[str, bytes], folder: Path) -> None:
    """Write what `packed` gave into `folder`. What is damaged is found when it is opened."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
