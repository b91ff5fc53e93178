"""The judge: compares what was acknowledged with what every node holds and shows once the network is at rest. Pure.

- **lost**: an acknowledged step, not gone with a disk (`book`), that some node is behind.
- **unrecoverable**: a step that is gone with a disk, and did not come back.
- **overruled**: two lives of a restored node changed a post, and this step is that of the life that lost; its office
  still has it, in the quarantine, for a person to see (docs/wire.md §10). It needs a clock that went back together with
  the disk.
- **doubled**: a post that stands under two ids, or twice in what a node shows, or that nobody wrote.
- **resurrected**: a post whose end was acknowledged, and is not gone, that some node still or again holds or shows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.exchange.ledger import Key
from tests.chaos.book import ENDED, OPEN, Post, Said, Step


@dataclass(frozen=True)
class Held:
    """A record in a node's database, but for its body: of a listing, what it says and its title (none once ended)."""

    inc: int
    ver: int
    op: str
    sha256: str
    said: Said | None = None
    title: str | None = None


@dataclass
class Seen:
    """One node: its records without local drops, the listings that its API shows (origin, id), what was overruled."""

    records: dict[Key, Held]
    shown: list[tuple[str, str]]
    overruled: dict[str, list[Said]] = field(default_factory=dict)

    @property
    def says(self) -> dict[str, Said]:
        """What each listing says, by id."""
        return {key[2]: held.said for key, held in self.records.items() if held.said is not None}


@dataclass
class Verdict:
    """The counts, and a line for each finding."""

    acknowledged: int = 0
    lost: int = 0
    unrecoverable: int = 0
    overruled: int = 0
    doubled: int = 0
    resurrected: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.resurrected or self.findings)


def judge(posts: Iterable[Post], seen: Mapping[str, Seen]) -> Verdict:
    """What became of everything that was acknowledged."""
    posts = list(posts)
    verdict = Verdict(findings=differences(seen))
    says = {node: one.says for node, one in seen.items()}
    for post in posts:
        _judge_post(verdict, post, {node: there.get(post.rid) for node, there in says.items()}, seen)
    _judge_doubles(verdict, {post.rid for post in posts}, seen)
    return verdict


def differences(seen: Mapping[str, Seen]) -> list[str]:
    """Where two nodes do not hold the same, and where a node shows something else than it holds."""
    found = []
    names = list(seen)
    keys = {key for one in seen.values() for key in one.records}
    for key in sorted(keys):
        held = {node: seen[node].records.get(key) for node in names}
        if len(set(held.values())) > 1:
            found.append(f"differ on {key}: {held}")
    for node, one in seen.items():
        is_open = {(k[0], k[2]) for k, held in one.records.items() if held.said is not None and held.said.state == OPEN}
        shown = set(one.shown)
        found += [f"{node} does not show {key}" for key in sorted(is_open - shown)]
        found += [f"{node} shows {key}, which it does not hold open" for key in sorted(shown - is_open)]
    return found


def _judge_post(verdict: Verdict, post: Post, says: Mapping[str, Said | None], seen: Mapping[str, Seen]) -> None:
    verdict.acknowledged += sum(step.is_acknowledged for step in post.steps)
    due = [step for step in post.steps if step.is_acknowledged and not step.is_gone]
    if any(step.said.state == ENDED for step in due):
        held = {node for node, said in says.items() if said is not None and said.state != ENDED}
        alive = held | {node for node, one in seen.items() if (post.origin, post.rid) in one.shown}
        if alive:
            verdict.resurrected += 1
            verdict.findings.append(f"resurrected at {', '.join(sorted(alive))}: {post}")
            return
    places = {node: _place(post, said) for node, said in says.items()}
    for number, step in enumerate(post.steps):
        behind = [node for node, place in places.items() if place < number or _lacks_end(step, says[node])]
        if not step.is_acknowledged or not behind:
            continue
        if step.is_gone:
            verdict.unrecoverable += 1
        elif step.said in seen[post.origin].overruled.get(post.rid, []):
            verdict.overruled += 1
        else:
            verdict.lost += 1
            verdict.findings.append(f"lost at {', '.join(behind)}: step {number} of {post}, held {dict(says)}")


def _place(post: Post, said: Said | None) -> int:
    place = None if said is None else post.place(said)
    return -1 if place is None else place


def _lacks_end(step: Step, said: Said | None) -> bool:
    return step.said.state == ENDED and (said is None or said.state != ENDED)


def _judge_doubles(verdict: Verdict, known: set[str], seen: Mapping[str, Seen]) -> None:
    ids: dict[str, set[str]] = {}
    for node, one in seen.items():
        for key, held in one.records.items():
            if held.title is not None:
                ids.setdefault(held.title, set()).add(key[2])
            if held.said is not None and key[2] not in known:
                verdict.findings.append(f"{node} holds {key}, which nobody wrote")
                verdict.doubled += 1
        for key_shown, times in Counter(one.shown).items():
            if times > 1:
                verdict.findings.append(f"{node} shows {key_shown} {times} times")
                verdict.doubled += 1
    for title, rids in ids.items():
        if len(rids) > 1:
            verdict.findings.append(f"doubled: {title} stands under {sorted(rids)}")
            verdict.doubled += len(rids) - 1
