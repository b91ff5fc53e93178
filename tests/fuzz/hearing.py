"""One answer through what a child reads its parent's answers with: what may come out of it, and nothing else."""

import httpx

from app.exchange.digest import BUCKETS, SUM_BYTES, read_line
from app.sync import feed, link
from app.sync.protocol import (
    MAX_RECORDS,
    DigestAnswer,
    Hello,
    Page,
    PushAnswer,
    VersionsAnswer,
    read_cursor,
)
from tests.fuzz.answers import Answer, make
from tests.fuzz.decoding import line_outcome

MODELS: dict[str, type[Hello] | type[PushAnswer] | type[DigestAnswer] | type[VersionsAnswer]] = {
    "hello": Hello,
    "push": PushAnswer,
    "digest": DigestAnswer,
    "versions": VersionsAnswer,
}


def heard(answer: Answer) -> Page | Hello | PushAnswer | DigestAnswer | VersionsAnswer:
    """What the link makes of an answer; LinkDown or Refused if nothing."""
    headers = {"content-type": answer.media, "content-encoding": answer.encoding}
    response = httpx.Response(answer.status, headers=[(k.encode(), v.encode()) for k, v in headers.items()])
    content = link._answer(response, answer.body)
    if isinstance(content, Page):
        return content
    return link._read(MODELS.get(answer.asked, Hello), content)


def outcome(seed: int) -> list[str]:
    """What became of the answer of a seed, in words; any exception that is not one of the link's is a find."""
    try:
        said = heard(make(seed))
    except link.Refused as refused:
        return ["refusal with a checkpoint" if refused.checkpoint else "refusal"]
    except link.LinkDown:
        return ["answer not believed"]
    return [f"{type(said).__name__} read", *_checked(said)]


def _checked(said: Page | Hello | PushAnswer | DigestAnswer | VersionsAnswer) -> list[str]:
    if isinstance(said, Page):
        return _checked_page(said)
    if isinstance(said, DigestAnswer):
        assert len(said.packed) == BUCKETS * SUM_BYTES
    if isinstance(said, VersionsAnswer):
        assert all(read_line(line).line == line for line in said.lines)
    if isinstance(said, PushAnswer):
        return [line_outcome(line.encode("utf-8", "surrogatepass")) for line in said.newer]
    return []


def _checked_page(page: Page) -> list[str]:
    header = page.header
    assert len(page.lines) == header.n <= MAX_RECORDS
    assert read_cursor(str(header.end)) == header.end
    others, drops = feed._split(page.lines)
    for key in drops:
        assert [type(part) for part in key] == [str, str, str]
        assert max(map(len, key)) <= 64
        assert all(part.isprintable() for part in key)
    return [*["drop read"] * len(drops), *map(line_outcome, others)]
