"""`sanlian serve`: serve this node over HTTP."""

import fcntl
import gc
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import Refusal, open_database, settings

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from app.kernel.clock import Clock
    from app.settings import Settings


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; by default SANLIAN_HOST.")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, show_default=False, help="Port; by default SANLIAN_PORT.")] = 0,
) -> None:
    """Serve this node. Ctrl-C or SIGTERM finishes what is under way, then stops."""
    run(settings(), host, port)


def run(found: "Settings", host: str = "", port: int = 0, clock: "Clock | None" = None) -> None:
    """Serve the node of these settings until the process is told to stop; by `clock` instead of the machine's."""
    import structlog
    import uvicorn

    from app.exchange.identity import KeyFileUnusable, NoNode
    from app.kernel import log
    from app.kernel.connection import BoundedConnection
    from app.main import create_app
    from app.sync.link import UnusableAddress

    with open_database(found):
        pass  # says what is missing before anything listens
    folder = hold_folder(found.dir)
    address, number = host or found.host, port or found.port
    listener = _listen(address, number)  # before the node is opened: who cannot listen draws no incarnation
    log.configure(found.log_level, found.log_dir)
    try:
        application = create_app(found, clock)
    except NoNode:
        listener.close()
        raise Refusal(f"There is no node in {found.dir}.", "Create one with `sanlian init`.") from None
    except KeyFileUnusable as error:
        listener.close()
        raise Refusal(str(error), "`sanlian doctor` looks at the rest of the installation.") from None
    except UnusableAddress as error:
        listener.close()
        raise Refusal(str(error), error.way_out) from None
    config = uvicorn.Config(
        application,
        http=BoundedConnection,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        limit_concurrency=500,
    )
    gc.freeze()  # what was made until now lives as long as the process
    structlog.get_logger(__name__).info("listening", address=address, port=listener.getsockname()[1])
    _server(config, application).run(sockets=[listener])
    os.close(folder)


def _server(config: "uvicorn.Config", application: "FastAPI") -> "uvicorn.Server":
    """A server that ends the waiting of long polls before it waits for their answers: a stop must not take so long."""
    import uvicorn

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            for bell in (application.state.feed_bell, application.state.copies.commits):
                bell.ring_out()
            await super().shutdown(sockets)

    return Server(config)


def hold_folder(folder: Path) -> int:
    """Hold the node's folder as long as this process lives; Refusal if another process serves it. A descriptor."""
    descriptor = os.open(folder / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Refusal(
            f"The node in {folder} is served already.", "Stop that process first: `fuser` names it on the lock file."
        ) from None
    return descriptor


def _listen(host: str, port: int) -> socket.socket:
    """A socket bound to `host` and `port`; Refusal if they are not to be had."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            # A server that was just stopped may be started again at once.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(where)
            listener.listen(2048)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise Refusal(
            f"Cannot listen on {host}:{port}: {error.strerror}.",
            "If the port is in use, choose another with --port or SANLIAN_PORT.",
        ) from None
    return listener
