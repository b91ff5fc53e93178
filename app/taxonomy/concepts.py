"""The concepts of the labour market: occupations, skills and certificates, as they stand in the tables. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.taxonomy.terms import CertificateKind, Refusal


class OccupationKind(StrEnum):
    """What an occupation concept stands for."""

    LEAF = "leaf"  # work that a post is about
    UMBRELLA = "umbrella"  # 普工, 司机: whoever wishes it wishes everything below it
    RANK = "rank"  # a leading position: never an umbrella of what it leads


class AliasKind(StrEnum):
    """What kind of word an alias is. Gendered words are found by and never shown."""

    EVERYDAY = "everyday"
    CANTONESE = "cantonese"
    TRADE = "trade"
    OLD = "old"
    TYPO = "typo"
    GENDERED = "gendered"


LEVELS = ("5", "4", "3", "2", "1")  # 五级 (初级工) to 一级 (高级技师)


class SkillKind(StrEnum):
    """What kind of thing a skill is."""

    SKILL = "skill"
    TOOL = "tool"
    PROCESS = "process"
    CUISINE = "cuisine"
    GENERIC = "generic"


@dataclass(frozen=True, slots=True)
class Ground:
    """The law and the article that ask for something."""

    law: str
    article: str


@dataclass(frozen=True, slots=True)
class Occupation:
    """An occupation. `group` is its small class: work that is alike enough to change over to.

    `dadian` is the code in the national classification (国家职业分类大典, edition `dadian_version`), `gbt6565` that of
    GB/T 6565 and `isco08` that of ISCO-08 with the relation of ours to it, where known. `aliases` are shown, `hidden`
    ones (gendered words) only found by; `english` are its other names in English. A deep concept has eight names and
    more, and skills. `traits` are what the work always brings and a person may refuse; `certificates` are asked for by
    law; `grounds` names that law where it is another than the certificate's own.
    """

    id: str
    kind: OccupationKind
    zh: str
    en: str
    group: str
    parent: str | None = None
    dadian: str | None = None
    dadian_version: str | None = None
    gbt6565: str | None = None
    isco08: str | None = None
    isco_relation: str | None = None
    is_deep: bool = False
    aliases: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    english: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    grounds: Mapping[str, Ground] = field(default_factory=dict)
    traits: frozenset[Refusal] = frozenset()
    min_age: int = 16


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill. A generic one (沟通, 吃苦耐劳) is asked for everywhere and says little; `family` groups the others."""

    id: str
    zh: str
    en: str
    generic: bool = False
    family: str | None = None
    kind: SkillKind = SkillKind.SKILL
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate. `law` and `article` say what asks for it; `obtainable_days` is None if it takes an examination.

    `levels` are those it is given in, from 5 (五级, the lowest) to 1; empty where it has none or they are not known.
    """

    id: str
    zh: str
    en: str
    kind: CertificateKind
    levels: tuple[int, ...] = ()
    law: str = ""
    article: str = ""
    obtainable_days: int | None = None
    covers: frozenset[str] = frozenset()
    aliases: tuple[str, ...] = ()
