"""What vacancies and listings look like in JSON."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.kernel.paging import Page
from app.kernel.problems import Unfit
from app.kernel.types import Count, Day, Id, Line, NodeId, Prose, RegionSaid, StrictModel, Words, not_blank
from app.lookup.understood import Understood
from app.vacancies.content import Place, VacancyContent
from app.vacancies.listing import ListingBody

Reference = Annotated[Line, Field(max_length=100, description="Your own number for this vacancy.")]
Reason = Annotated[Prose, Field(min_length=1), AfterValidator(not_blank)]
Seats = Annotated[Count, Field(ge=1, le=9999, json_schema_extra={"minimum": 1, "maximum": 9999})]
Quota = Annotated[Count, Field(le=99999, description="Referrals at the most; 0 freezes the post, null is five a seat.")]

_CONTENT: dict[str, Any] = {
    "title": "保洁员",
    "occupation": "cleaner",
    "occupation_stated": "",
    "place": {"region": "440104003", "stated": "中山五路"},
    "duties": "写字楼公共区域日常保洁。",
    "requirements": "不限",
    "skills": [],
    "education": None,
    "education_must": False,
    "experience_months": 0,
    "experience_must": False,
    "certificates": [],
    "pay": {"basis": "range", "period": "month", "min_fen": 380000, "max_fen": 420000, "stated": ""},
    "shift": "day",
    "hours_per_week": 44,
    "days_off_per_month": 4,
    "employment_form": "full_time",
    "lodging": False,
    "meals": True,
    "insurance": True,
    "reserved_for": None,
    "adults_only": False,
}
_EMPLOYER_ID = "019aae6c-5a00-7000-8000-000000000010"
_ID = "019aae6c-5a00-7000-8000-000000000011"
_IN = {**_CONTENT, "employer_id": _EMPLOYER_ID, "seats": 2, "reference": "HR-2026-001", "valid_until": "2027-01-31"}

_OUT: dict[str, Any] = {
    **_IN,
    "id": _ID,
    "employer_name": "虚构示例·晨光物业服务有限公司",
    "state": "open",
    "possible": ["close", "fill", "pause", "renew", "take_down", "withdraw"],
    "warnings": [],
    "referral_quota": 10,
    "referred_count": 0,
    "hired_count": 0,
    "opened_at": "2026-11-23T01:05:00Z",
    "created_at": "2026-11-23T01:00:00Z",
    "updated_at": "2026-11-23T01:05:00Z",
    "version": 4,
}
_HEARD: dict[str, Any] = {
    "field": "occupation",
    "words": "宝洁员",
    "kind": "occupation",
    "code": "cleaner",
    "name": "保洁员",
    "how": "typed_otherwise",
    "choices": [],
}


class PlaceIn(Place):
    """Where the work is: a division by its code, or in words. Unclear words are refused with the choices."""

    region: Annotated[
        RegionSaid, Field(description="The code of a division, or words like 天河; left out where `stated` says it.")
    ] = ""

    @model_validator(mode="after")
    def _says_something(self) -> "PlaceIn":
        if not self.region.strip() and not self.stated.strip():
            raise Unfit("地点代码和原话须填一项", "either region or stated is needed")
        return self


class VacancyIn(VacancyContent):
    """A vacancy to register. What is missing for publication may follow while it is a draft."""

    model_config = ConfigDict(json_schema_extra={"examples": [_IN]})

    place: PlaceIn
    employer_id: Id
    seats: Seats
    reference: Reference | None = None
    referral_quota: Quota | None = None
    valid_until: Annotated[Day | None, Field(description="The last day on which it holds.")] = None

    def content(self, place: Place | None = None) -> VacancyContent:
        """The part that the listing will show; `place` stands in for one that was said in words."""
        said = self.model_dump(include=set(VacancyContent.model_fields))
        return VacancyContent.model_validate(said if place is None else {**said, "place": place.model_dump()})


def _unnamed() -> Any:
    """The default of a patch's field: never looked at, since only what the request names is changed."""
    return None


class VacancyPatch(VacancyContent):
    """Changes to a vacancy: what is absent stays. While it is live, a material change goes back to review."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seats": 3, "duties": "写字楼与停车场保洁。"}]})

    title: Line = Field(default_factory=_unnamed)
    place: PlaceIn = Field(default_factory=_unnamed)
    employer_id: Id = Field(default_factory=_unnamed)
    seats: Seats = Field(default_factory=_unnamed)
    referral_quota: Quota | None = Field(default_factory=_unnamed)
    valid_until: Day = Field(default_factory=_unnamed)


class ReviewWarning(StrictModel):
    """Something an officer should look at before approving."""

    code: str
    zh: str
    en: str


class VacancyOut(VacancyContent):
    """A vacancy with its state and what can be done with it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_OUT]})

    id: Id
    employer_id: Id
    employer_name: str
    reference: str | None
    state: str
    possible: list[str] = Field(description="Verbs that can be posted from this state.")
    warnings: list[ReviewWarning]
    seats: int
    referral_quota: int
    referred_count: int
    hired_count: int
    valid_until: date | None
    opened_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class EnteredVacancy(VacancyOut):
    """A vacancy with what its words were taken to mean."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_OUT, "occupation_stated": "宝洁员", "understood": [_HEARD]}]}
    )

    understood: list[Understood] = Field(
        description="Its words with what was understood, to be confirmed. Send the code to correct it."
    )


class ReasonIn(StrictModel):
    """A word on why, for the log."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "单位来电要求"}]})

    reason: Words = ""


class ApproveIn(ReasonIn):
    """A word on why, and what makes an approval right though a paper was not seen."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"override_reason": "执照原件昨日已在窗口核对"}]})

    override_reason: Annotated[
        Words, Field(description="Why the licence or the agent's identity need not have been seen; for the log.")
    ] = ""


class ReturnIn(StrictModel):
    """What has to be mended before the vacancy can be approved."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "请写明工作地点和上下班时间"}]})

    reason: Reason


class TakeDownIn(StrictModel):
    """Why a vacancy is taken down, and by which article."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "收取押金", "article": "劳动合同法第九条"}]})

    reason: Reason
    article: Line


class RenewIn(StrictModel):
    """Until when the vacancy is to hold."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"valid_until": "2027-02-28"}]})

    valid_until: Day


class VacancyLogLine(StrictModel):
    """One thing that was done to a vacancy."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "version": 2,
                    "at": "2026-11-23T01:02:00Z",
                    "verb": "return",
                    "from_state": "submitted",
                    "to_state": "returned",
                    "actor_id": "019aae6c-5a00-7000-8000-000000000003",
                    "reason": "请写明工作地点和上下班时间",
                    "article": "",
                    "fields": [],
                }
            ]
        }
    )

    version: int
    at: datetime
    verb: str
    from_state: str | None
    to_state: str
    actor_id: str | None = Field(description="Who did it; null for a job.")
    reason: str
    article: str
    fields: list[str] = Field(description="Fields that were changed.")


class Origin(BaseModel):
    """Where a listing comes from."""

    node: NodeId
    name: str = Field(description="What the node is called, as its parent vouches for it.")
    office: str = Field(description="The office, as the node itself calls it.")
    region: str = Field(description="The node's division, as its parent vouches for it.")
    tier: str = Field(description="The node's: city, district or street.")


class Freshness(BaseModel):
    """How old what is shown may be."""

    updated_at: datetime = Field(description="When the origin last changed it.")
    received_at: datetime = Field(description="When this node took that in.")
    age_s: int = Field(description="Seconds since then.")


class OfferOut(BaseModel):
    """A wider search, where nothing was found."""

    zh: str
    en: str
    total: int = Field(description="How many listings it finds.")
    query: dict[str, str] = Field(description="The query parameters that give them; none: every open listing.")


class ListingOut(BaseModel):
    """One open listing of the network, as this node knows it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ID,
                    "origin": {
                        "node": "beijing",
                        "name": "北京街道",
                        "office": "北京街道公共就业服务机构",
                        "region": "440104003",
                        "tier": "street",
                    },
                    "freshness": {
                        "updated_at": "2026-11-23T01:05:00Z",
                        "received_at": "2026-11-23T01:05:01Z",
                        "age_s": 30,
                    },
                    "listing": {
                        **_CONTENT,
                        "employer": {
                            "name": "虚构示例·晨光物业服务有限公司",
                            "uscc": "91990104MA0000001A",
                            "verified": True,
                            "sanctioned": False,
                        },
                        "office": {"region": "440104003", "name": "北京街道公共就业服务机构"},
                        "seats": 2,
                        "referred": 0,
                        "status": "open",
                        "opened_at": "2026-11-23T01:05:00Z",
                        "updated_at": "2026-11-23T01:05:00Z",
                        "valid_until": "2027-01-31",
                    },
                }
            ]
        }
    )

    id: Id
    origin: Origin
    freshness: Freshness
    listing: ListingBody


class ListingPage(Page[ListingOut]):
    """Listings, what the search was taken to mean, and what to search for instead where there are none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [],
                    "total": 0,
                    "next": None,
                    "understood": [
                        {
                            "field": "q",
                            "words": "五山",
                            "kind": "place",
                            "code": "440106001",
                            "name": "广州市天河区五山街道",
                            "how": "exact",
                            "choices": [],
                        },
                        {**_HEARD, "field": "q"},
                    ],
                    "offers": [
                        {
                            "zh": "地点放宽到广州市天河区",
                            "en": "the place widened to 天河区",
                            "total": 12,
                            "query": {"q": "宝洁员", "place": "440106"},
                        },
                        {"zh": "查看全部在招岗位", "en": "every open post", "total": 640, "query": {}},
                    ],
                }
            ]
        }
    )

    understood: list[Understood] = Field(description="Each part of the search with what was understood.")
    offers: list[OfferOut] = Field(description="Where `total` is 0: wider searches that find something, and all.")
