"""How people write the name of a division: with and without the word for its kind, and short forms. Pure."""

from collections.abc import Iterator

CITY_SHORT = {"广州市": ("广州", "穗")}
_OTHER_KINDS = (
    ("街道", ("街", "街道办事处", "办事处", "街道办")),
    ("镇", ("镇人民政府",)),
    ("区", ()),
    ("市", ()),
)


def own_spellings(name: str) -> Iterator[str]:
    """北京街道, 北京, 北京街, 北京街道办事处 …: every way to write one division's own name."""
    yield name
    for kind, others in _OTHER_KINDS:
        if name.endswith(kind) and len(name) >= len(kind) + 2:
            stem = name.removesuffix(kind)
            yield stem
            yield from (stem + other for other in others)
            return
