"""Lists of words in one cell: skills and certificates, resolved exactly or kept. Pure."""

import re
from collections.abc import Callable, Iterable

from app.kernel.problems import invalid
from app.taxonomy.tables import Taxonomy
from app.taxonomy.terms import Need
from app.vacancies.content import MAX_SKILLS, CertificateAsked, SkillAsked
from app.vacancies.intake.spelling import Note, folded

MAX_WORDS = 200

_BETWEEN = re.compile(r"[,，、;；|\n\t]+")
_NONE = ("无", "不限", "无要求", "none", "-", "/")


def split_words(text: str, is_known: Callable[[str], bool]) -> list[str]:
    """The words of a cell, each once, in their order. A slash divides only where a part is known: PLC/变频器, C/C++."""
    words: list[str] = []
    for word in (part.strip() for part in _BETWEEN.split(text)):
        parts = [part.strip() for part in re.split("[/／]", word) if part.strip()]
        is_one = is_known(word) or not any(is_known(part) for part in parts)
        words += [word] if is_one else parts
    return list(dict.fromkeys(word for word in words if word and folded(word) not in _NONE))


def read_skills(
    text: str, taxonomy: Taxonomy, need: Need, field: str = "skills"
) -> tuple[list[SkillAsked], list[Note]]:
    """The skills of a cell: a concept where the words name one exactly, else the words. Invalid for long words."""
    asked = []
    for word in split_words(text, lambda part: taxonomy.resolve_skill_text(part) is not None):
        _refuse_long(word, field)
        asked.append(SkillAsked(skill=taxonomy.resolve_skill_text(word), stated=word, need=need))
    kept = [one.stated for one in asked if one.skill is None]
    return asked, [_kept(field, kept, "技能", "skills")] if kept else []


def fit(must: list[SkillAsked], nice: list[SkillAsked]) -> tuple[list[SkillAsked], list[str]]:
    """At most eight skills, the required first and each once; the words of those beyond."""
    once: dict[str, SkillAsked] = {}
    for one in (*must, *nice):
        once.setdefault(one.skill or folded(one.stated), one)
    skills = list(once.values())
    return skills[:MAX_SKILLS], [one.stated for one in skills[MAX_SKILLS:]]


def read_certificates(
    text: str, taxonomy: Taxonomy, field: str = "certificates"
) -> tuple[list[CertificateAsked], list[str], list[Note]]:
    """The certificates of a cell that the table has by code or name, the words of the others, and notes."""
    names = {folded(one.zh): code for code, one in taxonomy.certificates.items()}
    names |= {folded(one.en): code for code, one in taxonomy.certificates.items()}
    names |= {code: code for code in taxonomy.certificates}
    found: list[CertificateAsked] = []
    kept: list[str] = []
    for word in split_words(text, lambda part: folded(part) in names):
        _refuse_long(word, field)
        code = names.get(folded(word)) or names.get(folded(word).removeprefix("持").removesuffix("证书") + "证")
        if code is None or len(found) == MAX_SKILLS:
            kept.append(word)
        else:
            found.append(CertificateAsked(certificate=code))
    return found, kept, [_kept(field, kept, "证书", "certificates")] if kept else []


def _refuse_long(word: str, field: str) -> None:
    if len(word) > MAX_WORDS:
        raise invalid(field, f"每一项最长{MAX_WORDS}字", f"each word has at most {MAX_WORDS} characters")


def _kept(field: str, words: Iterable[str], zh: str, en: str) -> Note:
    shown = "、".join(words)
    return Note(field, f"以下{zh}不在表中，保留原文：{shown}", f"{en} that are in no table, kept as words: {shown}")
