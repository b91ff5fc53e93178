"""What a post demands that a person may refuse: by its own word, then by its occupation. Pure.

What the post says beats what its occupation entails: a day shift is no night work whatever the occupation, and 无需加班
is no overtime. A firm phrase is a demand; a loose one only a reason to ask, because 加班费 or 销售部 may mean nothing.
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from app.matching.profile import Concepts, KnownListing
from app.matching.table import SCORE_TABLE
from app.taxonomy.terms import EmploymentForm, PayBasis, Refusal, Shift


class Says(StrEnum):
    """What is known of one demand."""

    DEMANDED = "demanded"
    MAYBE = "maybe"
    DENIED = "denied"  # the post says that it is not so
    NOTHING = "nothing"


class Demand(NamedTuple):
    """Whether the post demands something; `words` are the post's own where they are the reason."""

    says: Says
    words: str = ""


# Without words of the post.
_DEMANDED, _MAYBE, _DENIED, NOTHING_SAID = map(Demand, Says)

_FIRM: Mapping[Refusal, tuple[str, ...]] = {
    Refusal.NIGHT_SHIFT: ("上夜班", "值夜班", "夜班岗", "通宵"),
    Refusal.ROTATING_SHIFT: ("倒班", "轮班", "两班制", "三班制"),
    Refusal.SALES: (
        "推销",
        "电话销售",
        "电销",
        "地推",
        "陌生拜访",
        "扫街",
        "销售任务",
        "销售业绩",
        "完成业绩",
        "业绩考核",
        "开发客户",
    ),
    Refusal.OUTDOOR: ("户外作业", "户外工作", "室外作业", "露天", "日晒"),
    Refusal.HEIGHTS: ("高空", "登高", "高处作业"),
    Refusal.HEAVY_LIFTING: ("搬运", "搬货", "装卸", "卸货", "重物", "重体力"),
    Refusal.OVERTIME: ("需加班", "需要加班", "能加班", "接受加班", "经常加班", "服从加班", "适应加班"),
    Refusal.BUSINESS_TRAVEL: ("需出差", "需要出差", "能出差", "接受出差", "经常出差", "适应出差", "长期出差"),
    Refusal.ALCOHOL: ("喝酒", "陪酒", "酒量"),
    Refusal.DISPATCH: ("劳务派遣",),
    Refusal.COMMISSION_ONLY: ("无底薪", "纯提成", "只有提成", "仅提成"),
}
_LOOSE: Mapping[Refusal, tuple[str, ...]] = {
    Refusal.NIGHT_SHIFT: ("夜班", "倒班", "轮班", "两班制", "三班制"),
    Refusal.ROTATING_SHIFT: ("排班", "翻班"),
    Refusal.SALES: ("销售", "业绩"),
    Refusal.OUTDOOR: ("户外", "室外", "外勤"),
    Refusal.HEIGHTS: ("外墙", "爬梯"),
    Refusal.HEAVY_LIFTING: ("体力", "搬"),
    Refusal.OVERTIME: ("加班",),
    Refusal.BUSINESS_TRAVEL: ("出差", "驻外"),
    Refusal.ALCOHOL: ("应酬", "饮酒"),
    Refusal.DISPATCH: ("派遣",),
    Refusal.COMMISSION_ONLY: (),
}
# Most posts have none of these phrases: one scan tells.
_ANY = re.compile("|".join(phrase for table in (_FIRM, _LOOSE) for phrases in table.values() for phrase in phrases))
_NIGHTS: Mapping[Shift, Demand] = {
    Shift.NIGHT: _DEMANDED,
    Shift.ROTATING: _MAYBE,  # usually with nights
    Shift.LATE: _MAYBE,  # until when, the clerk asks
}
_NOT = "不无免非没勿禁"
_REACH = 4  # characters before the phrase in which a "not" belongs to it: 无需经常加班


def demands(listing: KnownListing, occupation: str | None, concepts: Concepts) -> Mapping[Refusal, Demand]:
    """For each thing that a person may refuse, in the order of the code list: whether the post demands it."""
    return _every_demand(
        _said("\n".join((listing.title, listing.occupation_stated, listing.duties, listing.requirements))),
        _Fields(listing.shift, listing.employment_form, listing.pay.basis, listing.hours_per_week or 0),
        frozenset(concepts.occupations[occupation].traits) if occupation is not None else frozenset(),
    )


class _Fields(NamedTuple):
    """What of a post's fields says something about a demand."""

    shift: Shift | None
    form: EmploymentForm
    basis: PayBasis
    hours: int


@lru_cache(maxsize=16_384)  # posts say few different things
def _every_demand(
    said: tuple[tuple[Refusal, Demand], ...], fields: _Fields, traits: frozenset[Refusal]
) -> Mapping[Refusal, Demand]:
    by_words = dict(said)
    found: dict[Refusal, Demand] = {}
    for refusal in Refusal:
        demand = _by_fields(refusal, fields)
        if demand is NOTHING_SAID:
            demand = by_words.get(refusal, NOTHING_SAID)
        if demand is NOTHING_SAID and refusal in traits:
            demand = _DEMANDED
        found[refusal] = demand
    return found


@lru_cache(maxsize=4096)  # many posts are worded alike and differ in shift or hours
def _said(words: str) -> tuple[tuple[Refusal, Demand], ...]:
    """What the words say, for the refusals that they say something about."""
    text = _folded(words)
    if _ANY.search(text) is None:
        return ()
    return tuple((refusal, demand) for refusal in Refusal if (demand := _by_words(refusal, text)) is not NOTHING_SAID)


def _by_fields(refusal: Refusal, post: _Fields) -> Demand:
    if refusal is Refusal.NIGHT_SHIFT and post.shift is not None:
        return _NIGHTS.get(post.shift, _DENIED)
    if refusal is Refusal.ROTATING_SHIFT and post.shift is not None:
        return _DEMANDED if post.shift is Shift.ROTATING else _DENIED
    if refusal is Refusal.DISPATCH and post.form is EmploymentForm.DISPATCH:
        return _DEMANDED
    if refusal is Refusal.COMMISSION_ONLY and post.basis is PayBasis.GUARANTEED:
        return _DENIED
    if refusal is Refusal.OVERTIME and post.hours > SCORE_TABLE.weekly_hours_of_the_law:
        return _MAYBE
    return NOTHING_SAID


def _by_words(refusal: Refusal, text: str) -> Demand:
    """What the post's words say: a phrase that is not denied wins over one that is, a firm one over a loose one."""
    is_denied = False
    for phrases, says in ((_FIRM[refusal], Says.DEMANDED), (_LOOSE[refusal], Says.MAYBE)):
        for phrase in phrases:
            start = text.find(phrase)
            while start >= 0:
                if not _is_denied(text, start):
                    return Demand(says, phrase)
                is_denied = True
                start = text.find(phrase, start + 1)
    return _DENIED if is_denied else NOTHING_SAID


def _is_denied(text: str, start: int) -> bool:
    before = text[max(0, start - _REACH) : start]
    for character in reversed(before):
        if not character.isalnum():
            return False  # a comma or a line break ends what a "not" can reach
        if character in _NOT:
            return True
    return False


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
