"""Numbers that reach or name a person, found in a text however they are written. Pure.

A text is first brought to one form (`_plain`): every digit of every script and every Chinese numeral spelled by itself
is an ASCII digit, every dash is `-`, what cannot be seen is gone. Then its groups of digits are looked at together
with what stands between them, since `138.0013.8000` is as much a number as `13800138000` and `15000-18000 2` is none.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

_S = r"[ \-._·•()*]{1,3}"  # what may stand between the groups of one number
_RUN = re.compile(rf"\d+(?:{_S}\d+)*")
_SEPARATOR = re.compile(f"({_S})")
_NUMERALS = dict(zip("〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "00123456789" + "1" + "123456789", strict=True))
_DASHES = dict.fromkeys("‐‑‒–—―−－ー", "-")
_PLAIN = str.maketrans(_NUMERALS | _DASHES)
_UNSEEN = {"Cf", "Mn", "Me"}

_LONGEST = 18  # digits of a citizen id; of a telephone number with its country, 17
_PREFIX = re.compile(r"^(?:(?:00)?86|0)(?=1[3-9])")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d)[2-9]\d{7}|0[3-9]\d\d[2-9]\d{6,7}")
_AREA = re.compile(r"0\d{2,3}")
_AREA_ABROAD = re.compile(r"10|2\d|[3-9]\d\d")  # behind the country's 86 the 0 falls away
_USUAL = {(3, 4, 4), (4, 3, 4), (3, 8), (7, 4), (4, 7)}
# A century, a month and a day in its middle tell a citizen id from any other number, a credit code of digits too.
_CITIZEN_ID = re.compile(rf"(?<!\d)(?=(\d(?:(?:{_S})?\d){{16}}(?:{_S})?[\dXx])(?!\d))")
_BORN = re.compile(r"\d{6}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]")

_BESIDE = r"(?:[同号码群加是为:=()\-_ ]|id){0,6}"
_MESSENGER = re.compile(
    r"(?:微信|薇信|威信|扣扣|企鹅号|(?<![a-z])(?:weixin|wechat|wx|vx|qq))"
    rf"(?:{_BESIDE}\d(?:[ \-._]?\d){{4,11}}(?!\d)|(?:号码?|id)?[ ]?[:=是为号][ ]?[a-z][a-z0-9_\-]{{5,19}}(?![a-z]))"
    r"|(?<!\d)\d{6,12}(?:[ (]{0,2}(?:微信|qq(?![a-z]))|@qq\b)"
)
# Behind its word a local number needs no area code. 400 and 800 begin a service number.
_TELEPHONE = re.compile(
    r"(?:电话|座机|固话|手机|热线|致电|联系方式|(?<![a-z])(?:tel|phone|call))"
    rf"{_BESIDE}(?!(?:400|800)[ \-.])(?:\d{{7,8}}|\d{{3,4}}[ \-.]\d{{4}})(?![\d]|[ ]?[元人名月千万k])"
)


def has_personal_number(text: str) -> bool:
    """Whether `text` holds a mobile or landline number, a citizen id, or a number beside the name of a messenger."""
    # Some write 一 for a dash, some for a one.
    return any(_found(_plain(reading)) for reading in {text, text.replace("一", "-")})


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)
    return "".join(
        char if char.isascii() else str(unicodedata.decimal(char, char))
        for char in folded
        if char.isascii() or unicodedata.category(char) not in _UNSEEN
    )


def _found(text: str) -> bool:
    if _MESSENGER.search(text) or _TELEPHONE.search(text):
        return True
    if any(_BORN.fullmatch(_joined(found[1])) for found in _CITIZEN_ID.finditer(text)):
        return True
    return any(
        _is_mobile(groups, between) or _is_landline(groups)
        for run in _RUN.findall(text)
        for groups, between in _windows(_SEPARATOR.split(run))
    )


def _joined(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _windows(parts: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Every stretch of neighbouring groups that is short enough to be a number: its groups and what is between."""
    for start in range(0, len(parts), 2):
        digits = 0
        for end in range(start, len(parts), 2):
            digits += len(parts[end])
            if digits > _LONGEST:
                break
            yield list(parts[start : end + 1 : 2]), list(parts[start + 1 : end : 2])


def _is_mobile(groups: list[str], between: list[str]) -> bool:
    first, *others = groups
    groups = [_PREFIX.sub("", first), *others]
    if not _MOBILE.fullmatch("".join(groups)):
        return False
    sizes = tuple(len(group) for group in groups)
    if len(sizes) == 1 or sizes in _USUAL:
        return True
    is_even = max(sizes) - min(sizes) <= 2 and len(set(between)) == 1
    is_range = sizes == (5, 6) and "-" in between[0]  # 15000-180000
    return is_even and not is_range


def _is_landline(groups: list[str]) -> bool:
    if len(groups) == 1:
        return _LANDLINE.fullmatch(groups[0]) is not None
    if groups[0] in ("86", "0086"):
        area, local = groups[1], groups[2:]
        return _AREA_ABROAD.fullmatch(area) is not None and _is_local(local)
    return _AREA.fullmatch(groups[0]) is not None and _is_local(groups[1:])


def _is_local(groups: list[str]) -> bool:
    sizes = [len(group) for group in groups]
    return sum(sizes) in (7, 8) and max(sizes) - min(sizes) <= 1
