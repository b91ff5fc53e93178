"""Filters over all rows of a segment at once: the same as `filters.Filters.admit`, row by row. Pure."""

from collections.abc import Callable, Hashable, Iterator
from math import ceil

import numpy as np

from app.matching.engine import bits
from app.matching.engine.bits import Mask, Words
from app.matching.engine.facets import FACETS
from app.matching.engine.listing_rows import GUARANTEED, RowReader
from app.matching.engine.segment import Segment
from app.matching.filters import Filters, is_at_or_below, is_within

_SHIFT = [facet.name for facet in FACETS].index("shift")

_Test = tuple[Hashable, Callable[[], Mask]]


def admitted(segment: Segment, filters: Filters, reader: RowReader) -> Words:
    """The rows that are there and that `filters` admit."""
    found = segment.alive
    for key, mask in (*_by_value(segment, filters, reader), *_by_amount(segment, filters)):
        passing = segment.where(("admitted", key), mask)
        found = bits.none(segment.columns.n) if passing is None else found & passing
    return found


def _by_value(segment: Segment, filters: Filters, reader: RowReader) -> Iterator[_Test]:
    columns, values = segment.columns, reader.values
    if (area := filters.place) is not None:
        places = reader.places
        yield ("place", area), lambda: _which(is_within(code, area, places) for code in values.places)[columns.place]
    if (wanted := filters.occupation) is not None:
        concepts = reader.concepts
        yield (
            ("occupation", wanted),
            lambda: _which(
                occupation is not None and is_at_or_below(occupation, wanted, concepts)
                for occupation, _ in values.works
            )[columns.work],
        )
    if (shift := filters.shift) is not None:
        yield ("shift", shift), lambda: _which(one == shift for one in values.facets[_SHIFT])[columns.facets[_SHIFT]]


def _by_amount(segment: Segment, filters: Filters) -> Iterator[_Test]:
    columns = segment.columns
    if (fen := filters.pay_fen) is not None:
        yield ("pay", fen), lambda: np.where(columns.pay_known == GUARANTEED, columns.pay_fen, 0) >= fen
    if filters.since is not None:
        first = filters.since.toordinal()
        yield ("since", first), lambda: columns.opened_on >= first
    if filters.shown_at is not None:
        now = ceil(filters.shown_at.timestamp())  # whole, as the column is: else all of it is converted each time
        yield "shown", lambda: ~columns.is_hidden
        # What ends next changes the set; until then it is the one that is kept.
        yield ("running", int(np.searchsorted(columns.ends, now))), lambda: columns.expires >= now


def _which(found: Iterator[bool]) -> Mask:
    return np.fromiter(found, dtype=np.bool_)
