"""What makes an employer's number, public name and evidence hold. Pure."""

import unicodedata
from datetime import date

from stdnum.cn import uscc as gb32100
from stdnum.exceptions import InvalidChecksum, ValidationError

from app.kernel.personal_numbers import has_personal_number
from app.kernel.problems import FieldError, invalid


def plain_uscc(value: str) -> str:
    """A credit code as it is kept, however it was typed: narrow, without spaces, in capitals."""
    return "".join(unicodedata.normalize("NFKC", value).split()).upper()


def check_uscc(value: str) -> str:
    """A unified social credit code (GB 32100) in its plain form; Invalid (422) saying what is wrong."""
    try:
        checked: str = gb32100.validate(plain_uscc(value))
    except InvalidChecksum:
        raise invalid("uscc", "统一社会信用代码校验码不对", "the check character does not match") from None
    except ValidationError:
        zh, en = "统一社会信用代码应为18位", "a credit code has 18 characters of GB 32100"
        raise invalid("uscc", zh, en) from None
    return checked


def name_faults(name: str, field: str = "name") -> list[FieldError]:
    """What the name, which every listing shows, may not hold. A sole trader's may be a person's: never with numbers."""
    if not has_personal_number(name):
        return []
    zh = "单位名称会公开显示，不能含电话号码、微信QQ号或身份证号"
    en = "the name is public: it cannot hold a telephone number, a messenger's number or a citizen id"
    return [FieldError(field, zh, en)]


def missing_evidence(licence: date | None, agent_identity: date | None, mandate: date | None) -> list[str]:
    """Which of the three papers of HR Market Regulation art. 26 have not been seen: licence, agent, mandate."""
    papers = {"licence": licence, "agent_identity": agent_identity, "mandate": mandate}
    return [name for name, seen_on in papers.items() if seen_on is None]
