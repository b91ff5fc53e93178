"""tantivy: the 200 best by BM25, put in order anew by our own points. The usual two stages of a search engine.

Titles are indexed by pairs of characters, which for Chinese is better than a word list; occupation, skills, district
and street as whole terms. The second stage drops what fails a condition and gives the true points, with the engine's
own columns: no peer could do it faster.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np
import tantivy

from app.matching.engine.asked import Asked
from app.matching.engine.bits import Mask, Rows
from app.matching.engine.market import Market
from app.matching.profile import KnownListing, Profile
from app.matching.table import SCORE_TABLE
from app.taxonomy.tables import Taxonomy

CANDIDATES = 200


class Tantivy:
    """An index in memory over the rows of a market of one segment."""

    def __init__(self, market: Market, listings: dict[str, KnownListing], taxonomy: Taxonomy) -> None:
        self._market, self._taxonomy = market, taxonomy
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
        builder.add_integer_field("row", fast=True)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        writer = self._index.writer(heap_size=200_000_000, num_threads=1)
        (segment,) = market.segments
        for row, listing_id in enumerate(segment.columns.ids):
            terms = " ".join(self._terms(listings[listing_id.decode()]))
            writer.add_document(tantivy.Document(terms=[terms], row=row))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def top(self, profile: Profile, today: date) -> list[str]:
        """The ids of the best ten of the candidates."""
        found = self._searcher.search(self._question(profile), CANDIDATES, count=False).hits
        rows = np.array(self._searcher.fast_field_values("row", [at for _, at in found]), dtype=np.int64)
        (segment,) = self._market.segments
        question = self._market.asker.question(profile, today)
        asked = question.tables
        rows = rows[segment.failures(asked, rows) == 0]
        rows = rows[self._is_relevant(asked, rows)]
        bands = self._market.kernels.points(segment.columns, question, rows) // SCORE_TABLE.band
        best = np.lexsort((segment.columns.tie[rows], -bands))[:10]
        return [segment.columns.ids[row].decode() for row in rows[best]]

    def _is_relevant(self, asked: Asked, rows: Rows) -> Mask:
        (segment,) = self._market.segments
        found: Mask = asked.share[segment.columns.work[rows]] > 0
        if asked.is_proof is not None:
            found |= asked.is_proof[segment.columns.skills[rows]].any(axis=1)
        return found

    def _question(self, profile: Profile) -> tantivy.Query:
        terms = [
            tantivy.Query.term_query(self._schema, "terms", term) for term in dict.fromkeys(self._terms_of(profile))
        ]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])

    def _terms(self, one: KnownListing) -> Iterator[str]:
        if one.occupation is not None:
            yield f"o:{one.occupation}"
        yield from _pairs(one.title)
        yield from (f"s:{skill.skill or skill.stated}" for skill in one.skills)
        yield from (f"d:{one.region[:6]}", f"t:{one.region[:9]}")

    def _terms_of(self, profile: Profile) -> Iterator[str]:
        for wish in profile.wishes:
            if wish.occupation is not None:
                yield f"o:{wish.occupation}"
                yield from _pairs(self._taxonomy.occupations[wish.occupation].zh)
            else:
                yield from _pairs(wish.stated)
        yield from (f"s:{one.skill or one.stated}" for one in profile.skills or ())
        for code in (*profile.places, profile.home or ""):
            if code:
                yield from (f"d:{code[:6]}", f"t:{code[:9]}")


def _pairs(text: str) -> Iterator[str]:
    yield from (f"p:{text[place : place + 2]}" for place in range(len(text) - 1))
