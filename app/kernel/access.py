"""Who may call which route.

Every route declares one of `requires`, `signed_in`, `public` and `node`, or start-up fails.

Which role has which permission stands in `auth`; which rows an actor sees stands in each slice's `visible_to`.
"""

from collections.abc import Callable, Coroutine, Iterable
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.params import Depends as DependsParam
from fastapi.routing import iter_route_contexts
from fastapi.security import HTTPBearer
from starlette.routing import BaseRoute

from app.kernel.actor import Actor, Permission
from app.kernel.problems import Forbidden, Unauthenticated

_bearer = HTTPBearer(auto_error=False, description="A staff session or an API token: `Authorization: Bearer …`")


class UndeclaredAccess(RuntimeError):
    """A route that does not say who may call it: the application refuses to start."""


def current_actor(request: Request) -> Actor:
    """The actor that auth's middleware found; Unauthenticated (401) without one."""
    actor: Actor | None = getattr(request.state, "actor", None)
    if actor is None:
        raise Unauthenticated()
    return actor


def requires(permission: Permission) -> DependsParam:
    """Only an actor with `permission`: 401 without an actor, 403 without the permission."""

    async def check(request: Request, _: Annotated[Any, Security(_bearer)] = None) -> None:
        _check_permission(request, permission)

    return _declared(check, permission.value)


def here_or(permission: Permission) -> DependsParam:
    """Whoever asks from this machine itself while the node allows that, else only an actor with `permission`."""

    async def check(request: Request, _: Annotated[Any, Security(_bearer)] = None) -> None:
        if getattr(request.state, "actor", None) is None and _is_open_here(request):
            return
        _check_permission(request, permission)

    return _declared(check, permission.value)


def _check_permission(request: Request, permission: Permission) -> None:
    if permission not in current_actor(request).permissions:
        raise Forbidden(f"此操作需要“{permission.value}”权限", f"this needs the permission {permission.value}")


_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_LOOPBACK_NAMES = _LOOPBACK | {"localhost"}
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def _is_open_here(request: Request) -> bool:
    """Whether a request comes from this machine, and not through a proxy on it or a page in a browser on it."""
    is_near = request.client is not None and request.client.host in _LOOPBACK
    is_named_so = request.url.hostname in _LOOPBACK_NAMES
    is_forwarded = any(name in request.headers for name in _FORWARDED)
    return bool(request.app.state.is_open_here) and is_near and is_named_so and not is_forwarded


def signed_in() -> DependsParam:
    """Any actor, whatever it may do: 401 without one."""

    async def check(request: Request, _: Annotated[Any, Security(_bearer)] = None) -> None:
        current_actor(request)

    return _declared(check, "signed in")


def public() -> DependsParam:
    """Anybody."""

    async def check() -> None:
        return None

    return _declared(check, "public")


def node() -> DependsParam:
    """Another node, known by its signature; the handler gets its name from `sync`."""

    async def check() -> None:
        return None

    return _declared(check, "node")


def _declared(check: Callable[..., Coroutine[Any, Any, None]], access: str) -> DependsParam:
    check.__access__ = access  # type: ignore[attr-defined]
    return Depends(check)  # type: ignore[no-any-return]


def declared_access(routes: Iterable[BaseRoute]) -> dict[tuple[str, str], str]:
    """(method, path) → who may call it, for every route; UndeclaredAccess names those that do not say."""
    found: dict[tuple[str, str], str] = {}
    missing: list[str] = []
    for context in iter_route_contexts(list(routes)):
        declared = [
            access
            for dependency in getattr(context, "dependencies", None) or []
            if (access := getattr(dependency.dependency, "__access__", None))
        ]
        if len(declared) != 1:
            missing.append(str(context.path))
            continue
        for method in context.methods or ():
            found[method, str(context.path)] = declared[0]
    if missing:
        raise UndeclaredAccess("routes that do not declare who may call them: " + ", ".join(sorted(missing)))
    return found
