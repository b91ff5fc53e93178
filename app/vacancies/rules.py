"""What has to hold before a vacancy may be published, and what is material in a change. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta

from app.kernel.personal_numbers import has_personal_number
from app.kernel.problems import FieldError
from app.kernel.text import is_blank
from app.taxonomy.terms import PayBasis
from app.vacancies.content import Pay, VacancyContent

MAX_VALID_DAYS = 180
REFERRALS_PER_SEAT = 5
# A change of anything else goes back to review while the post is live (HR Market Regulation art. 24, 27).
IMMATERIAL = frozenset({"referral_quota"})


def missing_elements(content: VacancyContent, valid_until: date | None) -> list[FieldError]:
    """What HR Market Regulation art. 24 asks for and is not there: conditions, duties, place, pay, validity."""
    has_conditions = bool(
        not is_blank(content.requirements)
        or content.skills
        or content.certificates
        or content.education is not None
        or content.experience_months
    )
    elements = [
        ("duties", "工作内容", "what the work is", not is_blank(content.duties)),
        ("requirements", "招聘条件（没有要求请写“不限”）", "conditions (write 不限 for none)", has_conditions),
        ("pay", "劳动报酬", "the pay", content.pay is not None),
        ("valid_until", "有效期", "the last day of validity", valid_until is not None),
    ]
    return [
        FieldError(field, f"发布前须填写{zh}（人力资源市场暂行条例第24条）", f"{en} is needed before publication")
        for field, zh, en, is_there in elements
        if not is_there
    ]


def pay_faults(pay: Pay | None) -> list[FieldError]:
    """What does not fit together in the pay."""
    if pay is None:
        return []
    faults = []
    if pay.basis in (PayBasis.RANGE, PayBasis.GUARANTEED) and not pay.min_fen:
        faults.append(FieldError("pay.min_fen", "须填写最低报酬", "the least pay is needed with this basis"))
    if pay.min_fen is not None and pay.max_fen is not None and pay.max_fen < pay.min_fen:
        faults.append(FieldError("pay.max_fen", "最高报酬低于最低报酬", "the most is less than the least"))
    if pay.basis is PayBasis.STATED and is_blank(pay.stated):
        faults.append(FieldError("pay.stated", "须填写报酬原文", "the words are needed with this basis"))
    return faults


def validity_faults(valid_until: date | None, today: date) -> list[FieldError]:
    """A last day must lie ahead, and not further than half a year."""
    if valid_until is None:
        return []
    if valid_until < today:
        return [FieldError("valid_until", "有效期已过", "the last day is in the past")]
    if valid_until > today + timedelta(days=MAX_VALID_DAYS):
        zh, en = f"有效期最长{MAX_VALID_DAYS}天", f"at most {MAX_VALID_DAYS} days ahead"
        return [FieldError("valid_until", zh, en)]
    return []


# A credit code has been checked digit by digit: it is what it says.
_CHECKED = frozenset({"uscc"})


def personal_numbers(public: VacancyContent) -> list[FieldError]:
    """The texts of what travels that hold a telephone number or a citizen id: it says whom to ask, never where.

    `public` is a vacancy's content or its whole listing; every text in it is searched, however deep.
    """
    zh = "公开内容不能写电话号码、微信QQ号或身份证号，联系方式请登记在用人单位"
    en = "public text cannot hold a telephone or messenger number or a citizen id; contacts belong to the employer"
    return [FieldError(name, zh, en) for name, text in _texts(public.model_dump()) if has_personal_number(text)]


def _texts(value: object, *path: str) -> Iterator[tuple[str, str]]:
    """Every text in `value` with its dotted path, in order."""
    if isinstance(value, str):
        yield ".".join(path), value
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in _CHECKED:
                yield from _texts(part, *path, name)
    elif isinstance(value, list):
        for position, part in enumerate(value):
            yield from _texts(part, *path, str(position))


_PAPERS = {
    "licence": ("licence_seen_on", "营业执照", "the licence"),
    "agent_identity": ("agent_identity_seen_on", "经办人身份证件", "the agent's identity"),
}


def unseen_evidence(missing: list[str]) -> list[FieldError]:
    """Of the papers that were not seen, those without which no vacancy is approved (HR Market Regulation art. 26).

    The mandate is not among them: whoever signs for the firm brings none.
    """
    return [
        FieldError(
            f"employer.{field}",
            f"尚未查验{zh}（人力资源市场暂行条例第26条）；确需放行的，请写明 override_reason",
            f"{en} has not been seen; an officer may approve nevertheless with an override_reason",
        )
        for paper, (field, zh, en) in _PAPERS.items()
        if paper in missing
    ]


def default_quota(seats: int) -> int:
    """How many may be referred while nobody says otherwise."""
    return seats * REFERRALS_PER_SEAT


def fitting_quota(quota: int, referred: int, *, is_frozen: bool) -> int:
    """`quota`, or the nearest to it under which a post with so many referrals is frozen, or is not."""
    return min(quota, referred) if is_frozen else max(quota, referred + 1)


def is_material(changed: set[str]) -> bool:
    """Whether a change of these fields has to be reviewed again."""
    return bool(changed - IMMATERIAL)
