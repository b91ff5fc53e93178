"""The node of the route tests, which odd batches are pushed to, and nodes with parents that answer oddly."""

from tests.routes.conftest import node
from tests.service.conftest import (
    free_postgresql_nodes,
    network,
    new_database,
    postgresql_nodes,
    sqlite_node_template,
    sqlite_nodes,
)

__all__ = [
    "free_postgresql_nodes",
    "network",
    "new_database",
    "node",
    "postgresql_nodes",
    "sqlite_node_template",
    "sqlite_nodes",
]
