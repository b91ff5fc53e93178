"""Structured logs, one JSON object a line, with an allow-list of fields: what is not on it is not written.

Tracebacks are reduced to where the error was: messages of exceptions may carry what somebody typed.
"""

import logging
import logging.handlers
import sys
import traceback
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

# fmt: off
ALLOWED = frozenset({
    "event", "level", "timestamp", "logger", "path", "method", "status", "duration_ms", "error", "at", "node",
    "peer", "stream", "records", "seq", "code", "count", "reason", "office", "verb", "kind", "attempt", "delay_s",
    "version", "port", "tier", "address", "request_id", "actor", "employer", "fields", "concept", "synonym",
})
# fmt: on


def _keep_allowed(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        event["at"] = " < ".join(
            f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(traceback.extract_tb(error.__traceback__))
        )
    return {key: value for key, value in event.items() if key in ALLOWED}


def configure(level: str, directory: Path | None = None) -> None:
    """Log at `level` to standard error and, with a `directory`, to `sanlian.log` there (10 MB × 5)."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True)
        handlers.append(
            logging.handlers.RotatingFileHandler(
                directory / "sanlian.log", maxBytes=10_000_000, backupCount=5, encoding="utf-8"
            )
        )
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _keep_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    root = logging.getLogger()
    root.handlers[:] = handlers
    root.setLevel(level.upper())
    for handler in handlers:
        handler.setFormatter(renderer)
    for noisy in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
