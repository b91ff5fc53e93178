"""Shapes of sign-in and of the actor."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.kernel.types import Line, Moment, StrictModel


class SignIn(StrictModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"username": "beijing-clerk", "password": "a long pass phrase"}]}
    )

    username: Line
    password: Annotated[str, Field(min_length=1, max_length=200)]


class SessionOut(BaseModel):
    """`token` goes into `Authorization: Bearer …` until `expires_at`."""

    token: str
    expires_at: Moment


class ActorOut(BaseModel):
    id: str
    name: str
    role: str
    office_id: str
    permissions: list[str]
