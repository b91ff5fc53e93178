"""What may leave this node, by type: bodies made of public or pseudonymous fields, and nothing personal. Pure.

The writer of records accepts only these types, and a kind whose body can reach a field marked `Personal` cannot be
registered: the promise that personal data stays is kept by the type, not by everybody's care (PIPL art. 6, 28–29).
"""

from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from app.kernel.types import Personal, StrictModel


class PublicBody(StrictModel):
    """Class A: listings, public employer profiles, trust statements. Travels up and down."""


class PseudonymousBody(StrictModel):
    """Class B: candidate profiles without a name. Travels up only, with consent."""


class PersonalFieldReachable(TypeError):
    """A body through which personal data could leave its office."""


def check_body_type(body_type: type[BaseModel]) -> None:
    """PersonalFieldReachable unless `body_type` is a body of ours without any personal field inside."""
    if not issubclass(body_type, PublicBody | PseudonymousBody):
        raise PersonalFieldReachable(f"{body_type.__name__} is neither public nor pseudonymous")
    found = sorted(personal_fields(body_type))
    if found:
        raise PersonalFieldReachable(f"personal fields in {body_type.__name__}: {', '.join(found)}")


def personal_fields(model: type[BaseModel]) -> set[str]:
    """The dotted paths of every field that `model` can reach and that is marked `Personal`, or could hold anything."""
    return set(_walk_model(model, "", frozenset()))


def _walk_model(model: type[BaseModel], path: str, seen: frozenset[type]) -> Iterator[str]:
    if model.model_config.get("extra") == "allow":
        yield f"{path}.*".lstrip(".")
    model.model_rebuild()
    for name, field in model.model_fields.items():
        yield from _walk_marked(field.annotation, field.metadata, f"{path}.{name}".lstrip("."), seen)
    for name, computed in model.model_computed_fields.items():
        yield from _walk(computed.return_type, f"{path}.{name}".lstrip("."), seen)


def _walk_marked(hint: Any, marks: Iterable[Any], path: str, seen: frozenset[type]) -> Iterator[str]:
    if any(isinstance(mark, Personal) or mark is Personal for mark in marks):
        yield path
    yield from _walk(hint, path, seen)


def _walk(hint: Any, path: str, seen: frozenset[type]) -> Iterator[str]:
    if get_origin(hint) is Annotated:
        base, *marks = get_args(hint)
        yield from _walk_marked(base, marks, path, seen)
        return
    if hint is Any or hint is object:
        yield path
    behind = getattr(hint, "__value__", None) or getattr(hint, "__supertype__", None)  # a named alias, a NewType
    if behind is not None:
        yield from _walk(behind, path, seen)
    if isinstance(hint, type) and hint not in seen:
        if issubclass(hint, BaseModel):
            yield from _walk_model(hint, path, seen | {hint})
        elif is_dataclass(hint) or issubclass(hint, dict | tuple):  # TypedDict and NamedTuple are such classes
            for name, part in get_type_hints(hint, include_extras=True).items():
                yield from _walk(part, f"{path}.{name}", seen | {hint})
    for part in get_args(hint):
        yield from _walk(part, path, seen)
