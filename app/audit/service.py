"""Writing the trail. One call is one row, in the transaction of what it records."""

from sqlalchemy.orm import Session

from app.audit.models import Action, PersonAccess
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.ids import new_id


def record(session: Session, actor: Actor, clock: Clock, person_id: str, action: Action, purpose: str) -> None:
    """Note that `actor` read, created or changed the person; `purpose` is a code of at most 40 characters.

    It carries no personal data itself: the person is an id, or `EVERYBODY`; the purpose a code.
    """
    session.add(
        PersonAccess(
            id=new_id(clock),
            at=clock.now(),
            actor_id=actor.id,
            office_id=actor.office_id,
            person_id=person_id,
            action=str(action),
            purpose=purpose,
        )
    )
