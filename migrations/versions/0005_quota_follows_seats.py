"""Whether somebody set the referral quota, or it follows the seats."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("vacancy", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_quota_set", sa.Boolean(), nullable=False, server_default=sa.true()))
    # What is just the default was most likely never set.
    op.execute(sa.text("UPDATE vacancy SET is_quota_set = :no WHERE referral_quota = seats * 5").bindparams(no=False))
    with op.batch_alter_table("vacancy", schema=None) as batch_op:
        batch_op.alter_column("is_quota_set", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("vacancy", schema=None) as batch_op:
        batch_op.drop_column("is_quota_set")
