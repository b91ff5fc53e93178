"""What a search was taken to mean: codes as they are, words as the tables read them, and a refusal for the rest."""

from app.kernel.problems import Nearest, unknown_code
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy


def place_code(text: str, regions: Regions, field: str = "place") -> str:
    """The code of the division that a code or words (天河, 珠江新城) stand for.

    UnknownCode (422) naming the choices where the words are not clear, and the nearest where they say nothing.
    """
    if text in regions or text.isdecimal():
        return regions.require(text, field).code
    meant = regions.places.resolve(text)
    if meant.code is not None:
        return meant.code
    if meant.choices:
        raise unknown_code(field, text, [Nearest(hit.id, regions.full_name(hit.id)) for hit in meant.choices])
    raise regions.unknown(text, field)


def occupation_id(text: str, taxonomy: Taxonomy, field: str = "occupation") -> str:
    """The id of the occupation that an id or words (烧焊) stand for; UnknownCode (422) naming the choices otherwise."""
    if text in taxonomy.occupations:
        return text
    meant = taxonomy.occupation_index.resolve(text)
    if meant.id is not None:
        return meant.id
    if meant.choices:
        raise unknown_code(field, text, [Nearest(hit.id, taxonomy.occupations[hit.id].zh) for hit in meant.choices])
    return taxonomy.occupation(text, field).id
