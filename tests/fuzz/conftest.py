"""The node of the route tests, which odd batches are pushed to."""

from tests.routes.conftest import node

__all__ = ["node"]
