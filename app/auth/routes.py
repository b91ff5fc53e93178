"""Sign in, sign out, and who am I."""

from typing import Annotated

from fastapi import Depends, Request

from app.auth import service
from app.auth.middleware import bearer_secret
from app.auth.models import Staff
from app.auth.schemas import ActorOut, SessionOut, SignIn
from app.kernel.access import public, signed_in
from app.kernel.deps import CurrentActor, CurrentClock, SecretWriteSession, WriteSession
from app.kernel.http import never_cached, router

routes = router("/v1", "staff", dependencies=[Depends(never_cached)])


def _checked(request: Request, body: SignIn) -> Staff:
    return service.check_password(request.app.state.database, body.username, body.password)


# Stands before the session in a route, so that the password is checked before the writer's turn is taken.
CheckedStaff = Annotated[Staff, Depends(_checked)]


@routes.post("/sessions", status_code=201, dependencies=[public()], summary="Sign in")
def sign_in(staff: CheckedStaff, session: SecretWriteSession, clock: CurrentClock) -> SessionOut:
    """A session of ten hours for a staff member. The answer to a wrong name and to a wrong password is the same."""
    secret, credential = service.sign_in(session, clock, staff)
    return SessionOut(token=secret, expires_at=credential.expires_at)


@routes.delete("/sessions/current", status_code=204, dependencies=[signed_in()], summary="Sign out")
def sign_out(request: Request, session: WriteSession, clock: CurrentClock) -> None:
    """End the session or token that this request carries."""
    secret = bearer_secret(request)
    if secret is not None:
        service.sign_out(session, clock, secret)


@routes.get("/me", dependencies=[signed_in()], summary="Who am I")
def me(actor: CurrentActor) -> ActorOut:
    """The staff member behind the token, and what it may do."""
    return ActorOut(
        id=actor.id,
        name=actor.name,
        role=actor.role,
        office_id=actor.office_id,
        permissions=sorted(p.value for p in actor.permissions),
    )
