"""Reading employers: only those of the actor's own office."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.employers.models import Employer
from app.employers.rules import plain_uscc
from app.kernel.actor import Actor
from app.kernel.problems import NotFound


def visible_to(actor: Actor) -> Select[Employer]:
    """The employers that `actor` may see."""
    return select(Employer).where(Employer.office_id == actor.office_id)


def matching(actor: Actor, q: str) -> Select[Employer]:
    """Employers whose name contains `q` or whose credit code is `q`."""
    pattern = "%" + q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    named = Employer.name.ilike(pattern, escape="\\")
    return visible_to(actor).where(named | (Employer.uscc == plain_uscc(q)))


def get_employer(session: Session, actor: Actor, employer_id: str) -> Employer:
    """One employer of the actor's office; NotFound for any other."""
    found = session.scalar(visible_to(actor).where(Employer.id == employer_id))
    if found is None:
        raise NotFound()
    return found


def get_employer_for_change(session: Session, actor: Actor, employer_id: str) -> Employer:
    """Like `get_employer`, and nobody else changes it until this transaction ends."""
    session.execute(
        select(Employer.id)
        .where(Employer.office_id == actor.office_id, Employer.id == employer_id)
        .with_for_update(key_share=True)
    )
    return get_employer(session, actor, employer_id)
