"""Whether the ports of the network are free, and where there is room if not."""

import errno
import socket
from collections.abc import Iterable

from app.cli.console import Refusal
from app.cli.network.plan import HOST, NodePlan

MAX_PORT = 65535
_STEP = 100


def check_ports(nodes: Iterable[NodePlan]) -> None:
    """Refusal naming every port that is in use and a base port from which all are free."""
    nodes = list(nodes)
    if nodes[-1].port > MAX_PORT:
        raise Refusal(f"Port {nodes[-1].port} does not exist.", "Choose a lower --base-port.")
    taken = [node for node in nodes if not _is_free(node.port)]
    if taken:
        named = ", ".join(f"{node.port} (for {node.name} {node.node})" for node in taken)
        base = _free_base(nodes)
        raise Refusal(
            f"Port in use: {named}.",
            f"Start on other ports with --base-port {base} (make run PORT={base}),"
            " or stop what listens there: is another network running?",
        )


def _free_base(nodes: list[NodePlan]) -> int:
    offsets = [node.port - nodes[0].port for node in nodes]
    candidates = range(nodes[0].port + _STEP, MAX_PORT - offsets[-1], _STEP)
    return next((b for b in candidates if all(_is_free(b + offset) for offset in offsets)), 20000)


def _is_free(port: int) -> bool:
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: TIME_WAIT is no use
        try:
            sock.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise Refusal(f"Port {port} cannot be used: {error.strerror}.", "Choose another --base-port.") from None
    return True
