"""Accounts that are closed, tokens that are revoked, and what housekeeping forgets."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from app.auth import passwords
from app.auth.models import Credential, Staff
from app.auth.quotas import Quotas
from app.auth.roles import Role
from app.auth.service import (
    WrongCredentials,
    add_staff,
    check_password,
    close_account,
    create_token,
    find_presented,
    forget_old_credentials,
    list_tokens,
    revoke_token,
    sign_in,
)
from app.cli import token, user
from app.exchange.models import EnrolmentCode
from app.kernel.actor import Permission
from app.kernel.clock import Clock, SystemClock
from app.kernel.db import Database
from app.kernel.problems import NotFound
from app.main import _housekeeping
from app.regions.service import create_office
from app.regions.shipped import load_shipped
from app.settings import Settings
from app.taxonomy.shipped import load_shipped as load_taxonomy
from tests.fakes import FakeClock

PASSWORD = "a long pass phrase"


def add(database: Database, clock: Clock, *names: str) -> None:
    with database.write() as session:
        office = create_office(session, clock, load_shipped(), "440104003")
        for name in names:
            add_staff(session, clock, username=name, name=name, role=Role.CLERK, office_id=office.id, password=PASSWORD)


def issue(database: Database, clock: Clock, name: str, label: str = "api", **lasts: float) -> tuple[str, str]:
    """The secret and the id of a new token."""
    with database.write() as session:
        secret, credential = create_token(session, clock, name, label, lasts=timedelta(**lasts or {"days": 365}))
        return secret, credential.id


def test_the_hash_for_nobody_is_as_dear_to_verify_as_anybodys() -> None:
    assert not passwords._hasher.check_needs_rehash(passwords._NOBODY)
    assert not passwords.verify_password(None, "nobody has this password")


def opens(database: Database, clock: Clock, secret: str) -> bool:
    with database.read() as session:
        return find_presented(session, clock.now(), secret) is not None


def test_a_closed_account_opens_nothing_any_more_and_the_others_do(database: Database, clock: FakeClock) -> None:
    add(database, clock, "wang", "li")
    checked = check_password(database, "wang", PASSWORD)
    with database.write() as session:
        session_secret, _ = sign_in(session, clock, checked)
    secrets = [session_secret, issue(database, clock, "wang")[0], issue(database, clock, "li")[0]]
    assert [opens(database, clock, secret) for secret in secrets] == [True, True, True]
    with database.write() as session:
        close_account(session, "wang")
    assert [opens(database, clock, secret) for secret in secrets] == [False, False, True]
    with pytest.raises(WrongCredentials):
        check_password(database, "wang", PASSWORD)
    check_password(database, "li", PASSWORD)
    with database.write() as session, pytest.raises(NotFound):
        close_account(session, "nobody")


def test_the_list_has_the_tokens_that_open_something_and_a_revoked_one_ends(
    database: Database, clock: FakeClock
) -> None:
    add(database, clock, "wang", "li", "gone")
    kept, kept_id = issue(database, clock, "wang", "kept")
    ended, ended_id = issue(database, clock, "li", "ended")
    issue(database, clock, "li", "short", minutes=1)
    issue(database, clock, "gone", "closed")
    checked = check_password(database, "wang", PASSWORD)
    with database.write() as session:
        _, signed_in = sign_in(session, clock, checked)
        session.flush()
        close_account(session, "gone")
        revoke_token(session, clock, ended_id)
    clock.advance(minutes=1)
    with database.read() as session:
        found = [(credential.id, username, credential.label) for credential, username in list_tokens(session, clock)]
    assert found == [(kept_id, "wang", "kept")]
    assert [opens(database, clock, secret) for secret in (kept, ended)] == [True, False]
    for none in (ended_id, signed_in.id, "none"):
        with database.write() as session, pytest.raises(NotFound):
            revoke_token(session, clock, none)


def test_credentials_are_forgotten_thirty_days_after_their_end(database: Database, clock: FakeClock) -> None:
    add(database, clock, "wang")
    issue(database, clock, "wang", "short", days=1)
    issue(database, clock, "wang", "long", days=100)
    for days, forgotten in ((31, 0), (1, 1), (1, 0)):
        clock.advance(days=days)
        with database.write() as session:
            assert forget_old_credentials(session, clock) == forgotten
    with database.read() as session:
        assert session.scalars(select(Credential.label)).all() == ["long"]


def test_housekeeping_forgets_credentials_and_enrolment_codes(
    database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    add(database, clock, "wang")
    issue(database, clock, "wang", days=1)
    with database.write() as session:
        for number, hours in enumerate((-25, -25, -23, 1)):
            session.add(
                EnrolmentCode(
                    code_sha256=bytes([number]) * 32,
                    node="beijing",
                    tier="street",
                    region="440104003",
                    expires_at=clock.now() + timedelta(hours=hours),
                    used_at=clock.now() - timedelta(hours=26) if number == 0 else None,
                )
            )
    taxonomy = load_taxonomy().for_node()
    housekeeping = _housekeeping(Settings.model_validate({"dir": tmp_path}), database, clock, taxonomy)

    def left() -> tuple[int, int]:
        housekeeping.run_once()
        with database.read() as session:
            return len(session.scalars(select(EnrolmentCode)).all()), len(session.scalars(select(Credential)).all())

    assert left() == (2, 1)
    clock.advance(days=32)
    assert left() == (0, 0)


def test_the_terminal_closes_accounts_and_lists_and_revokes_tokens(
    database_url: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANLIAN_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database_url)
    clock = SystemClock()
    add(database, clock, "wang", "li")
    (_, ended), (secret, kept) = issue(database, clock, "wang", "[import]"), issue(database, clock, "li", "b")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(token.app if arguments[0] in ("list", "revoke") else user.app, [*arguments])

    listed = run("list")
    assert (listed.exit_code, [line.split()[:2] for line in listed.stdout.splitlines()]) == (
        0,
        [[ended, "wang"], [kept, "li"]],
    )
    assert "[import]" in listed.stdout
    assert secret not in listed.stdout
    assert run("revoke", ended).exit_code == 0
    assert [line.split()[0] for line in run("list").stdout.splitlines()] == [kept]
    assert "no token" in str(run("revoke", ended).exception)
    assert run("disable", "li").exit_code == 0
    assert run("list").stdout == ""
    assert not opens(database, clock, secret)
    with database.read() as session:
        assert session.scalars(select(Staff.username).where(Staff.active)).all() == ["wang"]
    assert "no user" in str(run("disable", "nobody").exception)


def test_the_terminal_makes_a_token_with_scopes_and_a_quota_and_shows_both(
    database_url: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANLIAN_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database_url)
    clock = SystemClock()
    add(database, clock, "wang")
    scopes = ["--scope", "vacancy:read", "--scope", "match:read"]
    made = CliRunner().invoke(token.app, ["create", "wang", *scopes, "--per-day", "5", "--label", "kiosk"])
    assert made.exit_code == 0
    secret = made.stdout.splitlines()[0]
    with database.read() as session:
        presented = find_presented(session, clock.now(), secret)
    assert presented is not None
    assert presented.per_day == 5
    assert presented.actor.permissions == {Permission.VACANCY_READ, Permission.MATCH_READ}
    counts = Quotas(database, clock)
    with database.read() as session:
        counts.take(session, presented.credential_id, 5)
    counts.stop()
    listed = CliRunner().invoke(token.app, ["list"]).stdout
    assert listed.split()[3:] == ["1/5", "today", "match:read,vacancy:read", "kiosk"]
    assert CliRunner().invoke(token.app, ["create", "wang", "--per-day", "0"]).exit_code == 2
