"""An older node's listings are found as a new one's are: the migration writes their text anew from what they say."""

import json

from alembic import command
from sqlalchemy import select, text

from app.kernel import migrate
from app.kernel.db import Database
from app.vacancies.models import Listing
from app.vacancies.search.plain_words import condition_mark, skill_mark

BODY = {
    "title": "誠聘保潔",
    "occupation": "cleaner",
    "place": {"region": "440104", "stated": "中山五路"},
    "skills": [{"skill": "floor-machine", "stated": "", "need": "nice"}],
    "shift": "night",
    "employer": {"name": "虚构示例·晨光"},
}


def test_the_text_of_listings_that_are_there_is_written_anew(database: Database) -> None:
    command.downgrade(migrate._config(database), "0001")
    at = "2026-11-23 01:00:00.000000"
    with database.write() as session:
        session.execute(
            text(
                "INSERT INTO listing (origin, rid, status, occupation, region_code, opened_at, updated_at, received_at,"
                " expires_at, search_text, body) VALUES ('gz', 'a', 'open', 'cleaner', '440104', :at, :at, :at, :at,"
                " 'old', :body)"
            ),
            {"at": at, "body": json.dumps(BODY)},
        )
    migrate.upgrade(database)
    with database.read() as session:
        title, rest, ids = session.scalars(select(Listing.search_text)).one().split("\n")
    assert "诚聘保洁" in title
    assert all(words in rest for words in ("中山五路", "晨光", "保洁员", "夜班"))
    held = ("late_or_night_shift", "night_shift", "full_time")
    assert ids == skill_mark("floor-machine") + "".join(condition_mark(one) for one in held)
    assert migrate.differences(database) == []
