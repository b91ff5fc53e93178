"""Shapes of sign-in and of the actor."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.auth.passwords import MAX_LENGTH
from app.kernel.types import Line, Moment, StrictModel


class SignIn(StrictModel):
    """A user name and its password."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"username": "beijing-clerk", "password": "a long pass phrase"}]}
    )

    username: Line
    password: Annotated[str, Field(min_length=1, max_length=MAX_LENGTH)]


class SessionOut(BaseModel):
    """`token` goes into `Authorization: Bearer …` until `expires_at`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"token": "kX3w9…", "expires_at": "2026-11-23T11:00:00Z"}]}
    )

    token: str
    expires_at: Moment


class ActorOut(BaseModel):
    """Who is asking, and what they may do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "019aae6c-5a00-7000-8000-000000000003",
                    "name": "李示例",
                    "role": "clerk",
                    "office_id": "019aae6c-5a00-7000-8000-000000000004",
                    "permissions": ["seeker:read", "seeker:write", "vacancy:read"],
                }
            ]
        }
    )

    id: str
    name: str
    role: str
    office_id: str
    permissions: list[str]
