"""What occupations, skills and certificates look like in JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from app.kernel.types import Code, Id, Line, StrictModel, Words
from app.taxonomy.concepts import Certificate, Ground, Occupation, OccupationKind, Skill
from app.taxonomy.terms import CertificateKind, ConceptKind, Refusal

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


class GroundOut(StrictModel):
    """The law by which an occupation asks for a certificate."""

    certificate: Code
    law: str
    article: str


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
                    "grounds": [],
                    "traits": [],
                    "children": [],
                }
            ]
        }
    )

    aliases: list[str]
    skills: list[Code] = Field(description="Skills that belong to the work.")
    certificates: list[Code] = Field(description="Certificates that the law asks for.")
    grounds: list[GroundOut] = Field(description="For each of them the law that asks for it of this occupation.")
    traits: list[Refusal] = Field(description="What the work always brings and a person may refuse.")
    children: list[Code]

    @classmethod
    def of_whole(cls, one: Occupation, children: list[str], grounds: Mapping[str, Ground]) -> "OccupationDetail":
        """The occupation with its lists."""
        return cls(
            **OccupationOut.of(one).model_dump(),
            aliases=list(one.aliases),
            skills=list(one.skills),
            certificates=list(one.certificates),
            grounds=[GroundOut(certificate=id_, law=by.law, article=by.article) for id_, by in grounds.items()],
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
                    "levels": [],
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
    levels: list[int] = Field(description="5 (五级, the lowest) to 1; empty where it has none or they are not known.")
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
            levels=list(one.levels),
            law=one.law,
            article=one.article,
            obtainable_days=one.obtainable_days,
            covers=sorted(one.covers),
        )


_SYNONYM: dict[str, JsonValue] = {
    "kind": "occupation",
    "word": "睇更",
    "concept": "security-guard",
    "note": "老街坊的说法",
}


class SynonymIn(StrictModel):
    """A word that is to name a concept at this node."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SYNONYM]})

    kind: ConceptKind
    word: Annotated[Line, Field(max_length=60, description="As people here say it.")]
    concept: Code = Field(description="The id of the occupation, skill or certificate that is meant.")
    note: Annotated[Words, Field(description="Who says so, and where.")] = ""


class SynonymOut(SynonymIn):
    """A word that names a concept at this node alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_SYNONYM,
                    "id": "019aae6c-5a00-7000-8000-000000000030",
                    "added_by": "019aae6c-5a00-7000-8000-000000000002",
                    "added_at": "2026-11-23T01:00:00Z",
                }
            ]
        }
    )

    id: Id
    added_by: str = Field(description="The id of the account.")
    added_at: datetime
