"""Whether a word names one thing: names, English names and aliases of one kind of concept share one room. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.lookup.normalise import normalise
from app.taxonomy.checking.fault import Fault, Rows


@dataclass
class _Room:
    """What is taken, by normalised text: the names and ids of concepts, ambiguous words, aliases."""

    names: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    meanings: Mapping[str, list[str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)

    def fault_of(self, key: str, id_: str) -> str | None:
        """Why `key` cannot be an alias of the concept; None if it can."""
        checks = (
            (not key, "nothing is left of it after normalising"),
            (key in self.names, f"it is the name of {self.names.get(key)}"),
            (key in self.ids and self.ids[key] != id_, f"it is the id of {self.ids.get(key)}"),
            (key in self.meanings, "it stands among the ambiguous words, too"),
            (self.aliases.get(key) == id_, "it stands twice"),
            (key in self.aliases, f"it names {self.aliases.get(key)}, too"),
        )
        return next((what for holds, what in checks if holds), None)


def name_faults(rows: Rows) -> Iterator[Fault]:
    """Names that stand twice, aliases of two concepts, ambiguous words that are not."""
    yield from _faults_of(rows, "occupations", ("aliases", "aliases_en"), "ambiguous")
    yield from _faults_of(rows, "skills", ("skill_aliases",))
    yield from _faults_of(rows, "certificates", ("certificate_aliases",))


def _faults_of(rows: Rows, table: str, alias_tables: tuple[str, ...], ambiguous: str = "") -> Iterator[Fault]:
    room = _Room(ids={normalise(row["id"]): row["id"] for row in rows(table)})
    yield from _own_names(rows, table, room)
    if ambiguous:
        yield from _ambiguous(rows, ambiguous, room)
    for alias_table in alias_tables:
        for row in rows(alias_table):
            key = normalise(row["text"])
            if what := room.fault_of(key, row["id"]):
                yield Fault(alias_table, row["text"], what)
            room.aliases.setdefault(key, row["id"])


def _own_names(rows: Rows, table: str, room: _Room) -> Iterator[Fault]:
    """Fill the room with the concepts' own names: each in one language, and no other's id."""
    for column in ("zh", "en"):
        for row in rows(table):
            key = normalise(row[column])
            bearers = {room.names.setdefault(key, row["id"]), room.ids.get(key, row["id"])} - {row["id"]}
            if key and bearers:
                yield Fault(table, row["id"], f"the name {row[column]} stands twice: {bearers.pop()} has it, too")


def _ambiguous(rows: Rows, table: str, room: _Room) -> Iterator[Fault]:
    """Fill the room with the words of several meanings: two at least, each once, and no concept's own name."""
    meanings: dict[str, list[str]] = defaultdict(list)
    for row in rows(table):
        meanings[normalise(row["text"])].append(row["id"])
    for key, ids in meanings.items():
        if len(set(ids)) < 2:
            yield Fault(table, key, "an ambiguous word with one meaning")
        if len(set(ids)) < len(ids):
            yield Fault(table, key, "an ambiguous word with one meaning twice")
        if key in room.names:
            yield Fault(table, key, f"it is the name of {room.names[key]}: it means just that")
    room.meanings = meanings
