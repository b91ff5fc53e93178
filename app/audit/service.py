"""Writing the trail. One call is one row, in the transaction of what it records."""

from sqlalchemy.orm import Session

from app.audit.models import Action, NodeAct, PersonAccess
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


def record_act(session: Session, clock: Clock, actor: str, act: str, subject: str, reason: str = "") -> None:
    """Note what somebody did to the node: `act` is a code like `keys.revoke`, `subject` a node or a key."""
    session.add(
        NodeAct(
            id=new_id(clock), at=clock.now(), actor=actor[:100], act=act, subject=subject, reason=reason.strip()[:200]
        )
    )
