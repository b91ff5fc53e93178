"""What divisions and offices look like in JSON."""

from pydantic import ConfigDict, Field

from app.kernel.types import Id, Line, RegionCode, StrictModel
from app.regions.tier import Tier


class RegionOut(StrictModel):
    """One division."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "440104003",
                    "name": "北京街道",
                    "full_name": "广州市越秀区北京街道",
                    "tier": "street",
                    "parent": "440104",
                }
            ]
        }
    )

    code: RegionCode = Field(description="GB/T 2260 and GB/T 10114: 6 digits, + 3 for a street, + 3 for a community.")
    name: Line
    full_name: str = Field(description="The names from the city down, unseparated.")
    tier: Tier
    parent: RegionCode | None = Field(description="The division directly above; null for a city.")


class RegionStep(StrictModel):
    """One step of the path from the city down."""

    code: RegionCode
    name: Line
    tier: Tier


class RegionDetail(RegionOut):
    """One division with its place in the tree."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "440104",
                    "name": "越秀区",
                    "full_name": "广州市越秀区",
                    "tier": "district",
                    "parent": "440100",
                    "path": [
                        {"code": "440100", "name": "广州市", "tier": "city"},
                        {"code": "440104", "name": "越秀区", "tier": "district"},
                    ],
                    "children": 18,
                    "adjacent": ["440103", "440105", "440106", "440111"],
                }
            ]
        }
    )

    path: list[RegionStep] = Field(description="From the city down to this division.")
    children: int = Field(description="How many divisions lie directly below.")
    adjacent: list[RegionCode] = Field(description="For a district: the districts that share a border with it.")


class OfficeOut(StrictModel):
    """An office of this node."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "019aae6c-5a00-7000-8000-000000000001",
                    "name": "北京街道公共就业服务机构",
                    "region": "440104003",
                    "region_name": "广州市越秀区北京街道",
                    "tier": "street",
                }
            ]
        }
    )

    id: Id
    name: Line
    region: RegionCode
    region_name: str
    tier: Tier
