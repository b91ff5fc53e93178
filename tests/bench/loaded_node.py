"""A city's node on a temporary folder, with the listings of the workload straight in its read model."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from app.kernel.db import Database
from app.matching.profile import KnownListing
from app.vacancies.models import Listing
from tests.bench.workload import Workload
from tests.network.processes import NodeProcess

_AT_ONCE = 2_000


def loaded_node(folder: Path, work: Workload, count: int) -> NodeProcess:
    """A node that knows `count` listings; not started."""
    node = NodeProcess(folder, "gz", "虚构示例·市", "city", "440100").init()
    database = Database(node.settings.effective_database_url)
    try:
        listings = work.listings(count)
        while rows := [_row(expires_at, one) for expires_at, one in islice(listings, _AT_ONCE)]:
            with database.write() as session:
                session.execute(insert(Listing), rows)
    finally:
        database.dispose()
    return node


def _row(expires_at: datetime, one: KnownListing) -> dict[str, Any]:
    return {
        "origin": one.origin,
        "rid": one.id,
        "status": one.status,
        "occupation": one.occupation,
        "region_code": one.region,
        "opened_at": one.opened_at,
        "updated_at": one.opened_at,
        "received_at": one.received_at,
        "expires_at": expires_at,
        "search_text": one.title,
        "body": body(one),
    }


def body(one: KnownListing) -> dict[str, Any]:
    """The public body of a listing: what `read_listing` makes the same listing of."""
    return {
        "title": one.title,
        "occupation": one.occupation,
        "occupation_stated": one.occupation_stated,
        "place": {"region": one.region, "stated": one.place_stated},
        "duties": one.duties,
        "requirements": one.requirements,
        "skills": [_needed("skill", skill.skill, skill.must) | {"stated": skill.stated} for skill in one.skills],
        "education": one.education,
        "education_must": one.education_must,
        "experience_months": one.experience_months,
        "experience_must": one.experience_must,
        "certificates": _certificates((asked.certificate, asked.must) for asked in one.certificates),
        "pay": {
            "basis": one.pay.basis,
            "period": one.pay.period,
            "min_fen": one.pay.min_fen,
            "max_fen": one.pay.max_fen,
            "stated": one.pay.stated,
        },
        "shift": one.shift,
        "hours_per_week": one.hours_per_week,
        "days_off_per_month": one.days_off_per_month,
        "employment_form": one.employment_form,
        "lodging": one.lodging,
        "meals": one.meals,
        "insurance": one.insurance,
        "reserved_for": one.reserved_for,
        "adults_only": one.adults_only,
        "employer": {
            "name": one.employer_name,
            "uscc": one.employer_uscc,
            "verified": one.employer_verified,
            "sanctioned": one.employer_sanctioned,
        },
        "office": {"region": one.region[:6], "name": "虚构示例·办"},
        "seats": one.seats,
        "referred": one.referred,
        "status": one.status,
        "opened_at": one.opened_at.isoformat(),
        "updated_at": one.opened_at.isoformat(),
        "valid_until": one.valid_until.isoformat(),
    }


def _certificates(asked: Iterable[tuple[str, bool]]) -> list[dict[str, Any]]:
    return [_needed("certificate", certificate, must) for certificate, must in asked]


def _needed(kind: str, code: str | None, must: bool) -> dict[str, Any]:
    return {kind: code, "need": "must" if must else "nice"}
