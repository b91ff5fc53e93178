"""The text by which listings are found: the title apart, plain words for the terms, ids of skills; and its index."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.kernel import columns
from app.taxonomy.shipped import load_shipped
from app.vacancies.content import VacancyContent
from app.vacancies.search.plain_words import listing_text

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LISTING = sa.table(
    "listing",
    sa.column("origin", sa.String),
    sa.column("rid", sa.String),
    sa.column("search_text", sa.Text),
    sa.column("body", columns.JsonText()),
)
SEARCHED = ["status", "opened_at", "expires_at", "occupation", "region_code", "search_text", "origin", "rid"]


def upgrade() -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.select(LISTING.c.origin, LISTING.c.rid, LISTING.c.body)).all()
    written = [{"at_origin": origin, "at_rid": rid, "text": _text(body)} for origin, rid, body in rows]
    if written:
        here = (LISTING.c.origin == sa.bindparam("at_origin"), LISTING.c.rid == sa.bindparam("at_rid"))
        connection.execute(sa.update(LISTING).where(*here).values(search_text=sa.bindparam("text")), written)
    if connection.dialect.name == "sqlite":
        op.create_index("ix_listing_search", "listing", SEARCHED)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("ix_listing_search", "listing")


def _text(body: dict[str, object]) -> str:
    # The text is made from the record anew, as the applier makes it: it is derived, and nothing else reads it.
    content = VacancyContent.model_validate({name: body[name] for name in VacancyContent.model_fields if name in body})
    employer = body["employer"]
    assert isinstance(employer, dict)  # noqa: S101
    return listing_text(content, str(employer["name"]), load_shipped())
