"""Two markets have one name only if they read every listing alike."""

from dataclasses import replace

from app.matching.conditions import required_certificates
from app.matching.made_of import made_of
from app.matching.profile import ListedCertificate
from app.regions.shipped import load_shipped as load_regions
from app.taxonomy.shipped import load_shipped as load_taxonomy
from app.taxonomy.tables import Taxonomy
from app.taxonomy.terms import ConceptKind
from tests.unit.matching_values import post


def test_whatever_says_what_the_words_of_a_post_mean_is_in_the_name() -> None:
    shipped, regions = load_taxonomy(), load_regions()
    taught = shipped.for_node()
    taught.index_of(ConceptKind.OCCUPATION).add("cleaner", "睇水佬")
    imported = shipped.for_node([("cleaner", "floor hygienist")])
    assert imported.resolve_occupation_text("floor hygienist") == "cleaner"
    names = [made_of(one, regions) for one in (shipped, taught, imported)]
    assert len(set(names)) == 3
    assert made_of(shipped.for_node([("cleaner", "floor hygienist")]), regions) == names[2]
    assert made_of(shipped.for_node(), regions) == names[0]


def test_what_one_licence_includes_of_another_is_in_the_name() -> None:
    shipped, regions = load_taxonomy(), load_regions()
    apart = [replace(one, covers=frozenset()) for one in shipped.certificates.values()]
    other = Taxonomy(shipped.occupations.values(), shipped.skills.values(), apart)
    same = Taxonomy(shipped.occupations.values(), shipped.skills.values(), shipped.certificates.values())
    lorry = next(one.id for one in shipped.occupations.values() if "driving-b2" in one.certificates)
    van = post(occupation=lorry, certificates=(ListedCertificate("driving-c1"),))
    assert required_certificates(van, lorry, same) != required_certificates(van, lorry, other)
    assert made_of(same, regions) != made_of(other, regions)
