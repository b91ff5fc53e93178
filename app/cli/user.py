"""`sanlian user`: the staff of this node."""

from typing import Annotated

import typer

from app.auth.roles import Role
from app.cli.console import Refusal, console, open_database, settings

app = typer.Typer(no_args_is_help=True, help="Staff accounts of this node.")


@app.command("add")
def add(
    username: Annotated[str, typer.Argument(help="The name to sign in with.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.CLERK,
    name: Annotated[str, typer.Option(help="The person's name as shown to colleagues.")] = "",
    office: Annotated[str, typer.Option(help="Office id; by default the node's own office.")] = "",
    password: Annotated[
        str,
        typer.Option(
            prompt=True,
            hide_input=True,
            confirmation_prompt=True,
            envvar="SANLIAN_PASSWORD",
            help="Asked for if absent.",
        ),
    ] = "",
) -> None:
    """Add a staff member."""
    from app.auth.service import add_staff
    from app.kernel.clock import SystemClock
    from app.kernel.problems import Problem
    from app.regions.queries import own_office

    with open_database(settings()) as database, database.write() as session:
        try:
            staff = add_staff(
                session,
                SystemClock(),
                username=username,
                name=name or username,
                role=role,
                office_id=office or own_office(session).id,
                password=password,
            )
        except Problem as problem:
            raise Refusal(problem.detail_en or problem.en) from None
    console.print(f"added {staff.username} ({staff.role})")


@app.command("disable")
def disable(username: Annotated[str, typer.Argument(help="The account to close.")]) -> None:
    """Close an account: its password, sessions and tokens open nothing from now on."""
    from app.auth.service import close_account
    from app.kernel.problems import Problem

    with open_database(settings()) as database, database.write() as session:
        try:
            close_account(session, username)
        except Problem:
            raise Refusal(f"There is no user {username!r}.") from None
    console.print(f"disabled {username}", markup=False, highlight=False)
