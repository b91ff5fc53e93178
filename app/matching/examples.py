"""What the answers of matching look like in the document of the API: a match of each kind, shortened to what tells."""

from typing import Any

_ID = "019aae6c-5a00-7000-8000-000000000011"
_OCCUPATION_MET = {"zh": "希望做保洁员，该岗位就是保洁员。", "en": "Wants Cleaner; the post is Cleaner."}
_NO_SHIFT = {"zh": "岗位没有写明班次，请询问单位。", "en": "The shift is not stated: please ask the employer."}
_NIGHT = {"zh": "岗位要上夜班，本人不接受。", "en": "The post has night work, which is refused."}
_NOT_CONSIDERED = [{"zh": "性别", "en": "sex"}, {"zh": "户籍", "en": "household registration"}]
_SKILL = {
    "listed": {"zh": "地面清洁", "en": "Floor cleaning"},
    "claim": {"zh": "会用洗地机", "en": "会用洗地机"},
    "similarity": 80,
    "must": False,
    "generic": False,
    "inferred": False,
    "said": {"zh": "“会用洗地机”接近“地面清洁”。", "en": "会用洗地机 is near to Floor cleaning."},
}
_SUITS: dict[str, Any] = {
    "score": 9300,
    "factors": [{"factor": "occupation", "points": 4000, "of": 4000, "said": _OCCUPATION_MET}],
    "skills": [_SKILL],
    "conditions": [{"name": "shift", "status": "unknown", "subject": "", "said": _NO_SHIFT, "change": None}],
    "failed": [],
    "would_change": [],
    "inferred": [],
    "unknown": [_NO_SHIFT],
}
_FAILS: dict[str, Any] = {
    **_SUITS,
    "conditions": [{"name": "refusal", "status": "failed", "subject": "night_shift", "said": _NIGHT, "change": None}],
    "failed": ["refusal"],
    "unknown": [],
}
_LISTING = {
    "id": _ID,
    "origin": "beijing",
    "title": "保洁员",
    "employer": "虚构示例·晨光物业服务有限公司",
    "occupation": "cleaner",
    "region": "440104003",
    "region_name": "北京街道",
    "place_stated": "中山五路",
    "pay": {"basis": "range", "period": "month", "min_fen": 380000, "max_fen": 420000, "stated": ""},
    "seats": 2,
    "referred": 0,
    "opened_at": "2026-11-23T01:05:00Z",
    "valid_until": "2027-01-31",
    "received_at": "2026-11-23T01:05:01Z",
}
_PERSON = {"id": "019aae6c-5a00-7000-8000-000000000002", "name": "张**"}


def _lists(of: dict[str, Any]) -> dict[str, Any]:
    return {
        "score_table": "2026.1",
        "considered": 400,
        "total": 12,
        "items": [{**_SUITS, **of}],
        "other_nearby_total": 0,
        "other_nearby": [],
        "why_not_total": 31,
        "why_not": [{**_FAILS, **of}],
        "not_considered": _NOT_CONSIDERED,
    }


MATCHES = _lists({"listing": _LISTING})
PEOPLE_MATCHES = _lists({"person": _PERSON})
SCORE_TABLE: dict[str, Any] = {
    "version": "2026.1",
    "points": {"occupation": 4000, "experience": 1000, "skills": 1500, "place": 2000, "pay": 1000, "conditions": 500},
    "numbers": {"wish_ranks": [100, 85, 75], "same_street": 100, "same_district": 85, "working_age": 16},
    "board": [
        {
            "area": "440100",
            "since": "2026-01-01",
            "lodging_fen": 50000,
            "meals_fen": 40000,
            "source": "assumption of this table for a shared room and two meals a day",
        }
    ],
}
