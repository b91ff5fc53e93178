"""What job seekers look like in JSON. Personal fields come out masked, except in `RevealedSeeker`."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from app.kernel.problems import Unfit
from app.kernel.types import Count, Flag, Id, Line, Personal, StrictModel, Telephone, Words
from app.lookup.understood import Understood
from app.people.profile import ProfileFields
from app.people.rules import DEFAULT_VALID_DAYS, MAX_VALID_DAYS, State

# Fictitious beyond doubt: 99 is no province, and no network has ever been given 154.
_CITIZEN_ID = "990104199803120016"
_PROFILE = {
    "wishes": [{"occupation": "cleaner", "stated": "保洁"}, {"occupation": None, "stated": "帮人看店"}],
    "places": ["440104003", "440104"],
    "places_stated": [],
    "home": "440104001",
    "home_stated": "",
    "skills": [{"skill": None, "stated": "会用洗地机"}],
    "experience": [{"occupation": "cleaner", "stated": "", "years": 2.5}],
    "certificates": [],
    "education": "junior",
    "pay": {"min_fen": 380000, "period": "month"},
    "shifts": {"day": "preferred", "early": "tolerated"},
    "hours": "full",
    "max_hours_per_week": 44,
    "lodging_needed": False,
    "refusals": ["night_shift", "sales"],
    "target_groups": [],
    "days_off_per_month": 4,
    "wants_insurance": True,
    "employment_forms": None,
    "available_from": "2026-12-01",
}
_IN = {"citizen_id": _CITIZEN_ID, "name": "张示例", "phone": "15400000001", "address": "示例路 1 号"}
_ID = "019aae6c-5a00-7000-8000-000000000002"
_OUT = {
    "id": _ID,
    "name": "张**",
    "citizen_id": "**************0016",
    "phone": "154****0001",
    "age": 28,
    "registration": {
        "number": 1,
        "state": "active",
        "registered_on": "2026-11-23",
        "valid_until": "2027-02-21",
        "possible": ["cancel", "employ", "lapse", "renew"],
    },
    "created_at": "2026-11-23T01:00:00Z",
    "updated_at": "2026-11-23T01:00:00Z",
    "version": 1,
}

_HEARD = {
    "field": "wishes.0.occupation",
    "words": "保洁",
    "kind": "occupation",
    "code": "cleaner",
    "name": "保洁员",
    "how": "exact",
    "choices": [],
}


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]})


_HAN = r"[\u3400-\u9fff\U00020000-\U000323af]"
_BETWEEN_HAN = re.compile(rf"(?<={_HAN})\s+(?={_HAN})")
_DOTS = str.maketrans(dict.fromkeys("•‧∙⋅・･．●", "·"))


def _one_spelling(name: str) -> str:
    """A name as it is found again: 张 三 is 张三, and the dot within a name is always the same one (GB/T 2312: ·)."""
    return " ".join(_BETWEEN_HAN.sub("", name).translate(_DOTS).split())


CitizenIdText = Annotated[
    str, Field(min_length=15, max_length=24, description="18 characters, GB 11643; spaces are ignored."), Personal()
]
PersonName = Annotated[Line, Field(max_length=50), AfterValidator(_one_spelling), Personal()]
Phone = Annotated[Telephone, Field(description="Mobile or landline with area code."), Personal()]
Address = Annotated[Line, Personal()]
Masked = Annotated[str, Personal()]
ValidDays = Annotated[
    Count,
    Field(ge=1, le=MAX_VALID_DAYS, json_schema_extra={"minimum": 1, "maximum": MAX_VALID_DAYS}),
    Field(description="Days for which the registration holds, from today."),
]


class SeekerIn(ProfileFields):
    """A person to register."""

    model_config = _example({**_IN, **_PROFILE, "valid_days": DEFAULT_VALID_DAYS, "draft": False})

    citizen_id: CitizenIdText
    name: PersonName
    phone: Phone
    address: Address | None = None
    valid_days: ValidDays = DEFAULT_VALID_DAYS
    draft: Flag = Field(default=False, description="Kept as a draft until `activate`: not matched, does not lapse.")


class SeekerPatch(ProfileFields):
    """Changes to a person: what is absent stays, null takes an answer back to not asked."""

    model_config = _example({"phone": "15400000002", "refusals": ["night_shift"], "pay": None})

    citizen_id: CitizenIdText | None = None
    name: PersonName | None = None
    phone: Phone | None = None
    address: Address | None = None

    @model_validator(mode="after")
    def _identity_stays(self) -> "SeekerPatch":
        for field in ("citizen_id", "name", "phone"):
            if field in self.model_fields_set and getattr(self, field) is None:
                raise Unfit(f"{field} 不能为 null", f"{field} cannot be null")
        return self


class RegistrationOut(StrictModel):
    """The present registration."""

    number: int = Field(description="1 for a person's first registration here.")
    state: State
    registered_on: date
    valid_until: date = Field(description="The last day on which it holds.")
    possible: list[str] = Field(description="What can be done with it now.")


class SeekerOut(ProfileFields):
    """A job seeker, personal fields masked."""

    model_config = _example({**_OUT, **_PROFILE})

    id: Id
    name: Masked
    citizen_id: Masked
    phone: Masked
    age: int = Field(description="Full years today.")
    registration: RegistrationOut
    created_at: datetime
    updated_at: datetime
    version: int


class EnteredSeeker(SeekerOut):
    """A job seeker, personal fields masked, with what the words were taken to mean."""

    model_config = _example({**_OUT, **_PROFILE, "understood": [_HEARD]})

    understood: list[Understood] = Field(
        description="Each of the person's words with what was understood, to be confirmed. Send the code to correct it."
    )


class Sex(StrEnum):
    """As the citizen id says. Nothing may be decided by it."""

    FEMALE = "female"
    MALE = "male"


class RevealedSeeker(StrictModel):
    """The personal fields in full. Each answer leaves a row in the audit trail."""

    model_config = _example(
        {**_IN, "id": _ID, "sex": "male", "birth_on": "1998-03-12", "is_area_plausible": False, "purpose": "contact"}
    )

    id: Id
    name: PersonName
    citizen_id: CitizenIdText
    phone: Phone
    address: Address | None
    sex: Annotated[Sex, Personal()]
    birth_on: Annotated[date, Personal()]
    is_area_plausible: bool = Field(description="Whether the id begins with a province; a hint to look twice.")
    purpose: str


class Purpose(StrEnum):
    """What the personal fields are needed for: 联系本人, 推荐, 当面办理, 更正, 核查."""

    CONTACT = "contact"
    REFERRAL = "referral"
    COUNTER = "counter"
    CORRECTION = "correction"
    OVERSIGHT = "oversight"


class RevealIn(StrictModel):
    """Why the personal fields are needed."""

    model_config = _example({"purpose": "contact"})

    purpose: Purpose


class FindIn(StrictModel):
    """What is known of the person. All that is given must match exactly."""

    model_config = _example({"citizen_id": _CITIZEN_ID})

    citizen_id: CitizenIdText | None = None
    name: PersonName | None = None
    phone: Phone | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> "FindIn":
        if self.citizen_id is None and self.name is None and self.phone is None:
            raise Unfit("身份号码、姓名、电话须填一项", "one of citizen_id, name, phone is needed")
        return self


class ValidityIn(StrictModel):
    """How long the registration is to hold."""

    model_config = _example({"valid_days": DEFAULT_VALID_DAYS})

    valid_days: ValidDays = DEFAULT_VALID_DAYS


class NoteIn(StrictModel):
    """A word on why, for the log of this office."""

    model_config = _example({"note": "本人来电要求"})

    note: Annotated[Words, Personal()] = ""


class LogLine(StrictModel):
    """One line of a person's log."""

    model_config = _example(
        {
            "version": 2,
            "at": "2026-11-23T01:00:00Z",
            "actor_id": "019aae6c-5a00-7000-8000-000000000003",
            "verb": "change",
            "registration_number": 1,
            "from_state": "active",
            "to_state": "active",
            "note": "",
            "fields": ["phone", "refusals"],
        }
    )

    version: int = Field(description="The person's version that this led to.")
    at: datetime
    actor_id: str | None = Field(description="Who did it; null for the nightly job.")
    verb: str
    registration_number: int
    from_state: State | None
    to_state: State
    note: Annotated[Words, Personal()]
    fields: list[str] = Field(description="Fields that were entered or changed; never their values.")
