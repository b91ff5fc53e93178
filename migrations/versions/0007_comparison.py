"""What the last comparison with a peer found."""

import sqlalchemy as sa
from alembic import op

from app.kernel import columns

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sync_comparison",
        sa.Column("peer", sa.String(length=63), nullable=False),
        sa.Column("at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("differing_buckets", sa.Integer(), nullable=False),
        sa.Column("differing_records", sa.Integer(), nullable=False),
        sa.Column("agreed_at", columns.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("peer", name=op.f("pk_sync_comparison")),
    )


def downgrade() -> None:
    op.drop_table("sync_comparison")
