"""The shipped rules, each time with one of them broken: the simulation has to find out, or it proves nothing.

`make mutants` prints the table. A mutant is a small change of the text of one module; a copy of the program with that
change is run in a process of its own, on three streams of random sequences, until it fails or the budget is spent.
"""

import argparse
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STREAMS = (0, 1_000_000, 2_000_000)
SEQUENCES = 12_000
_NO_PROGRAM = ("NameError", "ImportError", "AttributeError", "TypeError")  # a slip of the mutant, and no rule broken


@dataclass(frozen=True)
class Mutant:
    """One rule broken: each `old` stands once in its module and becomes `new`."""

    name: str
    broken: str
    module: str
    old: str
    new: str
    more: tuple[tuple[str, str, str], ...] = ()  # what else: module, old, new


MUTANTS = (
    Mutant(
        "child_cursor", "the child believes its own cursor, not the parent's", "sync/carrier.py",
        "push.note_checkpoint(ledger, self.parent, stream, checkpoint, self.local.inc)\n\n    def _note_suspension",
        "pass\n\n    def _note_suspension",
        (
            (
                "sync/carrier.py",
                "push.note_checkpoint(ledger, self.parent, stream, hello.checkpoints.get(stream, start), inc)",
                "if ledger.peer(self.parent, 'out', stream) is None:\n"
                "                    push.note_checkpoint(ledger, self.parent, stream, start, inc)",
            ),
        ),
    ),
    Mutant(
        "seq_only", "a place in a history is known by its number alone", "sync/push.py",
        "continues = is_same and (peer.seq, peer.mark) == (header.from_.seq, header.from_.mark)",
        "continues = peer.seq == header.from_.seq",
        (
            ("sync/push.py", "if at.seq > 0 and not ledger.has_mark(at.mark):", "if at.seq > ledger.head():"),
            ("sync/carrier.py", "ledger.has_mark(checkpoint.mark)", "checkpoint.seq <= ledger.head()"),
        ),
    ),
    Mutant(
        "no_mark", "a child does not look for the mark in its own history", "sync/carrier.py",
        "checkpoint.log_id == log_id and (checkpoint.seq == 0 or ledger.has_mark(checkpoint.mark))",
        "checkpoint.log_id == log_id",
    ),
    Mutant(
        "no_cas", "the parent takes a batch wherever it begins", "sync/push.py",
        "if not continues and not is_reset:", "if False:",
    ),
    Mutant(
        "split_tx", "the cursor is stored before what it speaks of", "sync/subscriber.py",
        "        with self._ledgers.write() as ledger:\n            applied = feed.take_page(",
        "        with self._ledgers.write() as ledger:\n"
        "            ledger.save_peer(feed.Peer(self._parent, 'feed', feed.DOWN, page.header.log_id,"
        " page.header.to.seq, page.header.to.mark, sub=page.header.sub))\n"
        "        with self._ledgers.write() as ledger:\n            applied = feed.take_page(",
    ),
    Mutant(
        "no_recover", "a restored node resumes without asking what it has lost", "sync/carrier.py",
        "        self._read_pages(link, everything=True)\n", "",
    ),
    Mutant(
        "hol_block", "a refused record stops the batch", "exchange/receive.py",
        "    arrival.ledger.quarantine(via, e, code)\n", "    raise LookupError(code)\n",
    ),
    Mutant(
        "clock_lww", "the clock alone orders versions", "exchange/identity.py",
        "inc = max(max((meta.inc, inc_seen, *noted)) + 1, now)", "inc = now",
    ),
    Mutant(
        "reissue_stale", "a recovering node issues its old records anew", "sync/recovery.py",
        "    identity.draw(ledger)\n",
        "    from dataclasses import replace\n"
        "    identity.draw(ledger)\n"
        "    for change in ledger.changes(0, 10**6, Which(origins=[ledger.local.node], stream='live')):\n"
        "        e = replace(change.envelope, inc=ledger.meta().inc, ver=change.envelope.ver + 1)\n"
        "        ledger.stage(replace(e, sig=ledger.local.key.sign(e.signed_bytes)), None)\n",
    ),
    Mutant(
        "owned_origin_only", "recovery reads the node's own records, not its subtree's", "sync/recovery.py",
        "Which(origins=trust.subtree(ledger, child), vias=vias)", "Which(origins=frozenset({child}), vias=vias)",
    ),
    Mutant(
        "no_fence", "recovery does not make sure that no earlier life is heard any more", "sync/carrier.py",
        "        for stream in STREAMS:\n            self._reset(link, stream)\n", "",
    ),
    Mutant(
        "foreign_log_ok", "another history with the same mark is taken for one's own", "sync/carrier.py",
        "checkpoint.log_id == log_id and (checkpoint.seq == 0 or ledger.has_mark(checkpoint.mark))",
        "checkpoint.seq == 0 or ledger.has_mark(checkpoint.mark)",
    ),
    Mutant(
        "cached_cursor", "a feed goes on from a cursor of another history", "sync/pages.py",
        "is_known = cursor.log_id == meta.log_id and (cursor.seq == 0 or ledger.has_mark(cursor.mark))",
        "is_known = True",
    ),
    Mutant(
        "mark_of_to_seq", "a batch names the mark of its last record, not that of the history it was cut from",
        "sync/pages.py", "Place(seq=reached, mark=ledger.mark_at(head))",
        "Place(seq=reached, mark=ledger.mark_at(reached))",
    ),
    Mutant(
        "sweep_silent", "what a sweep drops is not told to the nodes below", "sync/feed.py",
        "besides=below, drops=True)", "besides=below)",
    ),
    Mutant(
        "reset_ge", "any batch from the start is a reset, also of a life that was seen", "sync/push.py",
        "header.n == 0 and header.from_ == header.to == START and header.inc > peer.inc_seen",
        "header.from_ == START and header.inc >= peer.inc_seen",
    ),
    Mutant(
        "end_not_final", "what was ended comes back by a later edit", "exchange/envelope.py",
        "return FINALITY[self.op], self.inc, self.ver", "return min(FINALITY[self.op], 0), self.inc, self.ver",
    ),
    Mutant(
        "no_return", "what a parent has lost and a child still holds is not given back", "sync/feed.py",
        "        ledger.stage(held, ledger.local.node)\n", "        pass\n",
    ),
    Mutant(
        "owned_head_unheard", "nobody says that something of a child's came back another way", "sync/push.py",
        "    return ledger.highest(trust.subtree(ledger, child), other_ways(ledger, child))\n", "    return 0\n",
    ),
    Mutant(
        "quarantine_via", "what leaves the quarantine is taken as known to the child that once brought it",
        "exchange/receive.py", "as_via=None if is_from_feed else ledger.local.node)", "as_via=None)",
    ),
    Mutant(
        "coalesced_keys", "a node's statements are versions of one record: the earlier key is forgotten",
        "sync/rotation.py", "    return next_version(local, draft, None, by)\n",
        "    from dataclasses import replace\n"
        "    rid = f'00000000-0000-7000-8000-{sum(map(ord, statement.node)):012x}'\n"
        "    return next_version(local, replace(draft, rid=rid), (local.inc, int(statement.key_id.rpartition(':')[2])),"
        " by)\n",
    ),
    Mutant(
        "stream_move", "a kind moves to another stream and back under way", "exchange/streams.py",
        '    return head if dot and head in ("trust", "msg") else "live"\n',
        "    global _asked\n    _asked += 1\n"
        "    return head if dot and head in ('trust', 'msg') else ('live', 'msg')[_asked // 200 % 2]\n",
        (("exchange/streams.py", "STREAMS = ", "_asked = 0\nSTREAMS = "),),
    ),
    Mutant(
        "revoked_counts", "a revoked key verifies what has not been accepted yet", "exchange/receive.py",
        "        return REVOKED_KEY\n", "        pass\n",
    ),
    Mutant(
        "gc_early", "what has ended is forgotten before the parent has heard of it", "sync/collection.py",
        "    return min(waiting) - 1 if waiting else ledger.head()\n", "    return ledger.head()\n",
        (("sync/collection.py", "        if ledger.meta().parent is None:  # nobody", "        if True:  # nobody"),),
    ),
    Mutant(
        "gc_resume", "a reader from before what was forgotten goes on where it stands", "sync/pages.py",
        "max(cursor.seq, cursor.began) < meta.gc_floor", "False",
    ),
)  # fmt: skip


def altered(mutant: Mutant) -> dict[str, str]:
    """The modules of app/ that the mutant changes, as it leaves them; ValueError if a place is not there once."""
    texts: dict[str, str] = {}
    for module, old, new in ((mutant.module, mutant.old, mutant.new), *mutant.more):
        text = texts.get(module) or (ROOT / "app" / module).read_text("utf-8")
        if text.count(old) != 1:
            raise ValueError(f"{mutant.name}: its place stands {text.count(old)} times in {module}")
        texts[module] = text.replace(old, new)
    return texts


def copied(mutant: Mutant, folder: Path) -> None:
    """A copy of the program in `folder`, with the mutant's change."""
    shutil.copytree(ROOT / "app", folder / "app", ignore=shutil.ignore_patterns("__pycache__", "data", "*.csv"))
    (folder / "tests").mkdir()
    shutil.copytree(ROOT / "tests" / "simulation", folder / "tests" / "simulation")
    (folder / "tests" / "__init__.py").touch()
    for module, text in altered(mutant).items():
        (folder / "app" / module).write_text(text, "utf-8")


def found_after(mutant: Mutant, sequences: int, streams: int = len(STREAMS)) -> list[tuple[int | None, str]]:
    """For each stream: how many sequences it took to find the mutant (None: not found), and what was seen."""
    with tempfile.TemporaryDirectory() as folder:
        copied(mutant, Path(folder))
        ran = subprocess.run(
            [sys.executable, "-m", "tests.simulation.mutants", "--probe", str(sequences), str(streams)],
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
    return [(found, said) for found, said in json.loads(ran.stdout)]


def probe(sequences: int, streams: int) -> list[tuple[int | None, str]]:
    """What the program beside this file does: called in the copy."""
    from tests.simulation.driver import quiet

    quiet()
    return [_first_failure(stream, sequences) for stream in STREAMS[:streams]]


def _first_failure(stream: int, sequences: int) -> tuple[int | None, str]:
    from tests.simulation.driver import fails, steps_of

    for count in range(sequences):
        said = fails(steps_of(stream + count))
        if said is not None and said.startswith(_NO_PROGRAM):
            raise ValueError(f"what the mutant makes is no program: {said}")
        if said is not None:
            return count + 1, said[:100]
    return None, "not found"


def table(sequences: int, names: list[str]) -> Iterator[tuple[Mutant, list[tuple[int | None, str]]]]:
    """Every mutant (or those named) with what became of it, two at a time."""
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    with ThreadPoolExecutor(2) as pool:
        yield from zip(chosen, pool.map(found_after, chosen, itertools.repeat(sequences)), strict=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="which mutants; all of them if none is named")
    parser.add_argument("--sequences", type=int, default=SEQUENCES, help="at most so many for each stream")
    parser.add_argument("--probe", type=int, nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.probe is not None:
        print(json.dumps(probe(*given.probe)))
        return 0
    missed = 0
    print(f"{'mutant':20} {'found after (three streams)':28} what is broken")
    for mutant, results in table(given.sequences, given.names):
        counts = " ".join(f"{'-' if found is None else found:>8}" for found, _ in results)
        missed += any(found is None for found, _ in results)
        print(f"{mutant.name:20} {counts:28} {mutant.broken}", flush=True)
        print(f"{'':20} {results[0][1]}")
    print(f"{len(MUTANTS) if not given.names else len(given.names)} mutants, {missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
