"""Which division words are taken to mean, with the evidence to show back; what is not clear is refused. Pure.

`hear_place` listens to words; `recall_place` says what was decided about words whose division stands beside them.
"""

from app.kernel.problems import Nearest, unclear_words
from app.lookup.normalise import normalise
from app.lookup.understood import Choice, How, Understood
from app.regions.places import PlaceMeant
from app.regions.spelling import own_spellings
from app.regions.tree import Regions


def hear_place(regions: Regions, words: str, field: str = "place") -> Understood:
    """The division that `words` mean, if that is clear; else what they may mean."""
    meant = PlaceMeant(words, ()) if words in regions else regions.places.resolve(words)
    choices = [Choice(code=hit.id, name=regions.full_name(hit.id)) for hit in meant.choices]
    if meant.code is None:
        how, name = How.UNCLEAR if choices else How.AS_WRITTEN, None
    else:
        how = How.EXACT if words in regions or _is_name(words, meant.code, regions) else How.OTHERWISE
        name = regions.full_name(meant.code)
    return Understood(field=field, words=words, kind="place", code=meant.code, name=name, how=how, choices=choices)


def recall_place(regions: Regions, words: str, field: str, code: str) -> Understood:
    """What was decided about `words`: the division `code`."""
    return hear_place(regions, words, field).beside(code, regions.full_name(code))


def require_place(regions: Regions, text: str, field: str) -> Understood:
    """The division that a code or words stand for.

    UnknownCode (422) for a number that is none, UnclearWords (422) naming the choices, or the nearest, for words.
    """
    if text.isdecimal() and text.isascii():
        regions.require(text, field)
    heard = hear_place(regions, text, field)
    if heard.code is None:
        nearest = [Nearest(one.code, one.name) for one in heard.choices]
        raise unclear_words(field, text, nearest or list(regions.unknown(text, field).errors[0].nearest))
    return heard


def _is_name(words: str, code: str, regions: Regions) -> bool:
    path = [region.name for region in regions.path(code)]
    above = ["".join(path[at:-1]) for at in range(len(path))]
    names = {before + own for before in above for own in own_spellings(path[-1])}
    return normalise(words) in {normalise(name) for name in names}
