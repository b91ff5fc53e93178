"""first tables."""

import sqlalchemy as sa
from alembic import op

from app.kernel import columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrolment_code",
        sa.Column("code_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("node", sa.String(length=63), nullable=False),
        sa.Column("tier", sa.String(length=10), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("expires_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", columns.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_enrolment_code")),
    )
    op.create_table(
        "idempotent_answer",
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("request_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", columns.JsonText(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "key", name=op.f("pk_idempotent_answer")),
    )
    with op.batch_alter_table("idempotent_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotent_answer_created_at"), ["created_at"], unique=False)

    op.create_table(
        "listing",
        sa.Column("origin", sa.String(length=63), nullable=False),
        sa.Column("rid", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("occupation", sa.String(length=64), nullable=True),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("opened_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("received_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("body", columns.JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "rid", name=op.f("pk_listing")),
    )
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_listing_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index("ix_listing_newest", ["status", "opened_at", "origin", "rid"], unique=False)
        batch_op.create_index("ix_listing_occupation", ["status", "occupation", "opened_at"], unique=False)
        batch_op.create_index("ix_listing_place", ["status", "region_code", "opened_at"], unique=False)

    op.create_table(
        "office",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("tier", sa.String(length=10), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tier IN ('city', 'district', 'street', 'community')", name=op.f("ck_office_tier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office")),
        sa.UniqueConstraint("name", name=op.f("uq_office_name")),
    )
    with op.batch_alter_table("office", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_office_region_code"), ["region_code"], unique=False)

    op.create_table(
        "person_access",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("office_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.CheckConstraint("action IN ('read', 'create', 'change')", name=op.f("ck_person_access_action")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_access")),
    )
    with op.batch_alter_table("person_access", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_access_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_access_person_id_at"), ["person_id", "at"], unique=False)

    op.create_table(
        "region",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("parent", sa.String(length=12), nullable=True),
        sa.Column("tier", sa.String(length=10), nullable=False),
        sa.Column("city_code", sa.String(length=12), nullable=False),
        sa.Column("imported_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tier IN ('city', 'district', 'street', 'community')", name=op.f("ck_region_tier")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
    )
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_region_city_code"), ["city_code"], unique=False)

    op.create_table(
        "sync_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("head", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_sync_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_head")),
    )
    op.create_table(
        "sync_mark",
        sa.Column("mark", sa.String(length=16), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_sync_mark")),
    )
    with op.batch_alter_table("sync_mark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sync_mark_seq"), ["seq"], unique=False)

    op.create_table(
        "sync_meta",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("node", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("tier", sa.String(length=10), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("parent", sa.String(length=63), nullable=True),
        sa.Column("parent_url", sa.String(length=500), nullable=True),
        sa.Column("root_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("log_id", sa.String(length=32), nullable=False),
        sa.Column("inc", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recovering", sa.Boolean(), nullable=False),
        sa.Column("gc_floor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("proto", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_sync_meta_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_meta")),
    )
    op.create_table(
        "sync_node",
        sa.Column("node", sa.String(length=63), nullable=False),
        sa.Column("parent", sa.String(length=63), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("tier", sa.String(length=10), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("key_id", sa.String(length=73), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("statement", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_sync_node")),
    )
    with op.batch_alter_table("sync_node", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sync_node_parent"), ["parent"], unique=False)

    op.create_table(
        "sync_peer",
        sa.Column("peer", sa.String(length=63), nullable=False),
        sa.Column("dir", sa.String(length=3), nullable=False),
        sa.Column("stream", sa.String(length=8), nullable=False),
        sa.Column("log_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mark", sa.String(length=16), nullable=False),
        sa.Column("inc_seen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("updated_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("dir IN ('in', 'out')", name=op.f("ck_sync_peer_dir")),
        sa.PrimaryKeyConstraint("peer", "dir", "stream", name=op.f("pk_sync_peer")),
    )
    op.create_table(
        "sync_quarantine",
        sa.Column("peer", sa.String(length=63), nullable=False),
        sa.Column("origin", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("rid", sa.String(length=36), nullable=False),
        sa.Column("inc", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("ver", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("first_seen", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("peer", "origin", "kind", "rid", "inc", "ver", name=op.f("pk_sync_quarantine")),
    )
    op.create_table(
        "sync_record",
        sa.Column("origin", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("rid", sa.String(length=36), nullable=False),
        sa.Column("inc", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ver", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("op", sa.String(length=1), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=12), nullable=True),
        sa.Column("dst", sa.String(length=63), nullable=True),
        sa.Column("expires_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("sig", sa.LargeBinary(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=73), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("via", sa.String(length=63), nullable=True),
        sa.Column("applied_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("op IN ('P', 'D', 'E', 'X')", name=op.f("ck_sync_record_op")),
        sa.PrimaryKeyConstraint("origin", "kind", "rid", name=op.f("pk_sync_record")),
        sa.UniqueConstraint("seq", name=op.f("uq_sync_record_seq")),
    )
    with op.batch_alter_table("sync_record", schema=None) as batch_op:
        batch_op.create_index("ix_sync_record_kind_seq", ["kind", "seq"], unique=False)

    op.create_table(
        "sync_reject",
        sa.Column("peer", sa.String(length=63), nullable=False),
        sa.Column("origin", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("rid", sa.String(length=36), nullable=False),
        sa.Column("inc", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ver", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("peer", "origin", "kind", "rid", name=op.f("pk_sync_reject")),
    )
    op.create_table(
        "employer",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("office_id", sa.String(length=36), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("industry", sa.String(length=4), nullable=True),
        sa.Column("region_code", sa.String(length=12), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("contact_name", sa.String(length=200), nullable=True),
        sa.Column("contact_phone", sa.String(length=20), nullable=True),
        sa.Column("licence_seen_on", sa.Date(), nullable=True),
        sa.Column("agent_identity_seen_on", sa.Date(), nullable=True),
        sa.Column("mandate_seen_on", sa.Date(), nullable=True),
        sa.Column("sanctioned", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_employer_office_id_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employer")),
        sa.UniqueConstraint("uscc", name=op.f("uq_employer_uscc")),
    )
    with op.batch_alter_table("employer", schema=None) as batch_op:
        batch_op.create_index("ix_employer_office_id_name", ["office_id", "name"], unique=False)

    op.create_table(
        "job_seeker",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("office_id", sa.String(length=36), nullable=False),
        sa.Column("citizen_id", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("birth_on", sa.Date(), nullable=False),
        sa.Column("profile", columns.JsonText(), nullable=False),
        sa.Column("registration_number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("registration_number >= 1", name=op.f("ck_job_seeker_registration_number")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_job_seeker_office_id_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_seeker")),
        sa.UniqueConstraint("citizen_id", name=op.f("uq_job_seeker_citizen_id")),
    )
    with op.batch_alter_table("job_seeker", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_seeker_office_id_id"), ["office_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_seeker_office_id_name"), ["office_id", "name"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_seeker_office_id_phone"), ["office_id", "phone"], unique=False)

    op.create_table(
        "staff",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("office_id", sa.String(length=36), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('clerk', 'officer', 'admin')", name=op.f("ck_staff_role")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_staff_office_id_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("permissions", columns.JsonText(), nullable=True),
        sa.Column("created_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", columns.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('session', 'token')", name=op.f("ck_credential_kind")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_credential_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_credential_secret_sha256")),
    )
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credential_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "job_seeker_log",
        sa.Column("seeker_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("registration_number", sa.Integer(), nullable=False),
        sa.Column("at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=True),
        sa.Column("verb", sa.String(length=20), nullable=False),
        sa.Column("from_state", sa.String(length=10), nullable=True),
        sa.Column("to_state", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("fields", columns.JsonText(), nullable=False),
        sa.ForeignKeyConstraint(["seeker_id"], ["job_seeker.id"], name=op.f("fk_job_seeker_log_seeker_id_job_seeker")),
        sa.PrimaryKeyConstraint("seeker_id", "version", name=op.f("pk_job_seeker_log")),
    )
    op.create_table(
        "job_seeker_registration",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("seeker_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'active', 'frozen', 'employed', 'lapsed', 'cancelled')",
            name=op.f("ck_job_seeker_registration_state"),
        ),
        sa.ForeignKeyConstraint(
            ["seeker_id"], ["job_seeker.id"], name=op.f("fk_job_seeker_registration_seeker_id_job_seeker")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_seeker_registration")),
        sa.UniqueConstraint("seeker_id", "number", name=op.f("uq_job_seeker_registration_seeker_id_number")),
    )
    with op.batch_alter_table("job_seeker_registration", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_job_seeker_registration_state_valid_until"), ["state", "valid_until"], unique=False
        )

    op.create_table(
        "vacancy",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("office_id", sa.String(length=36), nullable=False),
        sa.Column("employer_id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=True),
        sa.Column("entered_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("content", columns.JsonText(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("referral_quota", sa.Integer(), nullable=False),
        sa.Column("referred_count", sa.Integer(), nullable=False),
        sa.Column("hired_count", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("is_published", sa.Boolean(), nullable=False),
        sa.Column("opened_at", columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('approved', 'closed_early', 'draft', 'expired', 'filled', 'frozen', 'open', 'paused', 'returned', 'submitted', 'taken_down', 'withdrawn')",
            name=op.f("ck_vacancy_state"),
        ),
        sa.CheckConstraint("seats >= 1", name=op.f("ck_vacancy_seats")),
        sa.ForeignKeyConstraint(["employer_id"], ["employer.id"], name=op.f("fk_vacancy_employer_id_employer")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_vacancy_office_id_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vacancy")),
        sa.UniqueConstraint("office_id", "reference", name=op.f("uq_vacancy_office_id_reference")),
    )
    with op.batch_alter_table("vacancy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vacancy_employer_id"), ["employer_id"], unique=False)
        batch_op.create_index("ix_vacancy_office_id_state", ["office_id", "state"], unique=False)
        batch_op.create_index("ix_vacancy_state_valid_until", ["state", "valid_until"], unique=False)

    op.create_table(
        "vacancy_log",
        sa.Column("vacancy_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verb", sa.String(length=16), nullable=False),
        sa.Column("from_state", sa.String(length=16), nullable=True),
        sa.Column("to_state", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=True),
        sa.Column("at", columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("article", sa.String(length=200), nullable=False),
        sa.Column("fields", columns.JsonText(), nullable=False),
        sa.ForeignKeyConstraint(["vacancy_id"], ["vacancy.id"], name=op.f("fk_vacancy_log_vacancy_id_vacancy")),
        sa.PrimaryKeyConstraint("vacancy_id", "version", name=op.f("pk_vacancy_log")),
    )


def downgrade() -> None:
    op.drop_table("vacancy_log")
    with op.batch_alter_table("vacancy", schema=None) as batch_op:
        batch_op.drop_index("ix_vacancy_state_valid_until")
        batch_op.drop_index("ix_vacancy_office_id_state")
        batch_op.drop_index(batch_op.f("ix_vacancy_employer_id"))

    op.drop_table("vacancy")
    with op.batch_alter_table("job_seeker_registration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_seeker_registration_state_valid_until"))

    op.drop_table("job_seeker_registration")
    op.drop_table("job_seeker_log")
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credential_staff_id"))

    op.drop_table("credential")
    op.drop_table("staff")
    with op.batch_alter_table("job_seeker", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_seeker_office_id_phone"))
        batch_op.drop_index(batch_op.f("ix_job_seeker_office_id_name"))
        batch_op.drop_index(batch_op.f("ix_job_seeker_office_id_id"))

    op.drop_table("job_seeker")
    with op.batch_alter_table("employer", schema=None) as batch_op:
        batch_op.drop_index("ix_employer_office_id_name")

    op.drop_table("employer")
    op.drop_table("sync_reject")
    with op.batch_alter_table("sync_record", schema=None) as batch_op:
        batch_op.drop_index("ix_sync_record_kind_seq")

    op.drop_table("sync_record")
    op.drop_table("sync_quarantine")
    op.drop_table("sync_peer")
    with op.batch_alter_table("sync_node", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sync_node_parent"))

    op.drop_table("sync_node")
    op.drop_table("sync_meta")
    with op.batch_alter_table("sync_mark", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sync_mark_seq"))

    op.drop_table("sync_mark")
    op.drop_table("sync_head")
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_region_city_code"))

    op.drop_table("region")
    with op.batch_alter_table("person_access", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_access_person_id_at"))
        batch_op.drop_index(batch_op.f("ix_person_access_at"))

    op.drop_table("person_access")
    with op.batch_alter_table("office", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_office_region_code"))

    op.drop_table("office")
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.drop_index("ix_listing_place")
        batch_op.drop_index("ix_listing_occupation")
        batch_op.drop_index("ix_listing_newest")
        batch_op.drop_index(batch_op.f("ix_listing_expires_at"))

    op.drop_table("listing")
    with op.batch_alter_table("idempotent_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotent_answer_created_at"))

    op.drop_table("idempotent_answer")
    op.drop_table("enrolment_code")
