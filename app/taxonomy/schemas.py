"""What occupations, skills and certificates look like in JSON."""

from pydantic import ConfigDict, Field, JsonValue

from app.kernel.types import Code, Line, StrictModel
from app.taxonomy.concepts import Certificate, Occupation, OccupationKind, Skill
from app.taxonomy.terms import CertificateKind, Refusal

_CLEANER: dict[str, JsonValue] = {
    "id": "cleaner",
    "kind": "leaf",
    "zh": "保洁员",
    "en": "Cleaner",
    "group": "cleaning",
    "parent": "cleaning-worker",
    "dadian": None,
    "dadian_version": None,
    "min_age": 16,
}


class OccupationOut(StrictModel):
    """One occupation."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CLEANER]})

    id: Code
    kind: OccupationKind = Field(description="An umbrella stands for everything below it; a rank leads others.")
    zh: Line
    en: Line
    group: str = Field(description="Its small class: work that one can change over to.")
    parent: Code | None
    dadian: str | None = Field(description="Code in the national classification of occupations, where known.")
    dadian_version: str | None
    min_age: int = Field(description="Years: 18 where the work is closed to minors.")

    @classmethod
    def of(cls, one: Occupation) -> "OccupationOut":
        """The occupation without its lists."""
        return cls(**{name: getattr(one, name) for name in OccupationOut.model_fields})


class OccupationDetail(OccupationOut):
    """One occupation with what belongs to it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_CLEANER,
                    "aliases": ["保洁", "清洁工"],
                    "skills": ["floor-cleaning"],
                    "certificates": [],
                    "traits": [],
                    "children": [],
                }
            ]
        }
    )

    aliases: list[str]
    skills: list[Code] = Field(description="Skills that belong to the work.")
    certificates: list[Code] = Field(description="Certificates that the law asks for.")
    traits: list[Refusal] = Field(description="What the work always brings and a person may refuse.")
    children: list[Code]

    @classmethod
    def of_whole(cls, one: Occupation, children: list[str]) -> "OccupationDetail":
        """The occupation with its lists."""
        return cls(
            **OccupationOut.of(one).model_dump(),
            aliases=list(one.aliases),
            skills=list(one.skills),
            certificates=list(one.certificates),
            traits=sorted(one.traits),
            children=children,
        )


class SkillOut(StrictModel):
    """One skill."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "arc-welding",
                    "zh": "手工电弧焊",
                    "en": "arc welding",
                    "generic": False,
                    "family": "welding",
                    "aliases": [],
                }
            ]
        }
    )

    id: Code
    zh: Line
    en: Line
    generic: bool = Field(description="Asked for everywhere; it counts a quarter and proves nothing.")
    family: str | None
    aliases: list[str]

    @classmethod
    def of(cls, one: Skill) -> "SkillOut":
        """The skill."""
        return cls(id=one.id, zh=one.zh, en=one.en, generic=one.generic, family=one.family, aliases=list(one.aliases))


class CertificateOut(StrictModel):
    """One certificate."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "health-certificate",
                    "zh": "健康证",
                    "en": "health certificate",
                    "kind": "health",
                    "law": "食品安全法",
                    "article": "第四十五条",
                    "obtainable_days": 7,
                    "covers": [],
                }
            ]
        }
    )

    id: Code
    zh: Line
    en: Line
    kind: CertificateKind
    law: str
    article: str
    obtainable_days: int | None = Field(description="Days it takes to get; null where it takes an examination.")
    covers: list[Code] = Field(description="Certificates that this one includes.")

    @classmethod
    def of(cls, one: Certificate) -> "CertificateOut":
        """The certificate."""
        return cls(
            id=one.id,
            zh=one.zh,
            en=one.en,
            kind=one.kind,
            law=one.law,
            article=one.article,
            obtainable_days=one.obtainable_days,
            covers=sorted(one.covers),
        )
