"""The kinds of record this node understands, and what each does to the tables above: registered once, in `main`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from app.exchange.bodies import PersonalFieldReachable, PublicBody, check_body_type
from app.exchange.envelope import Envelope, is_kind
from app.kernel.reading import read_json

Apply = Callable[[Session, Envelope, BaseModel], None]
ApplyMany = Callable[[Session, Iterable[tuple[Envelope, BaseModel]]], None]
Remove = Callable[[Session, Envelope], None]
Bodies = Mapping[Envelope, BaseModel | None]  # what was read of records before
Returned = Callable[[Session, Envelope, BaseModel | None], None]


class NotUnderstood(ValueError):
    """A record that a later version wrote, or whose body does not hold."""


@dataclass(frozen=True)
class Kind:
    """One kind: the type of its body, and what to do when a version or a tombstone of it is applied here.

    `apply_many` does what `apply` does one by one, for kinds of which many come at once; each record once.
    `returned` is for an own record that comes back from another node, which holds what this one has lost: its register
    follows. It gets no body with an end, and publishes nothing: the record that came is what counts.
    """

    name: str
    body_type: type[BaseModel]
    apply: Apply
    remove: Remove
    schema: int = 1
    goes_down: bool = False  # offered to the nodes below
    returned: Returned | None = None
    apply_many: ApplyMany | None = None


class Kinds:
    """The registry. Records of kinds that are not in it are kept and relayed all the same."""

    def __init__(self) -> None:
        self._kinds: dict[str, Kind] = {}

    def register(
        self,
        name: str,
        body_type: type[BaseModel],
        *,
        apply: Apply,
        remove: Remove,
        schema: int = 1,
        goes_down: bool = False,
        returned: Returned | None = None,
        apply_many: ApplyMany | None = None,
    ) -> None:
        """Make a kind known; PersonalFieldReachable if personal data could travel in it, or down what only goes up."""
        check_body_type(body_type)
        if goes_down and not issubclass(body_type, PublicBody):
            raise PersonalFieldReachable(f"{body_type.__name__} is not public: it goes up only")
        if not is_kind(name):
            raise ValueError(f"{name!r} is no name of a kind")
        if name in self._kinds:
            raise ValueError(f"the kind {name} is registered twice")
        self._kinds[name] = Kind(name, body_type, apply, remove, schema, goes_down, returned, apply_many)

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    @property
    def going_down(self) -> frozenset[str]:
        """The names of the kinds that are offered to the nodes below."""
        return frozenset(kind.name for kind in self if kind.goes_down)

    def get(self, name: str) -> Kind | None:
        """The kind of this name, or None."""
        return self._kinds.get(name)

    def read_ahead(self, envelopes: Iterable[Envelope]) -> Bodies:
        """The bodies of records, for `bring_in`: read while something else is waited for.

        What cannot be read for a reason that nobody foresaw is left out: it fails again there, alone.
        """
        found: dict[Envelope, BaseModel | None] = {}
        for envelope in envelopes:
            kind = self._kinds.get(envelope.kind)
            if kind is not None:
                with suppress(Exception):
                    found[envelope] = _read(kind, envelope)
        return found

    def bring_in(self, session: Session, envelopes: Sequence[Envelope], bodies: Bodies | None = None) -> None:
        """Let the tables above take in accepted records, in their order; runs of one kind together where it can.

        Fields that a later version added are passed over. What is not understood stays in the record table and is
        relayed; the version before it is taken off, so that nothing outdated is shown. `receive.reread`, which
        `sanlian migrate` calls, reads it again after an upgrade.
        """
        for name, run in groupby(envelopes, lambda envelope: envelope.kind):
            kind = self._kinds.get(name)
            if kind is not None:
                _bring_in(kind, session, run, bodies or {})

    def take_back(self, session: Session, envelope: Envelope) -> None:
        """Let the register follow an own record that came back; NotUnderstood if this version cannot read it."""
        kind = self._kinds.get(envelope.kind)
        if kind is None or kind.returned is None:
            return
        body = None if _is_end(envelope) else _read(kind, envelope)
        if body is None and not _is_end(envelope):
            raise NotUnderstood(envelope.kind)
        kind.returned(session, envelope, body)

    def take_off(self, session: Session, envelope: Envelope) -> None:
        """Let the tables above forget this record, whatever they hold of it."""
        kind = self._kinds.get(envelope.kind)
        if kind is not None:
            kind.remove(session, envelope)


def _bring_in(kind: Kind, session: Session, envelopes: Iterable[Envelope], bodies: Bodies) -> None:
    if kind.apply_many is not None:  # of a record that came twice the last counts
        envelopes = {envelope.key: envelope for envelope in envelopes}.values()
    read_all = ((e, bodies[e] if e in bodies else _read(kind, e)) for e in envelopes)
    for is_read, run in groupby(read_all, lambda one: one[1] is not None):
        if not is_read:  # an end, which is understood whatever its schema, or not understood
            for envelope, _ in run:
                kind.remove(session, envelope)
            continue
        read = ((envelope, body) for envelope, body in run if body is not None)
        if kind.apply_many is not None:
            kind.apply_many(session, read)
            continue
        for envelope, body in read:
            kind.apply(session, envelope, body)


def _is_end(envelope: Envelope) -> bool:
    return envelope.op != "P" or envelope.body is None


def _read(kind: Kind, envelope: Envelope) -> BaseModel | None:
    if _is_end(envelope) or envelope.schema > kind.schema or envelope.body is None:
        return None
    try:
        return read_json(kind.body_type, envelope.body)
    except ValidationError:
        return None
