"""local synonym."""

import sqlalchemy as sa
from alembic import op

from app.kernel import columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "local_synonym",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("word", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=240), nullable=False),
        sa.Column("concept", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("added_by", sa.String(length=36), nullable=False),
        sa.Column("office_id", sa.String(length=36), nullable=False),
        sa.Column("added_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("removed_by", sa.String(length=36), nullable=True),
        sa.Column("removed_at", columns.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('occupation', 'skill', 'certificate')", name=op.f("ck_local_synonym_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_synonym")),
    )
    with op.batch_alter_table("local_synonym", schema=None) as batch_op:
        batch_op.create_index(
            "uq_local_synonym_in_use",
            ["kind", "key"],
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("local_synonym", schema=None) as batch_op:
        batch_op.drop_index("uq_local_synonym_in_use")
    op.drop_table("local_synonym")
