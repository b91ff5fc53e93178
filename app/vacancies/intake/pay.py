"""What a cell says about pay, exact to the fen: `12k-18k`, `200元/天`, `底薪3000+提成`, `面议`. Pure.

Three outcomes. Understood: figures with a basis and a period, the words kept beside them. Kept: the words alone, basis
`stated`, with a note. Rejected by name: reversed, absurd or ambiguous figures, and bare numbers that say no period.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.kernel.problems import Invalid, invalid
from app.taxonomy.terms import PayBasis, PayPeriod
from app.vacancies.content import Pay
from app.vacancies.intake.amounts import AMOUNT, PLAUSIBLE_YUAN, WIDEST, Amount, amount, fen_range, yuan
from app.vacancies.intake.spelling import DASH, Note, folded

MOST_WITHOUT_PERIOD_FEN = 100_000_00
LEAST_WITHOUT_PERIOD_FEN = 1_000_00
MAX_WORDS = 200

_NAMES = "(?:工资待遇|薪资待遇|薪资范围|薪酬待遇|薪水|薪资|工资|薪酬|待遇|报酬|salary|pay|wage)"
_NEGOTIABLE = re.compile(f"(?:{_NAMES}|月薪|年薪)?:?(?:可|从优)?,?(?:面议|面谈|电议|详谈|协商|negotiable)")
_PERIOD_BEFORE = {
    "月薪": PayPeriod.MONTH, "月工资": PayPeriod.MONTH, "每月": PayPeriod.MONTH, "一个月": PayPeriod.MONTH,
    "日薪": PayPeriod.DAY, "每天": PayPeriod.DAY, "每日": PayPeriod.DAY, "一天": PayPeriod.DAY,
    "时薪": PayPeriod.HOUR, "每小时": PayPeriod.HOUR, "一小时": PayPeriod.HOUR,
    "年薪": PayPeriod.YEAR, "每年": PayPeriod.YEAR, "一年": PayPeriod.YEAR,
    "每件": PayPeriod.PIECE, "一件": PayPeriod.PIECE,
}  # fmt: skip
_PERIOD_AFTER = {
    "小时": PayPeriod.HOUR, "时": PayPeriod.HOUR, "钟头": PayPeriod.HOUR, "hour": PayPeriod.HOUR, "hr": PayPeriod.HOUR,
    "h": PayPeriod.HOUR, "天": PayPeriod.DAY, "日": PayPeriod.DAY, "day": PayPeriod.DAY, "d": PayPeriod.DAY,
    "月": PayPeriod.MONTH, "个月": PayPeriod.MONTH, "month": PayPeriod.MONTH, "mo": PayPeriod.MONTH,
    "年": PayPeriod.YEAR, "year": PayPeriod.YEAR, "yr": PayPeriod.YEAR,
    "件": PayPeriod.PIECE, "单": PayPeriod.PIECE, "piece": PayPeriod.PIECE,
}  # fmt: skip


def _one_of(words: dict[str, PayPeriod]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


# `8000元/月`, `200一天`, `25 per hour`; or nothing, and the period is not said here.
_AFTER = f"(?:(?:/|每|一|per|an?)(?P<{{}}>{_one_of(_PERIOD_AFTER)}))?"
_OPEN = r"及?以上|起|\+(?![^,;/])"
_FIGURES = re.compile(
    f"{_NAMES}?:?(?P<base>无责底薪|保底工资|保底|底薪|基本工资|基本薪资|固定工资|不低于)?:?"
    f"(?P<before>{_one_of(_PERIOD_BEFORE)})?(?:为|:)?"
    f"(?P<least>{AMOUNT.format(a='least_')}){_AFTER.format('after1')}"
    f"(?:{DASH}(?P<most>{AMOUNT.format(a='most_')}){_AFTER.format('after2')})?"
    r"(?:[·・.*x×,(/]?(?P<salaries>[0-9]{2})薪\)?)?"
    f"(?P<open1>{_OPEN})?{_AFTER.format('after3')}(?P<open2>{_OPEN})?(?P<rest>.*)"
)
_SEPARATORS = re.compile(r"[+,;、。()\[\]|/和及加另有外]+")
# What may stand beside figures without changing what they guarantee.
_BESIDE = re.compile(
    "(?:包|提供|管)(?:吃|住|包|食宿|餐|工作餐|住宿|三餐|两餐){1,4}|[一二三四五六]险一金|[一二三四五六]险|社保|公积金|双休|单休|"
    "[大小]+周|月休[0-9]天|日结|周结|月结|现结|年终奖?|全勤奖?|加班费|节日福利|福利(?:好)?|带薪年假"
)
# What is added to a guaranteed base.
_ADDED = re.compile(
    "(?:高额|丰厚|销售|业绩|绩效|计件)?(?:提成|佣金|奖金|绩效|绩效奖金|补贴|补助|津贴|分红|小费|计件|计件工资)"
)
_HOPED_FOR = re.compile("(?:综合|月入|月收入|总收入|收入|到手|月均|可达).*")
_FOREIGN = re.compile("美元|美金|usd|港币|港元|hkd|欧元|eur|英镑|日元|澳门元|mop|[$€£]")
_PIECE = re.compile("(?:按件计酬|计件|按件|多劳多得).*")


@dataclass(frozen=True, slots=True)
class _Figures:
    """The figures of a cell as they stand there, before anything is decided."""

    least: Amount
    most: Amount | None
    period: PayPeriod | None
    is_base: bool
    is_open: bool  # at least this much
    rest: str


def read_pay(text: str, period: PayPeriod | None = None, field: str = "pay") -> tuple[Pay, list[Note]]:
    """The pay that `text` states, with notes; `period` is what its column says, if the cell does not.

    Invalid (422) naming `field` for figures that cannot be, and for words longer than the register keeps.
    """
    words = text.strip()
    if len(words) > MAX_WORDS:
        raise invalid(field, f"最长{MAX_WORDS}字", f"at most {MAX_WORDS} characters")
    plain = _without_thousands(folded(words))
    if _NEGOTIABLE.fullmatch(plain):
        return Pay(basis=PayBasis.NEGOTIABLE, period=period or PayPeriod.MONTH, stated=words), []
    if _PIECE.fullmatch(plain):
        return Pay(basis=PayBasis.PIECE, period=PayPeriod.PIECE, stated=words), []
    figures = None if _FOREIGN.search(plain) else _figures(plain)
    if figures is None:
        return _kept(words, plain, period, field)
    basis = _basis(figures)
    if basis is None:
        return _kept(words, plain, period, field)
    figures, notes = _with_period(figures, period, words, field)
    pay = _priced(figures, basis, words, field)
    return pay, notes if pay.min_fen is not None else [_kept_note(words, field)]


def _without_thousands(plain: str) -> str:
    return re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))", "", plain)


def _figures(plain: str) -> _Figures | None:
    found = _FIGURES.fullmatch(plain)
    if found is None:
        return None
    afters = {_PERIOD_AFTER[word] for name in ("after1", "after2", "after3") if (word := found[name])}
    if found["before"]:
        afters.add(_PERIOD_BEFORE[found["before"]])
    salaries = found["salaries"]
    if len(afters) > 1 or (salaries and not 12 <= int(salaries) <= 24):
        return None
    period = afters.pop() if afters else None
    if salaries and period not in (None, PayPeriod.MONTH):
        return None
    is_base = bool(found["base"])
    if period is None and (salaries or (is_base and found["base"] != "不低于")):
        period = PayPeriod.MONTH  # 底薪 and 14薪 are said of months only
    return _Figures(
        least=amount(found, "least_"),
        most=amount(found, "most_") if found["most"] else None,
        period=period,
        is_base=is_base,
        is_open=bool(found["open1"] or found["open2"]),
        rest=found["rest"],
    )


def _basis(figures: _Figures) -> PayBasis | None:
    """The basis that the words beside the figures leave; None if they say something that is not understood."""
    is_guaranteed = figures.is_base or figures.is_open
    for word in _words(figures.rest):
        if _BESIDE.fullmatch(word):
            continue
        if figures.rest.startswith(("+", "加", "另")) and _ADDED.fullmatch(word):
            is_guaranteed = True
        elif not (figures.is_base and (_HOPED_FOR.fullmatch(word) or _ADDED.fullmatch(word))):
            return None
    if is_guaranteed:
        return PayBasis.GUARANTEED
    return PayBasis.PIECE if figures.period is PayPeriod.PIECE else PayBasis.RANGE


def _words(rest: str) -> Iterator[str]:
    return (word for word in _SEPARATORS.split(rest) if word)


def _with_period(figures: _Figures, column: PayPeriod | None, words: str, field: str) -> tuple[_Figures, list[Note]]:
    """The figures with a period: the cell's own, the column's, else by month where no other can be meant."""
    if figures.period is not None:
        return figures, []
    if column is not None:
        return replace(figures, period=column), []
    tops = [most or 0 for _, most in fen_range(figures.least, figures.most, PayPeriod.MONTH)]
    largest = max(tops, default=0)
    if LEAST_WITHOUT_PERIOD_FEN <= largest <= MOST_WITHOUT_PERIOD_FEN:
        note = Note(field, f"“{words}”未写计薪周期，按月计", f"'{words}' names no period and was read by the month")
        return replace(figures, period=PayPeriod.MONTH), [note]
    _refuse_reversed(figures, field)
    if not any(True for period in PayPeriod for _ in fen_range(figures.least, figures.most, period)):
        raise _absurd(words, PayPeriod.MONTH, field)
    raise invalid(
        field,
        f"“{words}”未写明是每小时、每天、每月还是每年，例如 25元/小时、200元/天、5000-8000元/月",
        f"'{words}' says neither hour, day, month nor year, like 25元/小时, 200元/天 or 5000-8000元/月",
    )


def _priced(figures: _Figures, basis: PayBasis, words: str, field: str) -> Pay:
    period = figures.period or PayPeriod.MONTH
    readings = list(fen_range(figures.least, figures.most, period))
    if not readings:
        _refuse_reversed(figures, field)
        raise _absurd(words, period, field)
    if len(readings) > 1:
        raise invalid(field, f"“{words}”有多种读法，请写清单位", f"'{words}' can be read in more than one way")
    least, most = readings[0]
    if least is None:  # finer than a fen: the words alone are exact
        return Pay(basis=PayBasis.PIECE if basis is PayBasis.PIECE else PayBasis.STATED, period=period, stated=words)
    if basis is PayBasis.GUARANTEED:
        most = None  # what comes on top is open
    return Pay(basis=basis, period=period, min_fen=least, max_fen=most, stated=words)


def _refuse_reversed(figures: _Figures, field: str) -> None:
    if figures.most is None:
        return
    factor = figures.least.factor or figures.most.factor or 1
    least = figures.least.number * (figures.least.factor or factor)
    most = figures.most.number * (figures.most.factor or factor)
    if most < least:
        raise invalid(
            field,
            f"最高报酬{yuan(most)}元低于最低报酬{yuan(least)}元",
            f"the most, {yuan(most)} yuan, is less than the least, {yuan(least)} yuan",
        )


def _absurd(words: str, period: PayPeriod, field: str) -> Invalid:
    low, high = PLAUSIBLE_YUAN[period]
    zh = {"hour": "每小时", "day": "每天", "month": "每月", "year": "每年", "piece": "每件"}[period]
    return invalid(
        field,
        f"“{words}”不合常理：{zh}应在{yuan(low)}至{yuan(high)}元之间，最高不超过最低的{WIDEST}倍",
        f"'{words}' cannot be: a {period} pays {yuan(low)} to {yuan(high)} yuan, "
        f"the most at most {WIDEST} times the least",
    )


def _kept(words: str, plain: str, period: PayPeriod | None, field: str) -> tuple[Pay, list[Note]]:
    """The words alone. What holds nothing but figures and signs is no words, and rejected."""
    if not any(character.isalpha() for character in plain):
        raise invalid(
            field,
            f"“{words}”看不懂，请写成 5000-8000元/月、200元/天、25元/小时 或 面议",
            f"'{words}' is not understood; write it like 5000-8000元/月, 200元/天, 25元/小时 or 面议",
        )
    return Pay(basis=PayBasis.STATED, period=period or PayPeriod.MONTH, stated=words), [_kept_note(words, field)]


def _kept_note(words: str, field: str) -> Note:
    return Note(
        field, f"“{words}”未能读出确定的数额，只保留原文", f"'{words}' gives no certain figures; the words are kept"
    )
