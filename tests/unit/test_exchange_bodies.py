"""Personal fields cannot enter a record: the type of the body says so, for every kind there is."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import pytest
from pydantic import BaseModel, ConfigDict, Field, computed_field
from typing_extensions import TypeAliasType, TypedDict

import app
from app.exchange.bodies import (
    PersonalFieldReachable,
    PseudonymousBody,
    PublicBody,
    check_body_type,
    personal_fields,
)
from app.exchange.kinds import Kinds
from app.kernel.types import Line, Personal, StrictModel
from app.main import build_kinds
from app.taxonomy.shipped import load_shipped
from tests.fakes import FakeClock

Phone = Annotated[str, Field(max_length=20), Personal()]
NamedPhone = TypeAliasType("NamedPhone", Phone)
T = TypeVar("T")


class Contact(StrictModel):
    """A part that is harmless by its name only."""

    label: str
    phone: Phone


class Box(BaseModel, Generic[T]):
    content: T


@dataclass
class Record:
    phone: Phone


class Pair(NamedTuple):
    name: str
    phone: Phone


class Dictionary(TypedDict):
    phone: Phone


class Tree(PublicBody):
    """A body that contains itself."""

    below: "tuple[Tree, ...]" = ()
    note: str = ""


class PersonalTree(PublicBody):
    below: "PersonalTree | None" = None
    phone: Phone | None = None


class Base(PublicBody):
    phone: Phone


class Inherits(Base):
    title: str


def body_with(hint: Any, base: type[PublicBody | PseudonymousBody] = PublicBody) -> type[BaseModel]:
    """A body with one field of this type."""
    return type("Body", (base,), {"__annotations__": {"field": hint}, "__module__": __name__})


LEAKS: list[Any] = [
    Phone,
    Annotated[str, Personal],
    Annotated[Line | None, Personal()],
    Phone | None,
    list[Phone],
    dict[str, Phone],
    tuple[int, Phone],
    Contact,
    list[Contact] | None,
    dict[str, tuple[Contact, ...]],
    Box[Phone],
    Box[list[Contact]],
    Record,
    Pair,
    Dictionary,
    NamedPhone,
    PersonalTree,
    Inherits,
    Any,
    dict[str, Any],
    list[object],
]


@pytest.mark.parametrize("number", range(len(LEAKS)))
@pytest.mark.parametrize("base", [PublicBody, PseudonymousBody])
def test_a_body_through_which_personal_data_could_leave_is_refused(
    number: int, base: type[PublicBody | PseudonymousBody]
) -> None:
    with pytest.raises(PersonalFieldReachable, match="field"):
        check_body_type(body_with(LEAKS[number], base))


def test_a_personal_field_that_is_computed_or_smuggled_as_an_extra_is_refused() -> None:
    class Computed(PublicBody):
        @computed_field  # type: ignore[prop-decorator]
        @property
        def phone(self) -> Phone:
            return "15400000001"

    class Open(PublicBody):
        model_config = ConfigDict(extra="allow")

    assert personal_fields(Computed) == {"phone"}
    assert personal_fields(Open) == {"*"}
    assert personal_fields(body_with(list[Contact])) == {"field.phone"}


def test_a_body_without_personal_fields_is_accepted() -> None:
    for hint in (str, int | None, list[str], dict[str, Line], Box[str], Tree):
        check_body_type(body_with(hint))


def test_a_model_that_is_no_body_of_ours_is_refused() -> None:
    for model in (Contact, StrictModel, BaseModel):
        with pytest.raises(PersonalFieldReachable):
            check_body_type(model)


def test_a_kind_with_personal_fields_cannot_be_registered() -> None:
    kinds = Kinds()
    with pytest.raises(PersonalFieldReachable, match="phone"):
        kinds.register("seeker", Inherits, apply=lambda *_: None, remove=lambda *_: None)
    assert list(kinds) == []


@pytest.mark.parametrize("name", ["", "Listing", "a b", "a.", ".a", "x" * 65, "trust.node\n"])
def test_a_kind_whose_name_no_receiver_would_take_cannot_be_registered(name: str) -> None:
    with pytest.raises(ValueError):
        Kinds().register(name, Tree, apply=lambda *_: None, remove=lambda *_: None)


def test_a_kind_is_registered_once() -> None:
    kinds = Kinds()
    kinds.register("tree", Tree, apply=lambda *_: None, remove=lambda *_: None)
    with pytest.raises(ValueError):
        kinds.register("tree", Tree, apply=lambda *_: None, remove=lambda *_: None)


def all_bodies() -> Iterator[type[BaseModel]]:
    """Every body that any module of the application declares, registered or not."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if not module.name.startswith(("app.cli", "app.__main__")):
            importlib.import_module(module.name)
    waiting: list[type[BaseModel]] = [PublicBody, PseudonymousBody]
    while waiting:
        for found in waiting.pop().__subclasses__():
            waiting.append(found)
            if found.__module__.startswith("app."):
                yield found


def test_no_body_of_the_application_reaches_a_personal_field() -> None:
    bodies = list(all_bodies())
    assert {"ListingBody", "NodeStatement"} <= {body.__name__ for body in bodies}
    for body in bodies:
        check_body_type(body)


def test_no_kind_that_a_node_registers_reaches_a_personal_field() -> None:
    kinds = list(build_kinds(load_shipped(), FakeClock()))
    assert {"listing", "trust.node"} <= {kind.name for kind in kinds}
    for kind in kinds:
        assert personal_fields(kind.body_type) == set()
        check_body_type(kind.body_type)
