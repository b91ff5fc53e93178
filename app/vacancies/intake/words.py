"""Lists of words in one cell: skills and certificates, understood where they are clear, else kept. Pure."""

import re
from collections.abc import Callable, Sequence

from app.kernel.problems import invalid
from app.lookup.understood import How, Understood
from app.taxonomy.tables import Taxonomy
from app.taxonomy.terms import Need
from app.taxonomy.understanding import hear_certificate, hear_skill
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
    """The skills of a cell: a concept where the words are clear, else the words. Invalid for long words."""
    lines = []
    for word in split_words(text, lambda part: taxonomy.resolve_skill_text(part) is not None):
        _refuse_long(word, field)
        lines.append(hear_skill(taxonomy, word, field))
    asked = [SkillAsked(skill=line.code, stated=line.words, need=need) for line in lines]
    return asked, notes_on(lines, "技能", "skills")


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
    """The certificates of a cell that the words name clearly, the words of the others, and notes."""
    lines = []
    for word in split_words(text, lambda part: _is_certificate(part, taxonomy)):
        _refuse_long(word, field)
        lines.append(_certificate(word, taxonomy, field))
    known = list(dict.fromkeys(line.code for line in lines if line.code is not None))
    found = [CertificateAsked(certificate=code) for code in known[:MAX_SKILLS]]
    kept = [line.words for line in lines if line.code is None or line.code in known[MAX_SKILLS:]]
    return found, kept, notes_on(lines, "证书", "certificates")


def notes_on(lines: Sequence[Understood], zh: str, en: str) -> list[Note]:
    """What is to be said of words: each that was understood though typed otherwise, those that are not clear with the
    choices, and those that no table has."""
    notes = []
    for line in lines:
        if line.how is How.OTHERWISE:
            notes.append(
                Note(line.field, f"“{line.words}”按“{line.name}”登记", f"'{line.words}' is read as {line.code}")
            )
        elif line.how is How.UNCLEAR:
            may_be = "、".join(one.name for one in line.choices)
            codes = ", ".join(one.code for one in line.choices)
            said = f"“{line.words}”不能确定，可能是：{may_be}；保留原文"
            notes.append(Note(line.field, said, f"'{line.words}' is kept as words; it may be: {codes}"))
    unknown = [line for line in lines if line.how is How.AS_WRITTEN]
    if unknown:
        shown = "、".join(line.words for line in unknown)
        said = f"以下{zh}不在表中，保留原文：{shown}"
        notes.append(Note(unknown[0].field, said, f"{en} that are in no table, kept as words: {shown}"))
    return notes


def _certificate(word: str, taxonomy: Taxonomy, field: str) -> Understood:
    """What a word says of a certificate; 持健康证书 is 健康证."""
    heard = hear_certificate(taxonomy, word, field)
    bare = word.removeprefix("持").removesuffix("证书") + "证"
    if heard.how is not How.EXACT and _is_certificate(bare, taxonomy):
        return hear_certificate(taxonomy, bare, field).model_copy(update={"words": word})
    return heard


def _is_certificate(word: str, taxonomy: Taxonomy) -> bool:
    return word in taxonomy.certificates or hear_certificate(taxonomy, word).how is How.EXACT


def _refuse_long(word: str, field: str) -> None:
    if len(word) > MAX_WORDS:
        raise invalid(field, f"每一项最长{MAX_WORDS}字", f"each word has at most {MAX_WORDS} characters")
