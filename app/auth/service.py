"""Signing in and out, tokens, and finding out who presents one."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from app.auth.models import Credential, Staff
from app.auth.passwords import MAX_LENGTH, MIN_LENGTH, hash_password, verify_password
from app.auth.roles import ROLE_PERMISSIONS, Role
from app.kernel.actor import Actor, Permission
from app.kernel.clock import Clock
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.kernel.problems import Conflict, NotFound, Unauthenticated, Unfit, invalid
from app.kernel.text import clean_text
from app.kernel.types import Line, not_blank
from app.regions.models import Office

MAX_USERNAME = 64
SESSION_LASTS = timedelta(hours=10)
TOKEN_LASTS = timedelta(days=365)
KEPT_AFTER_EXPIRY = timedelta(days=30)
_LINE: TypeAdapter[str] = TypeAdapter(Line)
# Asked with every request that carries a secret: made once, and of columns, since rows cost less than objects.
_PRESENTED = (
    select(
        Credential.id, Credential.per_day, Credential.expires_at, Credential.permissions,
        Credential.staff_id, Staff.name, Staff.role, Staff.office_id,
    )
    .join(Staff, Staff.id == Credential.staff_id)
    .where(Credential.secret_sha256 == bindparam("digest"), Credential.revoked_at.is_(None), Staff.active)
)  # fmt: skip


@dataclass(frozen=True)
class Presented:
    """A session or token that was presented: who acts with it, and how often it may be used in a day (None: any)."""

    actor: Actor
    credential_id: str
    per_day: int | None


class WrongCredentials(Unauthenticated):
    slug, zh, en = "wrong-credentials", "用户名或密码不对", "Wrong user name or password"


def add_staff(
    session: Session, clock: Clock, *, username: str, name: str, role: Role, office_id: str, password: str
) -> Staff:
    """A new staff member; Conflict if the user name is taken, Invalid for what is no name or could never be signed in
    with, a short password or an unknown office.
    """
    username, name = _username(username), _shown_name(name)
    password = _as_signed_in_with(password)
    if len(password) < MIN_LENGTH:
        raise invalid("password", f"密码至少 {MIN_LENGTH} 个字符", f"a password has at least {MIN_LENGTH} characters")
    if session.get(Office, office_id) is None:
        raise invalid("office_id", "本节点没有这个经办机构", "there is no such office on this node")
    if session.execute(select(Staff.id).where(Staff.username == username)).first():
        raise Conflict("用户名已被使用", "the user name is taken")
    staff = Staff(
        id=new_id(clock),
        username=username,
        name=name,
        role=role.value,
        office_id=office_id,
        password_hash=hash_password(password),
        active=True,
        created_at=clock.now(),
    )
    session.add(staff)
    session.flush()
    return staff


def _as_signed_in_with(password: str) -> str:
    """`password` as the sign-in form will read it; Invalid for what that form would not take."""
    try:
        cleaned = not_blank(clean_text(password))
    except Unfit as unfit:
        raise invalid("password", unfit.zh, str(unfit)) from None
    if len(cleaned) > MAX_LENGTH:
        raise invalid("password", f"最长 {MAX_LENGTH} 个字符", f"at most {MAX_LENGTH} characters")
    return cleaned


def _username(value: str) -> str:
    """`value` as it is typed at every sign-in: what people see as one word; Invalid otherwise."""
    try:
        cleaned = not_blank(clean_text(value.strip(" ")))
    except Unfit:
        cleaned = ""
    if not 0 < len(cleaned) <= MAX_USERNAME or any(character.isspace() for character in cleaned):
        raise invalid(
            "username", "用户名须为 1 至 64 个字符，不含空格", "a user name has 1 to 64 characters and no spaces"
        )
    return cleaned


def _shown_name(value: str) -> str:
    try:
        return _LINE.validate_python(clean_text(value))
    except ValueError:
        raise invalid("name", "姓名须为一行，最多 200 个字符", "a name is one line of at most 200 characters") from None


def check_password(database: Database, username: str, password: str) -> Staff:
    """The account that name and password open; WrongCredentials whatever of the two was wrong, Busy under a burst.

    Holds neither a transaction nor a connection while the hash is worked out, which takes its time.
    """
    with database.read() as session:
        staff = session.execute(select(Staff).where(Staff.username == username, Staff.active)).scalar_one_or_none()
    if not verify_password(staff.password_hash if staff else None, password) or staff is None:
        raise WrongCredentials()
    return staff


def sign_in(session: Session, clock: Clock, checked: Staff) -> tuple[str, Credential]:
    """The secret and the credential of a new session for whom `check_password` found.

    WrongCredentials if the account was closed or got another password in between.
    """
    staff = session.execute(
        select(Staff).where(Staff.id == checked.id, Staff.active, Staff.password_hash == checked.password_hash)
    ).scalar_one_or_none()
    if staff is None:
        raise WrongCredentials()
    return _issue(session, clock, staff, kind="session", label="sign-in", lasts=SESSION_LASTS)


def create_token(
    session: Session,
    clock: Clock,
    username: str,
    label: str,
    *,
    permissions: Collection[Permission] | None = None,
    per_day: int | None = None,
    lasts: timedelta = TOKEN_LASTS,
) -> tuple[str, Credential]:
    """The secret and the credential of a new API token that acts as `username`; NotFound without that account."""
    staff = session.execute(select(Staff).where(Staff.username == username, Staff.active)).scalar_one_or_none()
    if staff is None:
        raise NotFound("没有这个用户", "there is no such user")
    return _issue(
        session, clock, staff, kind="token", label=label, lasts=lasts, permissions=permissions, per_day=per_day
    )


def account_actor(session: Session, username: str) -> Actor:
    """Who works at the terminal as `username`, with all that the account may do; NotFound without that account."""
    staff = session.execute(select(Staff).where(Staff.username == username, Staff.active)).scalar_one_or_none()
    if staff is None:
        raise NotFound("没有这个用户", "there is no such user")
    return Actor(staff.id, staff.name, staff.role, staff.office_id, ROLE_PERMISSIONS[Role(staff.role)])


def close_account(session: Session, username: str) -> None:
    """Nobody gets in as `username` any more, with a password, a session or a token; NotFound without that account."""
    closed = update(Staff).where(Staff.username == username).values(active=False).returning(Staff.id)
    if session.execute(closed).first() is None:
        raise NotFound("没有这个用户", "there is no such user")


def list_tokens(session: Session, clock: Clock) -> list[tuple[Credential, str]]:
    """The API tokens that still open something, oldest first, each with the name of the account it acts as."""
    rows = session.execute(
        select(Credential, Staff.username)
        .join(Staff, Staff.id == Credential.staff_id)
        .where(
            Credential.kind == "token",
            Credential.revoked_at.is_(None),
            Credential.expires_at > clock.now(),
            Staff.active,
        )
        .order_by(Credential.id)
    )
    return [(credential, username) for credential, username in rows]


def revoke_token(session: Session, clock: Clock, token_id: str) -> None:
    """End the API token with this id; NotFound if there is none or it was revoked before."""
    revoked = (
        update(Credential)
        .where(Credential.id == token_id, Credential.kind == "token", Credential.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .returning(Credential.id)
    )
    if session.execute(revoked).first() is None:
        raise NotFound("没有这个令牌", "there is no such token")


def forget_old_credentials(session: Session, clock: Clock) -> int:
    """Drop the sessions and tokens that expired more than 30 days ago; how many."""
    old = delete(Credential).where(Credential.expires_at < clock.now() - KEPT_AFTER_EXPIRY)
    return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def sign_out(session: Session, clock: Clock, secret: str) -> None:
    """End the session or token behind `secret`."""
    session.execute(
        update(Credential)
        .where(Credential.secret_sha256 == _digest(secret), Credential.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def end_sessions(session: Session, clock: Clock) -> int:
    """End every staff session that is open; how many. API tokens stay."""
    open_ones = update(Credential).where(Credential.kind == "session", Credential.revoked_at.is_(None))
    return int(session.execute(open_ones.values(revoked_at=clock.now())).rowcount)  # type: ignore[attr-defined]


def find_presented(session: Session, now: datetime, secret: str) -> Presented | None:
    """Who presents `secret`, and with what; None if it is unknown, over, revoked or its account is closed."""
    found = session.execute(_PRESENTED, {"digest": _digest(secret)}).first()
    if found is None or found.expires_at <= now:
        return None
    permissions = ROLE_PERMISSIONS[Role(found.role)]
    if found.permissions is not None:
        # What an earlier version knew and this one does not is no permission any more.
        permissions &= {permission for permission in Permission if permission.value in found.permissions}
    actor = Actor(found.staff_id, found.name, found.role, found.office_id, permissions)
    return Presented(actor, found.id, found.per_day)


def _issue(
    session: Session,
    clock: Clock,
    staff: Staff,
    *,
    kind: str,
    label: str,
    lasts: timedelta,
    permissions: Collection[Permission] | None = None,
    per_day: int | None = None,
) -> tuple[str, Credential]:
    secret = "sl_" + secrets.token_urlsafe(32)
    credential = Credential(
        id=new_id(clock),
        secret_sha256=_digest(secret),
        kind=kind,
        label=label,
        staff_id=staff.id,
        permissions=None if permissions is None else sorted(p.value for p in permissions),
        per_day=per_day,
        created_at=clock.now(),
        expires_at=clock.now() + lasts,
    )
    session.add(credential)
    session.flush()
    return secret, credential


def _digest(secret: str) -> bytes:
    # A plain hash is enough: the secret has 256 random bits, there is nothing to guess.
    return hashlib.sha256(secret.encode()).digest()
