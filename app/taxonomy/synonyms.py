"""Words that officers teach their node: added, taken back, and taken up by the indexes of the running process.

A word is free only if no concept of its kind bears it, shipped or taught. What a transaction changed reaches the index
after its commit; what another process changed, with the next `take_up`.
"""

import structlog
from sqlalchemy import Select, event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.ids import new_id
from app.kernel.problems import Conflict, NotFound, invalid
from app.lookup.normalise import normalise
from app.taxonomy.models import LocalSynonym
from app.taxonomy.schemas import SynonymIn
from app.taxonomy.tables import Taxonomy
from app.taxonomy.terms import ConceptKind

log = structlog.get_logger(__name__)


class WordTaken(Conflict):
    slug, zh, en = "word-taken", "这个词已有所指", "This word names something already"


def in_use() -> Select[LocalSynonym]:
    """The words this node was taught and not made to forget, the latest first."""
    return select(LocalSynonym).where(LocalSynonym.removed_at.is_(None)).order_by(LocalSynonym.id.desc())


def visible_to(actor: Actor) -> Select[LocalSynonym]:
    """Those that the actor's office taught. They hold for the whole node."""
    return in_use().where(LocalSynonym.office_id == actor.office_id)


def add_synonym(session: Session, actor: Actor, clock: Clock, taxonomy: Taxonomy, entered: SynonymIn) -> LocalSynonym:
    """Let a word name a concept at this node.

    Invalid (422) if nothing is left of the word after normalising, UnknownCode (422) for a concept that is in no table,
    WordTaken (409) naming what the word names already.
    """
    taxonomy.concept(entered.kind, entered.concept)
    key = normalise(entered.word)
    if not key:
        raise invalid("word", "只有标点或空格，不成词", "it is nothing but punctuation or spaces")
    _refuse_taken(session, taxonomy, entered.kind, key)
    made = LocalSynonym(
        id=new_id(clock),
        kind=str(entered.kind),
        word=entered.word,
        key=key,
        concept=entered.concept,
        note=entered.note,
        added_by=actor.id,
        office_id=actor.office_id,
        added_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # somebody else taught it between the look and the write
        raise WordTaken() from None
    _after_commit(session, actor, taxonomy, made, "synonym added")
    return made


def remove_synonym(session: Session, actor: Actor, clock: Clock, taxonomy: Taxonomy, synonym_id: str) -> LocalSynonym:
    """Take a word back; NotFound if the actor's office taught none with this id, or took it back before."""
    known = session.scalar(visible_to(actor).where(LocalSynonym.id == synonym_id).with_for_update())
    if known is None:
        raise NotFound()
    known.removed_at, known.removed_by = clock.now(), actor.id
    session.flush()
    _after_commit(session, actor, taxonomy, known, "synonym removed")
    return known


def take_up(session: Session, taxonomy: Taxonomy) -> int:
    """Bring the indexes to what the table says: at start, and every so often for what other processes changed.

    How many words are in use.
    """
    taught = session.scalars(in_use()).all()
    for kind in ConceptKind:
        own = taxonomy.index_of(kind).own
        wanted = {(row.concept, row.word) for row in taught if row.kind == kind}
        for concept, word in own.taught - wanted:
            own.remove(concept, word)
        for concept, word in wanted - own.taught:
            own.add(concept, word)
    return len(taught)


def _refuse_taken(session: Session, taxonomy: Taxonomy, kind: ConceptKind, key: str) -> None:
    named = taxonomy.index_of(kind).names_of(key)
    taught = select(LocalSynonym.concept).where(
        LocalSynonym.kind == str(kind), LocalSynonym.key == key, LocalSynonym.removed_at.is_(None)
    )
    ids = list(dict.fromkeys((*named, *session.scalars(taught))))
    if ids:
        concepts = [taxonomy.concept(kind, id_) for id_ in ids]
        zh = "、".join(f"{one.zh}（{one.id}）" for one in concepts)
        en = ", ".join(f"{one.en} ({one.id})" for one in concepts)
        raise WordTaken(f"它已指：{zh}", f"it names {en}", concepts=ids)


def _after_commit(session: Session, actor: Actor, taxonomy: Taxonomy, row: LocalSynonym, what: str) -> None:
    kind, concept, word, id_ = ConceptKind(row.kind), row.concept, row.word, row.id
    is_added = row.removed_at is None

    def take_up_one(committed: Session) -> None:
        if committed.in_nested_transaction():  # a savepoint was released: nothing is committed yet
            return
        own = taxonomy.index_of(kind).own
        (own.add if is_added else own.remove)(concept, word)
        log.info(what, actor=actor.id, office=actor.office_id, kind=str(kind), concept=concept, synonym=id_)

    event.listen(session, "after_commit", take_up_one)
