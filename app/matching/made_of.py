"""What a market was made with, as one name: two markets with the same name read every listing alike. Pure."""

from hashlib import sha256

from app import __version__
from app.matching.table import SCORE_TABLE
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy
from app.taxonomy.terms import ConceptKind


def made_of(taxonomy: Taxonomy, regions: Regions) -> str:
    """The SHA-256 of the program's version, the score table's, and all that a listing's numbers depend on."""
    digest = sha256(f"{__version__} {SCORE_TABLE.version}".encode())
    for one in taxonomy.occupations.values():
        names = (one.id, one.zh, one.en, one.aliases, one.hidden, one.parent, one.group)
        digest.update(repr((names, one.skills, one.certificates, sorted(one.traits), one.min_age)).encode())
    for skill in taxonomy.skills.values():
        digest.update(repr((skill.id, skill.zh, skill.en, skill.aliases, skill.generic)).encode())
    for certificate in taxonomy.certificates.values():
        digest.update(repr((certificate.id, certificate.kind.value, sorted(certificate.covers))).encode())
    for kind in ConceptKind:
        own = taxonomy.index_of(kind).own
        digest.update(repr((sorted(own.taught), sorted(own.found_by))).encode())
    for region in regions.by_code.values():
        digest.update(repr((region.code, region.parent)).encode())
    return digest.hexdigest()
