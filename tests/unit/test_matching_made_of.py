"""Two markets have one name only if they read every listing alike."""

from app.matching.made_of import made_of
from app.regions.shipped import load_shipped as load_regions
from app.taxonomy.shipped import load_shipped as load_taxonomy
from app.taxonomy.terms import ConceptKind


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
