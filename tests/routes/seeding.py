"""What route tests put into a node over HTTP: fictitious employers, vacancies in any state, a person."""

import json
from typing import Any

from fastapi.testclient import TestClient

# Fictitious: 99 is no province, 154 no network.
PERSON = {"citizen_id": "990104199803120016", "name": "张示例", "phone": "15400000001", "address": "示例路 1 号"}
SEEN = {"licence_seen_on": "2026-11-20", "agent_identity_seen_on": "2026-11-20"}
EMPLOYER = {"name": "虚构示例·晨光物业服务有限公司", "uscc": "91990104MA0000001A", **SEEN}
VACANCY: dict[str, Any] = {
    "title": "保洁员",
    "occupation": "cleaner",
    "place": {"region": "440104003", "stated": "中山五路"},
    "duties": "写字楼公共区域日常保洁。",
    "requirements": "不限",
    "pay": {"basis": "range", "period": "month", "min_fen": 380000, "max_fen": 420000},
    "seats": 2,
    "valid_until": "2027-01-31",
}
# What some verbs have to be told.
NEEDED = {
    "return": {"reason": "请写明上下班时间"},
    "take_down": {"reason": "收取押金", "article": "劳动合同法第九条"},
    "erase": {"reason": "写入了个人信息", "article": "个人信息保护法第四十七条"},
    "renew": {"valid_until": "2027-02-28"},
}
OPEN = ("submit", "approve", "open")
NOBODY = "019aae6c-5a00-7000-8000-000000000001"


def answer_of(answer: Any, status: int = 200) -> Any:
    """The JSON of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(answer: Any, status: int, slug: str) -> Any:
    """The problem document of a refusal, complete and without internals."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"urn:sanlian:problem:{slug}"
    assert problem["status"] == status
    assert all(problem[words] for words in ("title", "title_zh", "detail", "detail_zh"))
    return problem


def fields(answer: Any, status: int = 422) -> list[str]:
    """The fields that a refusal names."""
    return [error["field"] for error in answer_of(answer, status)["errors"]]


def employer(client: TestClient, **values: Any) -> Any:
    return answer_of(client.post("/v1/employers", json={"name": "虚构示例·无码", **SEEN, **values}), 201)


def vacancy(client: TestClient, *verbs: str, **values: Any) -> Any:
    """A vacancy that went through `verbs`, by somebody who may review; its employer is made unless named."""
    if "employer_id" not in values:
        values["employer_id"] = employer(client)["id"]
    found = answer_of(client.post("/v1/vacancies", json={**VACANCY, **values}), 201)
    for verb in verbs:
        found = post(client, found["id"], verb)
    return found


def post(client: TestClient, vacancy_id: str, verb: str, body: dict[str, Any] | None = None) -> Any:
    """Do `verb` to a vacancy; what it needs to be told is made up."""
    return answer_of(client.post(f"/v1/vacancies/{vacancy_id}/{verb}", json=body or NEEDED.get(verb)))


def seeker(client: TestClient, **values: Any) -> Any:
    return answer_of(client.post("/v1/seekers", json={**PERSON, **values}), 201)


def ascii_json(value: Any) -> bytes:
    """`value` as JSON whose every odd character is escaped, lone surrogates too."""
    return json.dumps(value).encode()


def synonym(client: TestClient) -> Any:
    """A word that the node is taught."""
    taught = {"kind": "occupation", "word": "虚构说法", "concept": "cleaner"}
    return answer_of(client.post("/v1/synonyms", json=taught), 201)
