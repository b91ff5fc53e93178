"""Generations on disk: which of them stay."""

from pathlib import Path

from app.matching.engine import snapshot
from app.matching.engine.market import Market
from app.matching.engine.snapshot import Provenance
from tests.unit.matching_values import TABLE, places


def written(folder: Path, log_id: str, seq: int) -> Path:
    market = Market.empty(TABLE, places()).holding([])
    provenance = Provenance(log_id, seq, "a mark", "these tables")
    return snapshot.write(folder, provenance, market.reader.values, market.segments[0].columns)


def test_the_one_before_the_last_stays_and_older_ones_go(tmp_path: Path) -> None:
    first, second, third = (written(tmp_path, "a", seq) for seq in (100, 110, 120))
    assert snapshot.generations(tmp_path) == [third, second]
    assert not first.exists()


def test_what_is_written_stays_though_a_restored_node_counts_from_further_back(tmp_path: Path) -> None:
    for seq in (100, 110):
        written(tmp_path, "a", seq)
    later = written(tmp_path, "b", 50)
    assert snapshot.read(later, "these tables")[0] == Provenance("b", 50, "a mark", "these tables")
    assert len(snapshot.generations(tmp_path)) == 2
