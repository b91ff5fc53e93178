"""The file of a backup: a ZIP whose members are zstd streams, a manifest, and the hash of it all in the last 71 bytes.

The ZIP's own check sums are 32 bits wide and leave its directory out; the hash stands in the comment, which ends the
file, so that it covers every byte before it and itself is compared whole. `unzip` and `zstd` open it without us.
"""

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

import zstandard
from pydantic import ValidationError

from app.backup.manifest import FORMAT, Manifest, Part

MANIFEST = "manifest.json"
_TAG = b"sha256:"
_TRAILER = len(_TAG) + 64
_CHUNK = 1024 * 1024
_ENCRYPTED = 0x1  # in the flags of a member
# What zipfile says of a file that may say anything of itself: RuntimeError of what it does not know, or may not open.
_NO_ZIP = (zipfile.BadZipFile, KeyError, OSError, ValueError, EOFError, RuntimeError)
Progress = Callable[[int, int], object]  # what is done, and of how much


class UnusableBackup(RuntimeError):
    """A file that is no backup, is damaged, or does not hold what it says; the text says which."""


class PartWriter:
    """Takes the bytes of one part; counts and hashes them on their way."""

    def __init__(self, out: IO[bytes]) -> None:
        self._compressed = zstandard.ZstdCompressor(level=3).stream_writer(out, closefd=False)
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes) -> None:
        self._compressed.write(data)
        self._hash.update(data)
        self._size += len(data)

    def end(self, name: str) -> Part:
        self._compressed.close()  # type: ignore[no-untyped-call]
        return Part(name=name, size=self._size, sha256=self._hash.hexdigest())


class ArchiveWriter:
    """Writes a new file that only this user can read, part by part; `finish` makes it whole."""

    def __init__(self, path: Path) -> None:
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED)
        self.parts: list[Part] = []

    def __enter__(self) -> "ArchiveWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._zip.close()
        self._file.close()

    @contextmanager
    def part(self, name: str) -> Iterator[PartWriter]:
        """Where to write the part `name`; it is in the file at the end of the block."""
        with self._zip.open(f"{name}.zst", "w", force_zip64=True) as member:
            writer = PartWriter(member)
            yield writer
            self.parts.append(writer.end(name))

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and the hash of the whole, and wait until the disk has it."""
        self._zip.writestr(MANIFEST, manifest.model_dump_json(indent=2))
        self._zip.comment = _TAG + b"0" * 64
        self._zip.close()
        whole = _hash_of(self._file, self._file.seek(0, os.SEEK_END) - _TRAILER, lambda *_: None)
        self._file.write(_TAG + whole)
        self._file.flush()
        os.fsync(self._file.fileno())


class ArchiveReader:
    """Reads a backup. Every way to be damaged is an UnusableBackup."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise UnusableBackup(f"{path} cannot be read ({error.strerror})") from None
        try:
            self._zip = zipfile.ZipFile(self._file)
            with self._member(MANIFEST) as member:
                self.manifest = _manifest(member.read(), path)
        except UnusableBackup:
            self._file.close()
            raise
        except _NO_ZIP:
            self._file.close()
            raise UnusableBackup(f"{path} is no backup, or is damaged") from None

    def __enter__(self) -> "ArchiveReader":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._zip.close()
        self._file.close()

    def check(self, progress: Progress = lambda *_: None) -> None:
        """UnusableBackup if one byte of the file is not as it was written."""
        size = self._file.seek(0, os.SEEK_END) - _TRAILER
        whole = _hash_of(self._file, size, progress)
        if self._file.read() != _TAG + whole:
            raise UnusableBackup(f"{self.path} is damaged: its hash does not hold")

    def read(self, part: Part) -> Iterator[bytes]:
        """The plain bytes of a part, in pieces; UnusableBackup at their end if they are not what was written."""
        found = hashlib.sha256()
        try:
            with (
                self._member(f"{part.name}.zst") as member,
                zstandard.ZstdDecompressor().stream_reader(member) as plain,
            ):
                while chunk := plain.read(_CHUNK):
                    found.update(chunk)
                    yield chunk
        except (*_NO_ZIP, zstandard.ZstdError):
            raise UnusableBackup(f"{self.path} is damaged in {part.name}") from None
        if found.hexdigest() != part.sha256:
            raise UnusableBackup(f"{self.path} is damaged in {part.name}")

    def _member(self, name: str) -> IO[bytes]:
        """A member as its bytes lie there: we pack none, and so no unpacker of zipfile's meets what is damaged."""
        info = self._zip.getinfo(name)
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & _ENCRYPTED:
            raise zipfile.BadZipFile(f"{name} is packed or encrypted")
        return self._zip.open(info)


def _manifest(text: bytes, path: Path) -> Manifest:
    try:
        found = Manifest.model_validate_json(text)
    except ValidationError:
        raise UnusableBackup(f"{path} has a manifest that this version cannot read") from None
    if found.format != FORMAT:
        raise UnusableBackup(f"{path} has format {found.format}; this version reads format {FORMAT}")
    return found


def _hash_of(file: IO[bytes], size: int, progress: Progress) -> bytes:
    """The SHA-256 of the first `size` bytes in hex; the file then stands behind them."""
    found = hashlib.sha256()
    file.seek(0)
    left = size
    while left > 0 and (chunk := file.read(min(_CHUNK, left))):
        found.update(chunk)
        left -= len(chunk)
        progress(size - left, size)
    return found.hexdigest().encode()
