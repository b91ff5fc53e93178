"""changes of job seekers are numbered in the order of their commits."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    head = op.create_table(
        "job_seeker_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_job_seeker_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_seeker_head")),
    )
    with op.batch_alter_table("job_seeker", schema=None) as batch_op:
        batch_op.add_column(sa.Column("change_seq", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE job_seeker SET change_seq = numbered.number FROM "
        "(SELECT id, row_number() OVER (ORDER BY created_at, id) AS number FROM job_seeker) AS numbered "
        "WHERE numbered.id = job_seeker.id"
    )
    with op.batch_alter_table("job_seeker", schema=None) as batch_op:
        batch_op.alter_column("change_seq", server_default=None)
        batch_op.create_unique_constraint(batch_op.f("uq_job_seeker_change_seq"), ["change_seq"])
    taken = op.get_bind().scalar(sa.text("SELECT count(*) FROM job_seeker"))
    op.bulk_insert(head, [{"id": 1, "head": taken}])


def downgrade() -> None:
    with op.batch_alter_table("job_seeker", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_job_seeker_change_seq"), type_="unique")
        batch_op.drop_column("change_seq")
    op.drop_table("job_seeker_head")
