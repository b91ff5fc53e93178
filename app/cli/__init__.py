"""The terminal's door: `sanlian VERB`. One file per verb; each imports what it needs when it runs: --help is fast."""

import gc
import os

import typer

from app.cli.console import Refusal, say_refusal

app = typer.Typer(
    name="sanlian",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Sanlian 三联: a public labour market on three linked levels. Settings come from the environment "
    "(SANLIAN_DIR, SANLIAN_PORT, DATABASE_URL …; docs/settings.md has all of them).",
)


def _register() -> None:
    from app.cli import (
        backup,
        doctor,
        enrol,
        import_vacancies,
        init,
        keys,
        match,
        migrate,
        network,
        quarantine,
        regions,
        restore,
        serve,
        sync,
        taxonomy,
        token,
        user,
    )

    app.command("serve")(serve.serve)
    app.command("init")(init.init)
    app.command("enrol")(enrol.enrol)
    app.command("migrate")(migrate.migrate)
    app.command("doctor")(doctor.doctor)
    app.command("backup")(backup.backup)
    app.command("restore")(restore.restore)
    app.add_typer(user.app, name="user")
    app.add_typer(token.app, name="token")
    app.add_typer(network.app, name="network")
    app.add_typer(keys.app, name="keys")
    app.add_typer(quarantine.app, name="quarantine")
    app.add_typer(sync.app, name="sync")
    app.add_typer(regions.app, name="regions")
    app.add_typer(taxonomy.app, name="taxonomy")
    app.add_typer(match.app, name="match")
    app.add_typer(import_vacancies.app, name="import")


def main() -> None:
    """The entry point of `sanlian` and of `python -m app`."""
    gc.set_threshold(50_000, 20, 20)  # the hundred thousand objects of modules and tables are no garbage
    _register()
    os.umask(0o077)  # databases, keys and logs hold what is nobody else's business
    try:
        app()
    except Refusal as refusal:
        raise SystemExit(say_refusal(refusal)) from None


__all__ = ["app", "main"]
