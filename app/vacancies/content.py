"""What a vacancy says: the fields shared by the form, the stored row and the public listing. Pure."""

from typing import Annotated

from pydantic import Field

from app.kernel.types import Code, Count, Fen, Flag, Line, Prose, RegionCode, StrictModel, Words
from app.taxonomy.terms import EducationLevel, EmploymentForm, Need, PayBasis, PayPeriod, ReservedFor, Shift

MAX_SKILLS = 8


class Place(StrictModel):
    """Where the work is: a division, and the words that were written."""

    region: RegionCode
    stated: Words = ""


class SkillAsked(StrictModel):
    """A skill that is asked for: a concept of the table, or only the words."""

    skill: Code | None = None
    stated: Words = ""
    need: Need = Need.NICE


class CertificateAsked(StrictModel):
    """A certificate that is asked for."""

    certificate: Code
    need: Need = Need.MUST


class Pay(StrictModel):
    """What is paid, in fen a period: `min_fen` is what is guaranteed. `stated` keeps the words."""

    basis: PayBasis
    period: PayPeriod = PayPeriod.MONTH
    min_fen: Fen | None = None
    max_fen: Fen | None = None
    stated: Words = ""


class VacancyContent(StrictModel):
    """Everything a vacancy says. Null means that it was not stated."""

    title: Line
    occupation: Code | None = None
    occupation_stated: Words = ""
    place: Place
    duties: Prose = ""
    requirements: Prose = ""
    skills: Annotated[list[SkillAsked], Field(max_length=MAX_SKILLS)] = Field(default_factory=list)
    education: EducationLevel | None = None
    education_must: Flag = False
    experience_months: Annotated[Count, Field(le=720)] = 0
    experience_must: Flag = False
    certificates: Annotated[list[CertificateAsked], Field(max_length=MAX_SKILLS)] = Field(default_factory=list)
    pay: Pay | None = None
    shift: Shift | None = None
    hours_per_week: Annotated[Count | None, Field(le=168)] = None
    days_off_per_month: Annotated[Count | None, Field(le=31)] = None
    employment_form: EmploymentForm = EmploymentForm.FULL_TIME
    lodging: Flag | None = None
    meals: Flag | None = None
    insurance: Flag | None = None
    reserved_for: ReservedFor | None = None
    adults_only: Flag = False
