"""What a cell says about pay: exact to the fen, kept as words, or rejected by name; never guessed in silence."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.problems import Problem
from app.taxonomy.terms import PayBasis, PayPeriod
from app.vacancies.intake.pay import read_pay

RANGE, GUARANTEED, PIECE, STATED = PayBasis.RANGE, PayBasis.GUARANTEED, PayBasis.PIECE, PayBasis.STATED
HOUR, DAY, MONTH, YEAR = PayPeriod.HOUR, PayPeriod.DAY, PayPeriod.MONTH, PayPeriod.YEAR

UNDERSTOOD = [
    ("12k-18k", RANGE, MONTH, 1_200_000, 1_800_000),
    ("12-18K", RANGE, MONTH, 1_200_000, 1_800_000),
    ("15k-25k·14薪", RANGE, MONTH, 1_500_000, 2_500_000),
    ("3000-5000元/月", RANGE, MONTH, 300_000, 500_000),
    ("３０００～５０００元／月", RANGE, MONTH, 300_000, 500_000),
    ("3,000-5,000元每月", RANGE, MONTH, 300_000, 500_000),
    ("3000至5000元", RANGE, MONTH, 300_000, 500_000),
    ("4000-6000元/月，包吃住，五险一金", RANGE, MONTH, 400_000, 600_000),
    ("CNY 5000-8000 per month", RANGE, MONTH, 500_000, 800_000),
    ("200元/天", RANGE, DAY, 20_000, 20_000),
    ("150-180/天 日结", RANGE, DAY, 15_000, 18_000),
    ("日薪200-300", RANGE, DAY, 20_000, 30_000),
    ("200一天", RANGE, DAY, 20_000, 20_000),
    ("25元/小时", RANGE, HOUR, 2_500, 2_500),
    ("25.55元/小时", RANGE, HOUR, 2_555, 2_555),
    ("80元/小时-120元/小时", RANGE, HOUR, 8_000, 12_000),
    ("1.2万-1.5万", RANGE, MONTH, 1_200_000, 1_500_000),
    ("1-1.5万/月", RANGE, MONTH, 1_000_000, 1_500_000),
    ("8000-1.2万", RANGE, MONTH, 800_000, 1_200_000),
    ("1万5", RANGE, MONTH, 1_500_000, 1_500_000),
    ("1万5千-2万", RANGE, MONTH, 1_500_000, 2_000_000),
    ("3-5千", RANGE, MONTH, 300_000, 500_000),
    ("8千", RANGE, MONTH, 800_000, 800_000),
    ("年薪20-30万", RANGE, YEAR, 20_000_000, 30_000_000),
    ("20万/年", RANGE, YEAR, 20_000_000, 20_000_000),
    ("底薪3000+提成", GUARANTEED, MONTH, 300_000, None),
    ("底薪3000元/月+提成+全勤奖，综合6000-8000", GUARANTEED, MONTH, 300_000, None),
    ("4000-5000元/月+提成", GUARANTEED, MONTH, 400_000, None),
    ("5000元/月以上", GUARANTEED, MONTH, 500_000, None),
    ("5000元以上/月", GUARANTEED, MONTH, 500_000, None),
    ("8k+", GUARANTEED, MONTH, 800_000, None),
    ("3500起", GUARANTEED, MONTH, 350_000, None),
    ("不低于4000元/月", GUARANTEED, MONTH, 400_000, None),
    ("保底4000，计件", GUARANTEED, MONTH, 400_000, None),
    ("0.35元/件", PIECE, PayPeriod.PIECE, 35, 35),
    ("0.005元/件", PIECE, PayPeriod.PIECE, None, None),
    ("计件，多劳多得", PIECE, PayPeriod.PIECE, None, None),
    ("面议", PayBasis.NEGOTIABLE, MONTH, None, None),
    ("薪资面议", PayBasis.NEGOTIABLE, MONTH, None, None),
]


@pytest.mark.parametrize(("text", "basis", "period", "least", "most"), UNDERSTOOD)
def test_pay_is_understood_to_the_fen(
    text: str, basis: PayBasis, period: PayPeriod, least: int | None, most: int | None
) -> None:
    pay, _ = read_pay(text)
    assert (pay.basis, pay.period, pay.min_fen, pay.max_fen) == (basis, period, least, most)
    assert pay.stated == text


@pytest.mark.parametrize(
    "text",
    ["优厚", "税后5000", "约5000元/月", "5000左右", "5000-8000（底薪+提成）", "2000美元/月", "月入过万", "三千元",
     "3000-5000元/月，可面议", "18.555元/小时", "底薪3000+5000", "最高8000元/月", "200元/天-5000元/月"],
)  # fmt: skip
def test_what_gives_no_certain_figures_is_kept_as_words_with_a_note(text: str) -> None:
    pay, notes = read_pay(text)
    assert (pay.basis, pay.min_fen, pay.max_fen, pay.stated) == (STATED, None, None, text)
    assert [note.field for note in notes] == ["pay"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("18k-12k", "less than the least"),
        ("9000-6000元/月", "less than the least"),
        ("3元/月", "cannot be"),
        ("999999999", "cannot be"),
        ("0", "cannot be"),
        ("50000元/小时", "cannot be"),
        ("3000-80000元/月", "cannot be"),
        ("200", "says neither hour"),
        ("12-18", "says neither hour"),
        ("15万-20万", "says neither hour"),
        ("-3000", "not understood"),
        ("3000--", "not understood"),
    ],
)
def test_impossible_or_unclear_figures_are_rejected_by_name(text: str, says: str) -> None:
    with pytest.raises(Problem) as refused:
        read_pay(text)
    (fault,) = refused.value.errors
    assert fault.field == "pay"
    assert says in fault.en


def test_a_period_that_only_the_column_says_is_taken_and_the_cell_wins_over_it() -> None:
    assert read_pay("200", DAY)[0].period is DAY
    assert read_pay("25元/小时", DAY)[0].period is HOUR
    assert read_pay("200", DAY)[1] == []


def test_a_period_by_convention_is_noted() -> None:
    (note,) = read_pay("12k-18k")[1]
    assert "by the month" in note.en
    assert read_pay("12k-18k/月")[1] == []


def test_words_longer_than_the_register_keeps_are_rejected() -> None:
    with pytest.raises(Problem):
        read_pay("好" * 201)


@pytest.mark.parametrize(
    "text", ["4000元/月包" + "吃住" * 90, "4000+" + "提成+奖金" * 30 + "x", "底薪" * 90, "1-" * 90 + "元", "面议" * 90]
)
def test_a_long_cell_of_repeated_words_is_read_in_no_time(text: str) -> None:
    assert outcome(text)


@given(st.integers(20_000, 2_500_000), st.integers(0, 300_000))
def test_any_amount_with_cents_comes_out_as_it_went_in(least: int, more: int) -> None:
    low, high = (f"{Decimal(fen) / 100:f}" for fen in (least, least + more))
    pay, _ = read_pay(f"{low}-{high}元/月")
    assert (pay.min_fen, pay.max_fen) == (least, least + more)


@given(st.text(alphabet="0123456789.,-~k千万w元月天/小时年薪底面议+提成以上 件$", max_size=16))
def test_any_text_is_read_kept_or_rejected_and_nothing_else(text: str) -> None:
    read = outcome(text)
    assert read == ["pay"] or read[0] is not STATED or read[1]


def outcome(text: str) -> list[object]:
    """The fields that were refused, or basis and notes."""
    try:
        pay, notes = read_pay(text)
    except Problem as refused:
        return [fault.field for fault in refused.errors]
    return [pay.basis, notes]
