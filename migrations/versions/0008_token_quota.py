"""How often an API token may be used in a day, and was."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.add_column(sa.Column("per_day", sa.Integer(), nullable=True))
    op.create_table(
        "token_use",
        sa.Column("credential_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["credential.id"],
            name=op.f("fk_token_use_credential_id_credential"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("credential_id", "day", name=op.f("pk_token_use")),
    )


def downgrade() -> None:
    op.drop_table("token_use")
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.drop_column("per_day")
