"""Reconciliation statements that a node and its parent have signed."""

import sqlalchemy as sa
from alembic import op

from app.kernel import columns

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sync_statement",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("parent", sa.String(63), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("differing", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_statement")),
    )
    op.create_index(op.f("ix_sync_statement_day"), "sync_statement", ["day"])


def downgrade() -> None:
    op.drop_table("sync_statement")
