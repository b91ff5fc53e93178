"""How people write the name of a division: with and without the word for its kind, and short forms. Pure."""

import re
from collections.abc import Iterator

CITY_SHORT = {"广州市": ("广州", "穗")}
# The words for a kind, as they end a division's name; the longer before the shorter.
KINDS = ("街道办事处", "镇人民政府", "街道办", "办事处", "镇政府", "街道", "街", "镇", "区", "市", "县")
_OTHER_KINDS = (
    ("街道", ("街", "街道办事处", "办事处", "街道办")),
    ("镇", ("镇人民政府", "镇政府")),
    ("区", ()),
    ("市", ()),
)
_COMMUNITY = re.compile(r"(?:(?P<town>社区居民?委+员?会+|社区|居民?委+员?会+)|(?P<village>村)(?:民委员会|委会))$")
_TOWN_KINDS = ("社区", "社区居委会", "社区居民委员会", "居委会", "居民委员会")
_VILLAGE_KINDS = ("村", "村委会", "村民委员会")


def own_spellings(name: str) -> Iterator[str]:
    """北京街道, 北京, 北京街, 北京街道办事处 …: every way to write one division's own name."""
    yield name
    for kind, others in _OTHER_KINDS:
        if name.endswith(kind) and len(name) >= len(kind) + 2:
            stem = name.removesuffix(kind)
            yield stem
            yield from (stem + other for other in others)
            return


def stem_and_kind(words: str) -> tuple[str, str]:
    """(天河, 区) of 天河区; all ways to write 街道 give 街, those of 镇 give 镇. The kind is empty if there is none."""
    for kind in KINDS:
        if words.endswith(kind) and len(words) >= len(kind) + 2:
            stem = words.removesuffix(kind)
            return stem, "镇" if kind[0] == "镇" else "街" if kind[0] in "街办" else kind
    return words, ""


def community_stem(name: str) -> tuple[str, tuple[str, ...]]:
    """(盘福, the words for its kind) of 盘福社区居委会; a name that has no such word stands as it is, without any."""
    found = _COMMUNITY.search(name)
    if found is None or found.start() < 1:
        return name, ()
    return name[: found.start()], _VILLAGE_KINDS if found["village"] else _TOWN_KINDS


def community_spellings(stem: str, kinds: tuple[str, ...]) -> Iterator[str]:
    """盘福社区, 盘福居委会, 石马村, 石马村委会 …: the ways to write a community with the word for its kind."""
    yield from (stem + kind for kind in kinds)
    if stem.endswith("村") and "社区" in kinds:
        yield stem + "委会"  # 冼村社区 was 冼村 and its 村委会


def community_name(words: str) -> str:
    """盘福 of 盘福社区, 石马 of 石马村委会: `words` without the word for a community's kind, or empty."""
    for kind in sorted((*_TOWN_KINDS, *_VILLAGE_KINDS), key=len, reverse=True):
        if words.endswith(kind):
            return words.removesuffix(kind)
    return ""
