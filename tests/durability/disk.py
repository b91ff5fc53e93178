"""A disk that forgets: an SQLite VFS that notes what was synced, and can be cut off from power at any write.

Writes go to real files; beside them the VFS keeps, for each file, its content at the last sync and the writes since.
A power cut leaves the synced content plus any subset of the later writes, whole or torn: what a real disk may do.
"""

import random
from dataclasses import dataclass, field
from pathlib import Path

import apsw


class PowerCut(Exception):
    """The power went: nothing after this reaches the disk."""


@dataclass
class _Tracked:
    synced: bytes = b""
    is_durable: bool = False  # a file that was never synced may not even exist after the cut
    pending: list[tuple[int, bytes]] = field(default_factory=list)


class ForgetfulDisk(apsw.VFS):
    """Registers itself as VFS `name`; `cut_after` writes or syncs the power goes."""

    def __init__(self, name: str, cut_after: int) -> None:
        self.files: dict[str, _Tracked] = {}
        self.operations_left = cut_after
        self.is_off = False
        self.vfs_name = name
        super().__init__(name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  # SQLite's own name
        return _ForgetfulFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self.spend()
        self.files.pop(filename, None)
        super().xDelete(filename, syncdir)

    def spend(self) -> None:
        """Count one operation on the disk; PowerCut once they are used up."""
        self.operations_left -= 1
        if self.operations_left < 0:
            self.is_off = True
        if self.is_off:
            raise PowerCut

    def image_after_cut(self, directory: Path, rnd: random.Random) -> None:
        """Write into `directory` what the disk holds once the power is back."""
        for name, tracked in self.files.items():
            if not tracked.is_durable and rnd.random() < 0.5:
                continue
            content = bytearray(tracked.synced)
            for offset, data in tracked.pending:
                fate = rnd.random()
                if fate < 0.5:
                    continue
                kept = data if fate < 0.9 else data[: rnd.randrange(len(data) + 1)]
                content.extend(b"\0" * max(0, offset + len(kept) - len(content)))
                content[offset : offset + len(kept)] = kept
            (directory / Path(name).name).write_bytes(bytes(content))


class _ForgetfulFile(apsw.VFSFile):
    def __init__(self, disk: ForgetfulDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self.disk = disk
        self.path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self.tracked = disk.files.setdefault(self.path, _Tracked())
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self.disk.spend()
        self.tracked.pending.append((offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self.disk.spend()
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self.disk.spend()
        super().xSync(flags)
        self.tracked.synced = Path(self.path).read_bytes()
        self.tracked.is_durable = True
        self.tracked.pending.clear()
