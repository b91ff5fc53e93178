"""The nodes of the service tests, on both kinds of database."""

from tests.service.conftest import (  # noqa: F401  # fixtures, found by their names
    city,
    network,
    new_database,
    postgresql_nodes,
    sqlite_node_template,
    sqlite_nodes,
)
