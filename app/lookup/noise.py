"""What advertisements and hurried people write around a name, taken away step by step. Pure.

Nothing here decides. Every step keeps in mind what it left out: words that are no name's (诚聘, 5000元/月, 包吃住),
words that may well be part of one (招聘 of 招聘专员, 急 of 急救员, 高级), or other content (one of two names between
which a slash stands). The more was left out, the less the rest may be trusted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from app.lookup.normalise import plain

MOST_PIECES = 4


class Left(IntEnum):
    """What was left out to come to a part, the worst of it."""

    NOTHING = 0
    NOISE = 1  # words of advertisements
    DOUBT = 2  # words that are noise before one name and part of another
    ASIDE = 3  # words in brackets
    CONTENT = 4  # words that mean something else


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what was typed that may be a name, and what was left out around it."""

    text: str
    left: Left
    before: str = ""  # the doubtful words left out
    after: str = ""


def _any(words: str) -> str:
    """One of the words, the longest that fits, for good: no second thoughts, so that no text takes long to read."""
    return f"(?>{'|'.join(sorted(words.split(), key=len, reverse=True))})"


_NUMBER = r"\d++(?:\.\d++)?+"
_TIMES = "[kw千万]"
_PAY = (
    r"(?>(?:月薪|底薪|时薪|日薪|工资|薪资|薪酬|综合|保底)?+\s*+(?<![\d.])"
    rf"(?:{_NUMBER}{_TIMES}?+\s*+[-~—–至到]\s*+{_NUMBER}{_TIMES}?+|\d{{3,}}+|{_NUMBER}\s*+(?:{_TIMES}|元|块))"
    r"\s*+(?:元|块)?+(?:以上|左右|起|\+)?+(?:\s*+(?:/|每|一)?+\s*+(?:个?月|天|日|小时|时|年|人))?+)"
)
_COUNT = rf"(?>(?<![\d.])(?:{_NUMBER}|[一二两三四五六七八九十数若干多]++)\s*+[名位个人])"
_BEFORE = _any(
    "诚聘 诚招 诚邀 高薪 急聘 急招 急需 急征 急寻 直招 直聘 聘请 现招 现聘 热招 大量 "
    "本公司 我公司 我司 想找 想做 想当 做过 会做"
)
_AFTER = _any(
    "急招 急聘 急需 包吃包住 包吃住 包食宿 包吃 包住 五险一金 六险一金 五险 社保 双休 单休 学徒可 可学徒 生手可 可生手 "
    "生熟手可 生熟手 生手熟手均可 待遇优厚 待遇优 薪资面议 工资面议 待遇面议 面议 优先 数名 若干名 若干 月结 日结 周结 "
    "长白班 不限经验 经验不限"
)
# These are parts of names, too: 招聘专员, 急救员, 长期照护师, 高级客户经理.
_DOUBT_BEFORE = _any("招聘 招收 招 聘 急 找 工厂 长期 全职 兼职 临时 暑假 寒假 熟练 资深 初级 中级 高级")
_DOUBT_AFTER = _any("工作 岗位 职位 岗")
_SIGNS = r"[\s,，。!！·+*★☆]"
_NOISE = re.compile(rf"(?:{_BEFORE}|{_AFTER}|招聘|招|聘|急|{_COUNT}|{_PAY}|{_SIGNS})+")
_STRIPPED = (
    re.compile(rf"^(?:{_BEFORE}|{_SIGNS})+"),
    re.compile(rf"(?:{_AFTER}|{_COUNT}|{_PAY}|{_SIGNS})+$"),
)
_DOUBT = (re.compile(rf"^{_DOUBT_BEFORE}+"), re.compile(rf"{_DOUBT_AFTER}+$"))
_BRACKETS = re.compile(r"[(【\[「《{〔]([^()【】\[\]「」《》{}〔〕]*)[)】\]」》}〕]")
_BETWEEN = re.compile(r"[/|、,，;；\\\n]+")
_AND = re.compile(r"(?:[/|、,，;；\\\s+&兼和及与或跟]|以及)+")


def parts(text: str) -> Iterator[Part]:
    """The parts of `text` that may be a name, from the whole of it to the least, no two the same."""
    whole = plain(text).strip()
    said: set[str] = set()
    for part in _parts(whole):
        if part.text and part.text not in said:
            said.add(part.text)
            yield part


def pieces(text: str) -> list[str]:
    """What stands side by side in `text`, between slashes and commas and in brackets; at most four, noise left out."""
    return _pieces(_BRACKETS.sub(r"/\1/", _bare(plain(text))), _BETWEEN)


def listed(text: str) -> list[str]:
    """The same, but also what stands between spaces and small words: 保安 保洁, 司机兼保安."""
    return _pieces(_BRACKETS.sub(r"/\1/", _bare(plain(text))), _AND)


def _pieces(whole: str, between: re.Pattern[str]) -> list[str]:
    return [piece for one in between.split(whole) if (piece := one.strip()) and not _is_noise(piece)][:MOST_PIECES]


def _parts(whole: str) -> Iterator[Part]:
    yield Part(whole, Left.NOTHING)
    bare = _bare(whole)
    yield Part(bare, Left.NOISE)
    yield _doubted(bare, Left.DOUBT)
    unbracketed = _bare(_BRACKETS.sub("", bare))
    if unbracketed != bare:
        yield _doubted(unbracketed, Left.ASIDE)
    between = _pieces(unbracketed, _BETWEEN)
    for piece in between if len(between) > 1 else ():
        yield _doubted(_bare(piece), Left.CONTENT)


def _bare(text: str) -> str:
    """`text` without noise: in brackets, between slashes, before and after. What would leave nothing stays."""
    shorter = _BRACKETS.sub(_unless_noise, text).strip()
    between = _BETWEEN.split(shorter)
    kept = [piece for piece in between if piece.strip() and not _is_noise(piece)]
    if len(kept) < len(between):
        shorter = "/".join(kept)
    while True:
        before = shorter
        for pattern in _STRIPPED:
            shorter = pattern.sub("", shorter).strip() or shorter
        if shorter == before:
            return shorter or text


def _doubted(text: str, left: Left) -> Part:
    """A part without the words that may be noise. A single character is never all that is left of a name."""
    ends = [pattern.search(text) for pattern in _DOUBT]
    before, after = (found.group() if found else "" for found in ends)
    rest = text[len(before) : len(text) - len(after)]
    return Part(rest, left, before, after) if len(rest) > 1 else Part(text, left)


def _unless_noise(bracket: re.Match[str]) -> str:
    return "" if _is_noise(bracket.group(1)) else bracket.group()


def _is_noise(text: str) -> bool:
    return not text.strip() or all(_NOISE.fullmatch(one) for one in re.split(r"[、,，/\s]+", text.strip()) if one)
