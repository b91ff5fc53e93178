"""The demo accounts: a clerk, an officer and an admin at every node, with a password and an API token each.

They stand in `DIR/demo/credentials.json`, readable by its owner alone. A password is written there before the
account is made, so that no account exists whose password nobody knows.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from app.auth.roles import Role
from app.auth.service import add_staff, create_token
from app.cli.network.plan import NodePlan
from app.kernel.clock import SystemClock
from app.kernel.db import Database
from app.kernel.problems import Conflict
from app.regions.queries import own_office

NOTE = "Demo accounts of a local network with fictitious data. Never use them elsewhere."


@dataclass(frozen=True)
class Account:
    """One demo account. `password` is empty if the file was lost and the account remained."""

    node: str
    url: str
    role: str
    username: str
    password: str
    token: str = ""


class Credentials:
    """The accounts of all nodes, kept in the file."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / "demo" / "credentials.json"
        self._accounts: dict[str, Account] = {a.username: a for a in self._read()}

    def ensure(self, plan: NodePlan, database: Database) -> None:
        """See to it that the node has its three accounts, each with a token that is known here."""
        for role in Role:
            username = f"{plan.node}-{role}"
            account = self._accounts.get(username)
            if account is None:
                password = secrets.token_urlsafe(12)
                account = self._keep(Account(plan.node, plan.url, str(role), username, password))
                if not _is_added(database, account):
                    account = self._keep(replace(account, password=""))
            elif not account.token:
                _is_added(database, account)  # cut short between the two: the password is in the file
            if not account.token:
                account = replace(account, token=_new_token(database, username))
            self._keep(replace(account, url=plan.url))

    def of(self, node: str) -> dict[str, Account]:
        """The accounts of a node by role."""
        return {a.role: a for a in self._accounts.values() if a.node == node}

    def _keep(self, account: Account) -> Account:
        if self._accounts.get(account.username) != account:
            self._accounts[account.username] = account
            self._write()
        return account

    def _read(self) -> list[Account]:
        try:
            found: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
            return [Account(**account) for account in found["accounts"]]
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return []  # lost or damaged: tokens are made anew, passwords cannot be

    def _write(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        draft = self.file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        content = {"note": NOTE, "accounts": [asdict(account) for account in self._accounts.values()]}
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=2)
            file.write("\n")
        draft.replace(self.file)


def _is_added(database: Database, account: Account) -> bool:
    """Whether the account was made; False if there was one of this name."""
    try:
        with database.write() as session:
            add_staff(
                session,
                SystemClock(),
                username=account.username,
                name=account.username,
                role=Role(account.role),
                office_id=own_office(session).id,
                password=account.password,
            )
    except Conflict:
        return False
    return True


def _new_token(database: Database, username: str) -> str:
    with database.write() as session:
        secret, _ = create_token(session, SystemClock(), username, "local network")
    return secret
