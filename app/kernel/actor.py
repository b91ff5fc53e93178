"""Who is asking, and what can be allowed. Pure; `access` asks it of the routes."""

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """What can be allowed. A role is a set of these."""

    EMPLOYER_READ = "employer:read"
    EMPLOYER_WRITE = "employer:write"
    VACANCY_READ = "vacancy:read"
    VACANCY_WRITE = "vacancy:write"
    VACANCY_REVIEW = "vacancy:review"
    SEEKER_READ = "seeker:read"
    SEEKER_WRITE = "seeker:write"
    SEEKER_REVEAL = "seeker:reveal"
    MATCH_READ = "match:read"
    SYNONYM_WRITE = "synonym:write"
    METRICS_READ = "metrics:read"
    STATEMENT_READ = "statement:read"


@dataclass(frozen=True)
class Actor:
    """Whoever makes a request: a staff member, or an API client acting for an office."""

    id: str
    name: str
    role: str
    office_id: str
    permissions: frozenset[Permission]
