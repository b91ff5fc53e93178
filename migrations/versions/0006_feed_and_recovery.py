"""The way down and recovery: cursors in more directions, what a sweep came by, what this node vouches for.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sync_peer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sub", sa.String(16), nullable=False, server_default=""))
        batch_op.alter_column("dir", existing_type=sa.String(3), type_=sa.String(5))
        batch_op.drop_constraint(op.f("ck_sync_peer_dir"), type_="check")
        batch_op.create_check_constraint(op.f("ck_sync_peer_dir"), "dir IN ('in', 'out', 'feed', 'sweep', 'owned')")
    with op.batch_alter_table("sync_peer", schema=None) as batch_op:
        batch_op.alter_column("sub", server_default=None)
    with op.batch_alter_table("sync_meta", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confirmed", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("current", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("sync_meta", schema=None) as batch_op:
        for name in ("confirmed", "current"):
            batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table("sync_record", schema=None) as batch_op:
        batch_op.create_index("ix_sync_record_origin_via_seq", ["origin", "via", "seq"])
    op.create_table(
        "sync_seen",
        sa.Column("origin", sa.String(63), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("rid", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("origin", "kind", "rid", name=op.f("pk_sync_seen")),
    )


def downgrade() -> None:
    op.drop_table("sync_seen")
    with op.batch_alter_table("sync_record", schema=None) as batch_op:
        batch_op.drop_index("ix_sync_record_origin_via_seq")
    with op.batch_alter_table("sync_meta", schema=None) as batch_op:
        for name in ("confirmed", "current"):
            batch_op.drop_column(name)
    op.execute(sa.text("DELETE FROM sync_peer WHERE dir NOT IN ('in', 'out')"))
    with op.batch_alter_table("sync_peer", schema=None) as batch_op:
        batch_op.drop_column("sub")
        batch_op.drop_constraint(op.f("ck_sync_peer_dir"), type_="check")
        batch_op.create_check_constraint(op.f("ck_sync_peer_dir"), "dir IN ('in', 'out')")
        batch_op.alter_column("dir", existing_type=sa.String(5), type_=sa.String(3))
