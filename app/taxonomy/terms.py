"""The closed vocabularies of the labour market that people, vacancies and matching share. Pure.

National codes stand beside the members where a table of the field has them (LB 502, GB/T 4658).
"""

from enum import StrEnum


class EducationLevel(StrEnum):
    """Highest education 文化程度 (aac011, GB/T 4658), lowest first; `rank` orders them."""

    NONE = "none"
    PRIMARY = "primary"  # 小学
    JUNIOR = "junior"  # 初中
    SENIOR = "senior"  # 高中
    VOCATIONAL = "vocational"  # 中专、职高、技校: as high as 高中
    COLLEGE = "college"  # 大专
    BACHELOR = "bachelor"  # 本科
    MASTER = "master"
    DOCTOR = "doctor"

    @property
    def rank(self) -> int:
        """Its height; senior and vocational are equal."""
        return _EDUCATION_RANK[self]


_EDUCATION_RANK = {
    EducationLevel.NONE: 0,
    EducationLevel.PRIMARY: 1,
    EducationLevel.JUNIOR: 2,
    EducationLevel.SENIOR: 3,
    EducationLevel.VOCATIONAL: 3,
    EducationLevel.COLLEGE: 4,
    EducationLevel.BACHELOR: 5,
    EducationLevel.MASTER: 6,
    EducationLevel.DOCTOR: 7,
}


class Shift(StrEnum):
    """When the work is done 班次."""

    DAY = "day"
    EARLY = "early"
    LATE = "late"
    NIGHT = "night"
    ROTATING = "rotating"
    SPLIT = "split"
    FLEXIBLE = "flexible"


class PayPeriod(StrEnum):
    """What the pay is for."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    PIECE = "piece"


class PayBasis(StrEnum):
    """How the pay is stated."""

    GUARANTEED = "guaranteed"  # 保底: at least this
    RANGE = "range"
    PIECE = "piece"
    NEGOTIABLE = "negotiable"  # 面议
    STATED = "stated"  # only the words are kept


class EmploymentForm(StrEnum):
    """Form of employment 用工形式 (aac048); wage, insurance and age rules hang on it."""

    FULL_TIME = "full_time"  # 全日制
    PART_TIME = "part_time"  # 非全日制
    LABOUR_SERVICE = "labour_service"  # 劳务
    DISPATCH = "dispatch"  # 派遣
    PLATFORM = "platform"  # 平台
    TRAINEESHIP = "traineeship"  # 见习
    INTERNSHIP = "internship"  # 实习
    TEMPORARY = "temporary"  # 临时


class ReservedFor(StrEnum):
    """Whom a post is kept for, and the groups a person may belong to."""

    PUBLIC_WELFARE = "public_welfare"  # 公益性岗位: 就业困难人员
    TRAINEESHIP = "traineeship"  # 见习岗
    DISABILITY = "disability"  # 残疾人专岗
    VETERAN = "veteran"  # 退役军人专岗
    MOTHER = "mother"  # 妈妈岗
    GRADUATE = "graduate"  # 毕业生岗


class Refusal(StrEnum):
    """What a person does not do 拒绝项."""

    NIGHT_SHIFT = "night_shift"
    ROTATING_SHIFT = "rotating_shift"
    SALES = "sales"
    OUTDOOR = "outdoor"
    HEIGHTS = "heights"
    HEAVY_LIFTING = "heavy_lifting"
    OVERTIME = "overtime"
    BUSINESS_TRAVEL = "business_travel"
    ALCOHOL = "alcohol"
    DISPATCH = "dispatch"
    COMMISSION_ONLY = "commission_only"


class Need(StrEnum):
    """How much something is asked for."""

    MUST = "must"
    NICE = "nice"


class ConceptKind(StrEnum):
    """What kind of concept a word names."""

    OCCUPATION = "occupation"
    SKILL = "skill"
    CERTIFICATE = "certificate"


class CertificateKind(StrEnum):
    """What kind of certificate it is; the first, third, fourth and fifth are asked for by law."""

    ACCESS = "access"  # 准入
    SKILL_LEVEL = "skill_level"  # 技能等级
    SPECIAL_OPERATION = "special_operation"  # 特种作业
    SPECIAL_EQUIPMENT = "special_equipment"  # 特种设备
    DRIVING = "driving"  # 驾驶
    QUALIFICATION = "qualification"  # 从业资格
    HEALTH = "health"  # 健康
