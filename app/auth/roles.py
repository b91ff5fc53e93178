"""Which role may do what: one table, printed in docs/permissions.md and tested against it."""

from enum import StrEnum

from app.kernel.actor import Permission

P = Permission


class Role(StrEnum):
    """What a staff member is at the office: clerk 经办人, officer 审核人, admin 管理员."""

    CLERK = "clerk"
    OFFICER = "officer"
    ADMIN = "admin"


_CLERK = frozenset(
    {
        P.EMPLOYER_READ,
        P.EMPLOYER_WRITE,
        P.VACANCY_READ,
        P.VACANCY_WRITE,
        P.SEEKER_READ,
        P.SEEKER_WRITE,
        P.SEEKER_REVEAL,
        P.MATCH_READ,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CLERK: _CLERK,
    Role.OFFICER: _CLERK | {P.VACANCY_REVIEW, P.SYNONYM_WRITE, P.STATEMENT_READ},
    Role.ADMIN: frozenset(Permission),
}
