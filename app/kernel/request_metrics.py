"""How many requests a process answered, with what, and how long it took, by the template of the route."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kernel.metrics import Counter, Family, Histogram

REQUESTS = Family(
    "sanlian_requests_total",
    "counter",
    "Requests answered, by route template and status.",
    ("method", "route", "status"),
)
DURATIONS = Family(
    "sanlian_request_seconds", "histogram", "From the first byte read to the last one sent.", ("method", "route")
)
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMetrics:
    """The figures of one process."""

    def __init__(self) -> None:
        self.requests = Counter(REQUESTS)
        self.durations = Histogram(DURATIONS, _BOUNDS)

    def text(self) -> str:
        return self.requests.text() + self.durations.text()


class Measuring:
    """Pure ASGI middleware. An address that is no route's counts as `none`: what somebody typed is no label."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500  # what fails unforeseen is answered outside of every middleware

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            route = getattr(scope.get("route"), "path", "none")
            self.metrics.requests.add(method, route, str(status))
            self.metrics.durations.observe(time.perf_counter() - began, method, route)
