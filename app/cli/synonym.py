"""`sanlian taxonomy synonym`: words that this node was taught."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import Refusal, console, open_database, settings
from app.taxonomy.terms import ConceptKind

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.kernel.actor import Actor
    from app.taxonomy.tables import Taxonomy

app = typer.Typer(no_args_is_help=True, help="Words that name a concept at this node alone.")

WHEN = "a running node takes it up within a minute (SANLIAN_HOUSEKEEPING_S)"
Account = Annotated[str, typer.Option("--as", metavar="USERNAME", help="The officer who decides; it is kept.")]


@app.command("add")
def add(
    word: Annotated[str, typer.Argument(help="As people here say it.")],
    concept: Annotated[str, typer.Argument(help="The id of what is meant: security-guard.")],
    username: Account,
    kind: Annotated[ConceptKind, typer.Option(help="What it names.")] = ConceptKind.OCCUPATION,
    note: Annotated[str, typer.Option(help="Who says so, and where.")] = "",
) -> None:
    """Let a word name a concept; refused if it names one already."""
    from pydantic import ValidationError

    from app.kernel.clock import SystemClock
    from app.taxonomy.schemas import SynonymIn
    from app.taxonomy.synonyms import add_synonym

    try:
        entered = SynonymIn(kind=kind, word=word, concept=concept, note=note)
    except ValidationError as error:
        from app.kernel.responses import malformed

        raise Refusal("; ".join(f"{fault.field}: {fault.en}" for fault in malformed(error.errors()).errors)) from None
    with _officer(username) as (session, actor, taxonomy):
        made = add_synonym(session, actor, SystemClock(), taxonomy, entered)
    console.print(f"{made.word} names {made.concept}: {made.id}; {WHEN}", markup=False, highlight=False, soft_wrap=True)


@app.command("list")
def list_() -> None:
    """List the words in use: id, kind, word, concept, since when, note."""
    from app.taxonomy.synonyms import in_use

    with open_database(settings()) as database, database.read() as session:
        rows = session.scalars(in_use()).all()
    if not rows:
        console.print("this node was taught no words")
    for row in rows:
        line = f"{row.id}  {row.kind}  {row.word}  {row.concept}  {row.added_at:%Y-%m-%d}  {row.note}".rstrip()
        console.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command("remove")
def remove(
    synonym_id: Annotated[str, typer.Argument(metavar="ID", help="The id that `list` shows.")], username: Account
) -> None:
    """Take a word back."""
    from app.kernel.clock import SystemClock
    from app.taxonomy.synonyms import remove_synonym

    with _officer(username) as (session, actor, taxonomy):
        gone = remove_synonym(session, actor, SystemClock(), taxonomy, synonym_id)
    console.print(f"{gone.word} no longer names {gone.concept}; {WHEN}", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _officer(username: str) -> "Iterator[tuple[Session, Actor, Taxonomy]]":
    """A transaction of somebody who may teach words; what is refused in it becomes a Refusal."""
    from app.auth.service import account_actor
    from app.kernel import log
    from app.kernel.actor import Permission
    from app.kernel.problems import Problem
    from app.taxonomy.shipped import load_shipped

    log.configure("warning")  # the row says who and when; the served node's log is not this process's to write
    with open_database(settings()) as database:
        try:
            with database.write() as session:
                actor = account_actor(session, username)
                if Permission.SYNONYM_WRITE not in actor.permissions:
                    raise Refusal(f"{username} may not teach words.", "It takes an officer or an administrator.")
                yield session, actor, load_shipped().for_node()
        except Problem as problem:
            raise Refusal(": ".join(filter(None, (problem.en, problem.detail_en)))) from None
