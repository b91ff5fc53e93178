"""Keys that were replaced or revoked, incarnations that came back, and a trail of what was done to a node."""

import sqlalchemy as sa
from alembic import op

from app.kernel import columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sync_node", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revoked", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("sync_node", schema=None) as batch_op:
        batch_op.alter_column("revoked", server_default=None)
    op.create_table(
        "sync_key",
        sa.Column("node", sa.String(63), nullable=False),
        sa.Column("public_key", sa.LargeBinary(32), nullable=False),
        sa.Column("key_id", sa.String(73), nullable=False),
        sa.Column("statement", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("node", "public_key", name=op.f("pk_sync_key")),
    )
    op.execute(
        sa.text(
            "INSERT INTO sync_key (node, public_key, key_id, statement)"
            " SELECT node, public_key, key_id, statement FROM sync_node"
        )
    )
    op.create_table(
        "sync_incarnation",
        sa.Column("peer", sa.String(63), nullable=False),
        sa.Column("inc", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("heard_at", columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("fenced_at", columns.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("peer", "inc", name=op.f("pk_sync_incarnation")),
    )
    op.create_table(
        "node_act",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(73), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node_act")),
    )
    op.create_index(op.f("ix_node_act_at"), "node_act", ["at"])


def downgrade() -> None:
    op.drop_table("node_act")
    op.drop_table("sync_incarnation")
    op.drop_table("sync_key")
    with op.batch_alter_table("sync_node", schema=None) as batch_op:
        batch_op.drop_column("revoked")
