"""The folder of a local network: what it was made as, so that a second start carries on, and who holds it now."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from app.cli.console import Refusal
from app.cli.network.plan import CITY, DISTRICT

FORMAT = 1
NAME = "network.json"
RESTART = "restart-asked"


@dataclass(frozen=True)
class Made:
    """What a folder holds. `sample`: none (never asked for), loading (begun), loaded."""

    streets: int
    sample: str = "none"
    format: int = FORMAT


def open_folder(directory: Path, streets: int) -> Made:
    """What the folder was made as; made now if it is new. Refusal if it is something else than what is asked for."""
    file = directory / NAME
    if not file.exists():
        if any((directory / name).exists() for name in (CITY, DISTRICT)):
            raise Refusal(
                f"{directory} holds nodes, but nothing says which network they make.",
                f"Remove {directory} to start anew, or use another folder: --dir DIR (make run DIR=…).",
            )
        made = Made(streets)
        save(directory, made)
        return made
    made = _read(file)
    if made.streets != streets:
        raise Refusal(
            f"{directory} holds a network with {made.streets} street offices, not {streets}.",
            f"Start it with --streets {made.streets}, or make another one in another folder with --dir.",
        )
    return made


def mark_sample(directory: Path, made: Made, sample: str) -> Made:
    """Note how far the sample is."""
    made = replace(made, sample=sample)
    save(directory, made)
    return made


def save(directory: Path, made: Made) -> None:
    """Write it down, whole or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / NAME
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(asdict(made)) + "\n", encoding="utf-8")
    draft.replace(file)


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Hold the folder, so that no second `network up` works in it; Refusal if one does."""
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(directory / "network.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            (directory / RESTART).touch()
            raise Refusal(
                f"The network in {directory} is running already.",
                "If a node of it had stopped, it is started again now. To stop the network, press Ctrl-C where it"
                " runs; for another one, use another --dir.",
            ) from None
        take_restart_request(directory)  # left over: whoever it was meant for has ended
        yield
    finally:
        os.close(descriptor)


def take_restart_request(directory: Path) -> bool:
    """Whether a second `network up` has asked to start again what has stopped; the request is gone afterwards."""
    try:
        (directory / RESTART).unlink()
    except FileNotFoundError:
        return False
    return True


def _read(file: Path) -> Made:
    way_out = f"Remove {file.parent} to start anew, or use another --dir."
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        made = Made(**found)
    except (ValueError, TypeError):
        raise Refusal(f"{file} cannot be read: it was made by another version, or it is damaged.", way_out) from None
    if made.format != FORMAT:
        raise Refusal(f"The network in {file.parent} was made by another version of Sanlian.", way_out)
    return made
