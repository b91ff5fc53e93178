"""`sanlian token`: bearer tokens for API clients."""

from datetime import timedelta
from typing import Annotated

import typer

from app.cli.console import Refusal, console, open_database, settings
from app.kernel.actor import Permission

app = typer.Typer(no_args_is_help=True, help="Bearer tokens for API clients.")


@app.command("create")
def create(
    username: Annotated[str, typer.Argument(help="The staff account the client acts as.")],
    label: Annotated[str, typer.Option(help="What the token is for.")] = "api",
    days: Annotated[int, typer.Option(min=1, max=3660, help="Days until it ends.")] = 365,
    permission: Annotated[
        list[Permission] | None,
        typer.Option("--permission", "--scope", help="Narrow the token to this; may be given more than once."),
    ] = None,
    per_day: Annotated[
        int | None, typer.Option(min=1, max=2**31 - 1, help="Requests in a day of the office; by default any number.")
    ] = None,
) -> None:
    """Create a token and print it once; only its hash is kept."""
    from app.auth.service import create_token
    from app.kernel.clock import SystemClock
    from app.kernel.problems import Problem

    with open_database(settings()) as database, database.write() as session:
        try:
            secret, credential = create_token(
                session,
                SystemClock(),
                username,
                label,
                permissions=permission or None,
                per_day=per_day,
                lasts=timedelta(days=days),
            )
        except Problem:
            raise Refusal(f"There is no user {username!r}.", "Add one with `sanlian user add`.") from None
    # After the commit: whoever reads only the first line (`| head -1`) must not undo what it names.
    console.print(secret, highlight=False, soft_wrap=True)
    console.print(f"valid until {credential.expires_at:%Y-%m-%d}; it is not shown again", style="dim")


@app.command("list")
def list_() -> None:
    """List the tokens that still open something: id, account, last day, use of today, permissions, label."""
    from app.auth.quotas import used_today
    from app.auth.service import list_tokens
    from app.kernel.clock import SystemClock

    clock = SystemClock()
    with open_database(settings()) as database, database.read() as session:
        used = used_today(session, clock)
        for credential, username in list_tokens(session, clock):
            quota = "any" if credential.per_day is None else f"{used.get(credential.id, 0)}/{credential.per_day} today"
            may = "all" if credential.permissions is None else ",".join(credential.permissions) or "nothing"
            until = f"{credential.expires_at:%Y-%m-%d}"
            line = f"{credential.id}  {username}  {until}  {quota}  {may}  {credential.label}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command("revoke")
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="The id that `sanlian token list` shows.")],
) -> None:
    """End a token at once."""
    from app.auth.service import revoke_token
    from app.kernel.clock import SystemClock
    from app.kernel.problems import Problem

    with open_database(settings()) as database, database.write() as session:
        try:
            revoke_token(session, SystemClock(), token_id)
        except Problem:
            raise Refusal(f"There is no token {token_id!r} to end.", "`sanlian token list` shows them.") from None
    console.print(f"revoked {token_id}", markup=False, highlight=False)
