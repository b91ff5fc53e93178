"""Forgetting what has ended: horizons, where the reading of a feed began, and what has ended by its number."""

import sqlalchemy as sa
from alembic import op

from app.kernel import columns

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ENDED = sa.text("op IN ('D', 'X')")


def upgrade() -> None:
    with op.batch_alter_table("sync_peer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("began", _BIG, nullable=False, server_default="0"))
    with op.batch_alter_table("sync_peer", schema=None) as batch_op:
        batch_op.alter_column("began", server_default=None)
    op.create_table(
        "sync_horizon",
        sa.Column("at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("seq", _BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("at", "seq", name=op.f("pk_sync_horizon")),
    )
    op.create_index("ix_sync_record_ended", "sync_record", ["seq"], sqlite_where=_ENDED, postgresql_where=_ENDED)


def downgrade() -> None:
    op.drop_index("ix_sync_record_ended", "sync_record")
    op.drop_table("sync_horizon")
    with op.batch_alter_table("sync_peer", schema=None) as batch_op:
        batch_op.drop_column("began")
