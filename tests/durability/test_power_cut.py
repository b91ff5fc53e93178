"""What was acknowledged survives a power cut: with the pragmas of `kernel.db`, and not without FULL."""

import contextlib
import random
from pathlib import Path

import apsw
import pytest

from app.kernel.db import SQLITE_PRAGMAS, set_pragmas
from tests.durability.disk import ForgetfulDisk, PowerCut


def _write_until_cut(disk_name: str, path: Path, synchronous: int | None) -> list[int]:
    """Commit rows one by one until the power goes; the numbers that were acknowledged."""
    acknowledged: list[int] = []
    connection = None
    try:
        connection = apsw.Connection(str(path), vfs=disk_name)
        set_pragmas(connection, query_only=False)
        if synchronous is not None:
            connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("CREATE TABLE IF NOT EXISTS note (n INTEGER PRIMARY KEY, text TEXT)")
        for n in range(10_000):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO note VALUES (?, ?)", (n, "x" * 300))
            connection.execute("COMMIT")
            acknowledged.append(n)
    except (PowerCut, apsw.Error):
        pass
    finally:
        if connection is not None:
            with contextlib.suppress(PowerCut, apsw.Error):
                connection.close(True)
    return acknowledged


def _lost_after_a_cut(directory: Path, seed: int, synchronous: int | None) -> int:
    """How many acknowledged rows are gone after a power cut at a random moment."""
    rnd = random.Random(seed)
    before, after = directory / f"before-{seed}", directory / f"after-{seed}"
    before.mkdir()
    after.mkdir()
    disk = ForgetfulDisk(f"forgetful-{seed}-{synchronous}", cut_after=rnd.randrange(30, 4000))
    try:
        acknowledged = _write_until_cut(disk.vfs_name, before / "node.db", synchronous)
        disk.image_after_cut(after, rnd)
    finally:
        disk.unregister()
    if not (after / "node.db").exists():
        return len(acknowledged)
    connection = apsw.Connection(str(after / "node.db"))
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = {n for (n,) in connection.execute("SELECT n FROM note")} if _has_table(connection) else set()
    finally:
        connection.close(True)
    return len(set(acknowledged) - found)


def _has_table(connection: apsw.Connection) -> bool:
    return bool(list(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'note'")))


def _lost(directory: Path, cuts: int, synchronous: int | None) -> int:
    return sum(_lost_after_a_cut(directory, seed, synchronous) for seed in range(cuts))


def test_no_acknowledged_write_is_lost_in_a_power_cut(tmp_path: Path) -> None:
    assert SQLITE_PRAGMAS["synchronous"] == 2
    assert _lost(tmp_path, 6, None) == 0


@pytest.mark.slow
def test_no_acknowledged_write_is_lost_in_thirty_power_cuts(tmp_path: Path) -> None:
    assert _lost(tmp_path, 30, None) == 0


def test_with_synchronous_normal_the_same_cuts_lose_writes(tmp_path: Path) -> None:
    assert _lost(tmp_path, 6, 1) > 0
