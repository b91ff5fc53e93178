"""What is done with employers: registered, changed, found again by an import."""

from collections.abc import Callable, Iterable

import structlog
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.employers.models import Employer
from app.employers.queries import get_employer_for_change
from app.employers.rules import check_uscc, name_faults
from app.employers.schemas import EmployerIn, EmployerPatch
from app.kernel.actor import Actor, Permission
from app.kernel.clock import Clock
from app.kernel.db import take_turn_with
from app.kernel.http import check_version
from app.kernel.ids import new_id
from app.kernel.problems import Conflict, Forbidden, check_fields, invalid
from app.regions.tree import Regions

# What a listing shows of an employer. A slice above that publishes it follows the changes and says how many listings
# it published anew; `main` says which.
PUBLIC = ("name", "uscc", "sanctioned")
Follower = Callable[[Session, Employer], int]
log = structlog.get_logger(__name__)


class EmployerExists(Conflict):
    slug, zh, en = "employer-exists", "该统一社会信用代码已登记", "An employer with this credit code is registered"


def register_employer(session: Session, actor: Actor, clock: Clock, regions: Regions, entered: EmployerIn) -> Employer:
    """A new employer of the actor's office; EmployerExists if its credit code is known on this node.

    Invalid for a name with a person's number in it, or a code that does not hold.
    """
    values = entered.model_dump()
    check_fields(name_faults(entered.name))
    if entered.region_code is not None:
        regions.require(entered.region_code, "region_code")
    if entered.uscc is not None:
        values["uscc"] = check_uscc(entered.uscc)
        _refuse_duplicate(session, actor, values["uscc"])
    now = clock.now()
    employer = Employer(
        id=new_id(clock), office_id=actor.office_id, version=1, created_at=now, updated_at=now, **values
    )
    session.add(employer)
    session.flush()
    return employer


def change_employer(
    session: Session,
    actor: Actor,
    clock: Clock,
    regions: Regions,
    employer_id: str,
    version: int,
    changes: EmployerPatch,
    followers: Iterable[Follower] = (),
) -> Employer:
    """Change what is named, and tell `followers` if the public part did; NotFound, PreconditionFailed, or what
    `register_employer` raises.

    Forbidden for who may not review: lifting a sanction, and changing the public part while something is published.
    """
    employer = get_employer_for_change(session, actor, employer_id)
    check_version(employer.version, version)
    values = changes.model_dump(include=changes.model_fields_set)
    if "name" in values:
        check_fields(name_faults(values["name"]))
    if values.get("region_code") is not None:
        regions.require(values["region_code"], "region_code")
    if values.get("uscc") is not None:
        values["uscc"] = check_uscc(values["uscc"])
        if values["uscc"] != employer.uscc:
            _refuse_duplicate(session, actor, values["uscc"])
    elif "uscc" in values and employer.uscc is not None:
        raise invalid("uscc", "已核对的代码不能删除", "a verified credit code cannot be taken away")
    changed = [name for name in PUBLIC if name in values and values[name] != getattr(employer, name)]
    if "sanctioned" in changed and employer.sanctioned:
        _require_review(actor, changed)
    for name, value in values.items():
        setattr(employer, name, value)
    employer.version += 1
    employer.updated_at = clock.now()
    session.flush()
    if changed:
        published = sum(follow(session, employer) for follow in followers)
        if published:
            _require_review(actor, changed)
        log.info(
            "employer changed",
            actor=actor.id,
            office=actor.office_id,
            employer=employer.id,
            version=employer.version,
            fields=changed,
            count=published,
        )
    return employer


def find_or_register_unverified(session: Session, actor: Actor, clock: Clock, name: str) -> Employer:
    """The unverified employer of this name at the actor's office, made if there is none: for imports without codes.

    Invalid for a name with a person's number in it.
    """
    check_fields(name_faults(name))
    take_turn_with(session, f"employer {actor.office_id} {name}")
    found = session.scalar(_unverified(actor.office_id, name))
    return _made(session, clock, actor.office_id, name) if found is None else found


def follow_listing(
    session: Session, clock: Clock, office_id: str, *, name: str, uscc: str | None, sanctioned: bool
) -> Employer:
    """The employer that a listing of this office names, with its public part as the listing has it; made if unknown.

    For a register that was restored from a backup, and gets its listings back: they were checked when they were
    published. Of a new one no paper has been seen. A credit code that another office has registered stays there.
    """
    take_turn_with(session, f"employer {office_id} {name}")
    found = None if uscc is None else session.scalar(select(Employer).where(Employer.uscc == uscc))
    if found is not None and found.office_id != office_id:
        found, uscc = None, None
    found = found or session.scalar(_unverified(office_id, name).limit(1))
    if found is None:
        return _made(session, clock, office_id, name, uscc=uscc, sanctioned=sanctioned)
    said = {"name": name, "uscc": uscc, "sanctioned": sanctioned}
    changed = [column for column in PUBLIC if said[column] != getattr(found, column)]
    for column in changed:
        setattr(found, column, said[column])
    if changed:
        found.version += 1
        found.updated_at = clock.now()
        session.flush()
        log.info("employer follows its listing", office=office_id, employer=found.id, fields=changed)
    return found


def _unverified(office_id: str, name: str) -> Select[Employer]:
    known = (Employer.office_id == office_id, Employer.name == name, Employer.uscc.is_(None))
    return select(Employer).where(*known).order_by(Employer.id)


def _made(
    session: Session, clock: Clock, office_id: str, name: str, *, uscc: str | None = None, sanctioned: bool = False
) -> Employer:
    now = clock.now()
    employer = Employer(
        id=new_id(clock),
        office_id=office_id,
        uscc=uscc,
        name=name,
        sanctioned=sanctioned,
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(employer)
    session.flush()
    return employer


def _require_review(actor: Actor, changed: list[str]) -> None:
    if Permission.VACANCY_REVIEW not in actor.permissions:
        names = ", ".join(changed)
        raise Forbidden(
            f"已有岗位发布或已列入惩戒的用人单位，修改 {names} 需要“{Permission.VACANCY_REVIEW}”权限",
            f"changing {names} of an employer that is published or sanctioned needs the permission "
            f"{Permission.VACANCY_REVIEW}",
        )


def _refuse_duplicate(session: Session, actor: Actor, uscc: str) -> None:
    known = session.scalar(select(Employer).where(Employer.uscc == uscc))
    if known is None:
        return
    if known.office_id == actor.office_id:
        raise EmployerExists(
            f"已登记为“{known.name}”",
            f"it is registered as {known.name}",
            employer_id=known.id,
            headers={"Location": f"/v1/employers/{known.id}"},
        )
    raise EmployerExists()
