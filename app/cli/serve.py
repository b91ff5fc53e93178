"""`sanlian serve`: serve this node over HTTP."""

from typing import Annotated

import typer

from app.cli.console import Refusal, open_database, settings


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; by default SANLIAN_HOST.")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; by default SANLIAN_PORT.")] = 0,
) -> None:
    """Serve this node. Ctrl-C or SIGTERM finishes what is under way, then stops."""
    import uvicorn

    from app.kernel import log
    from app.main import create_app

    found = settings()
    with open_database(found):
        pass  # says what is missing before anything listens
    log.configure(found.log_level, found.log_dir)
    config = uvicorn.Config(
        create_app(found),
        host=host or found.host,
        port=port or found.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        limit_concurrency=500,
    )
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        raise Refusal(
            f"Cannot listen on {config.host}:{config.port}.", "Is the port in use? Choose another with --port."
        )
