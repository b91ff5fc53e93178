"""The node of the route tests, which odd batches are pushed to, and nodes with parents that answer oddly."""

from tests.routes.conftest import node, postgresql_city, postgresql_city_url, sqlite_city, sqlite_city_url
from tests.service.conftest import (
    network,
    new_database,
    postgresql_nodes,
    sqlite_node_template,
    sqlite_nodes,
)

__all__ = [
    "network",
    "new_database",
    "node",
    "postgresql_city",
    "postgresql_city_url",
    "postgresql_nodes",
    "sqlite_city",
    "sqlite_city_url",
    "sqlite_node_template",
    "sqlite_nodes",
]
