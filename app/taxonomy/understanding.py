"""What words are taken to mean among occupations, skills and certificates, with the evidence to show back. Pure.

`hear_…` listens to words; `recall_…` says what was decided about words, whose concept (or none) stands beside them;
`require_…` refuses what is not clear.
"""

from collections.abc import Mapping

from app.kernel.problems import Nearest, unclear_words
from app.lookup.normalise import normalise
from app.lookup.understood import Choice, How, Understood
from app.taxonomy.concepts import Certificate, Occupation, Skill
from app.taxonomy.finding import ConceptIndex, Meant
from app.taxonomy.tables import Taxonomy

_Table = Mapping[str, Occupation] | Mapping[str, Skill] | Mapping[str, Certificate]


def hear_occupation(taxonomy: Taxonomy, words: str, field: str = "occupation") -> Understood:
    """The occupation that `words` mean, if that is clear; else what they may mean."""
    return _hear(taxonomy.occupation_index, taxonomy.occupations, "occupation", words, field)


def hear_skill(taxonomy: Taxonomy, words: str, field: str = "skill") -> Understood:
    """The skill that `words` mean, if that is clear; else what they may mean."""
    return _hear(taxonomy.skill_index, taxonomy.skills, "skill", words, field)


def hear_certificate(taxonomy: Taxonomy, words: str, field: str = "certificate") -> Understood:
    """The certificate that `words` mean, if that is clear; else what they may mean."""
    return _hear(taxonomy.certificate_index, taxonomy.certificates, "certificate", words, field)


def recall_occupation(taxonomy: Taxonomy, words: str, field: str, code: str | None) -> Understood:
    """What was decided about `words`: the occupation `code`, or none."""
    return hear_occupation(taxonomy, words, field).beside(code, _name(taxonomy.occupations, code))


def recall_skill(taxonomy: Taxonomy, words: str, field: str, code: str | None) -> Understood:
    """What was decided about `words`: the skill `code`, or none."""
    return hear_skill(taxonomy, words, field).beside(code, _name(taxonomy.skills, code))


def require_occupation(taxonomy: Taxonomy, text: str) -> Understood:
    """The occupation that an id or words stand for; UnclearWords (422) naming the choices, UnknownCode the nearest."""
    heard = hear_occupation(taxonomy, text)
    if heard.choices:
        raise unclear_words("occupation", text, [Nearest(one.code, one.name) for one in heard.choices])
    if heard.code is None:
        taxonomy.occupation(text)
    return heard


def _hear(index: ConceptIndex, table: _Table, kind: str, words: str, field: str) -> Understood:
    meant = Meant(words, None, ()) if words in table else index.resolve(words)
    choices = [Choice(code=hit.id, name=table[hit.id].zh) for hit in meant.choices]
    if meant.id is None:
        how = How.UNCLEAR if choices else How.AS_WRITTEN
    else:
        is_exact = meant.evidence is None or normalise(meant.evidence.name) == normalise(words)
        how = How.EXACT if is_exact else How.OTHERWISE
    name = _name(table, meant.id)
    return Understood(field=field, words=words, kind=kind, code=meant.id, name=name, how=how, choices=choices)


def _name(table: _Table, code: str | None) -> str | None:
    # A code in a record from elsewhere may be newer than this node's table.
    return code if code is None or code not in table else table[code].zh
