"""The streams in which records travel: independent sequences, so that much of one never holds up another. Pure."""

STREAMS = ("trust", "msg", "live")  # in the order in which they are drained


def stream_of(kind: str) -> str:
    """The stream a kind travels in: a pure function of its name, never configurable (docs/wire.md §5)."""
    head, dot, _ = kind.partition(".")
    return head if dot and head in ("trust", "msg") else "live"
