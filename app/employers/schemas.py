"""What employers look like in JSON."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.kernel.types import Day, Flag, Id, Line, Personal, RegionCode, StrictModel, Telephone

# 99 is no division: the code can belong to nobody.
_IN: dict[str, Any] = {
    "name": "虚构示例·晨光物业服务有限公司",
    "uscc": "91990104MA0000001A",
    "industry": "K70",
    "region_code": "440104003",
    "address": "示例路 1 号",
    "contact_name": "李示例",
    "contact_phone": "15400000003",
    "licence_seen_on": "2026-11-20",
    "agent_identity_seen_on": "2026-11-20",
    "mandate_seen_on": None,
    "sanctioned": False,
}


class EmployerFields(StrictModel):
    """What is kept of an employer."""

    name: Line
    uscc: Annotated[
        str | None, Field(max_length=24, description="GB 32100; without it the employer is unverified.")
    ] = None
    industry: Annotated[str | None, Field(pattern=r"^[A-T][0-9]{0,3}$", description="GB/T 4754.")] = None
    region_code: RegionCode | None = None
    address: Line | None = None
    contact_name: Annotated[Line | None, Personal()] = None
    contact_phone: Annotated[Telephone | None, Personal()] = None
    licence_seen_on: Day | None = None
    agent_identity_seen_on: Day | None = None
    mandate_seen_on: Day | None = None
    sanctioned: Annotated[Flag, Field(description="Under a sanction: its posts are matched with nobody.")] = False


class EmployerIn(EmployerFields):
    """An employer to register."""

    model_config = ConfigDict(json_schema_extra={"examples": [_IN]})


class EmployerPatch(EmployerFields):
    """Changes to an employer: what is absent stays, null takes a value away."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"mandate_seen_on": "2026-11-23"}]})

    name: Line = Field(default="unchanged")


class EmployerOut(EmployerFields):
    """An employer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_IN,
                    "id": "019aae6c-5a00-7000-8000-000000000010",
                    "verified": True,
                    "missing_evidence": ["mandate"],
                    "version": 1,
                    "created_at": "2026-11-23T01:00:00Z",
                    "updated_at": "2026-11-23T01:00:00Z",
                }
            ]
        }
    )

    # Without the pattern of what is entered: where it is masked, it does not hold.
    contact_phone: Annotated[str | None, Personal()] = None
    id: Id
    verified: bool = Field(description="Whether a credit code is known.")
    missing_evidence: list[str] = Field(description="Papers of HR Market Regulation art. 26 not seen yet.")
    version: int
    created_at: datetime
    updated_at: datetime
