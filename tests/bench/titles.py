"""Titles that mean the same work, judged by people: MAP and P@5 of TitleIndex, whole and without each of its channels.

The titles are outside data: SANLIAN_EVAL_DIR holds titles/zh and titles/en, each with queries.tsv, corpus.tsv (id, tab,
title; one line of headings) and qrels.tsv as trec_eval reads it. ESCO counts where it was imported into SANLIAN_DIR.
Every figure is given for all queries and for each half of them.

    SANLIAN_EVAL_DIR=… python tests/bench/titles.py [zh] [en]
"""

import argparse
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import get_args

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a script, from anywhere

from app.taxonomy import titles
from app.taxonomy.titles import Language, TitleIndex

SHARES = ("WHOLE", "TOPIC", "CONCEPT", "FIELD", "FEEDBACK")
Judged = tuple[list[tuple[str, str]], list[tuple[str, str]], dict[str, set[str]]]


def read(folder: Path) -> Judged:
    """Queries, corpus and, by query, the titles that are relevant."""

    def pairs(name: str) -> list[tuple[str, str]]:
        lines = (folder / name).read_text("utf-8").splitlines()[1:]
        return [(id_, title) for id_, title in (line.split("\t") for line in lines)]

    relevant: dict[str, set[str]] = defaultdict(set)
    for line in (folder / "qrels.tsv").read_text("utf-8").splitlines():
        query, _, title, grade = line.split()
        if int(grade) > 0:
            relevant[query].add(title)
    return pairs("queries.tsv"), pairs("corpus.tsv"), relevant


def measured(index: TitleIndex, queries: list[tuple[str, str]], relevant: dict[str, set[str]]) -> str:
    """MAP of all queries and of their halves, and P@5."""
    precision, at_five = [], []
    for id_, text in queries:
        ranks = [rank for rank, title in enumerate(index.rank(text), 1) if title in relevant[id_]]
        precision.append(sum((n + 1) / rank for n, rank in enumerate(ranks)) / len(relevant[id_]))
        at_five.append(sum(rank <= 5 for rank in ranks) / 5)

    def mean(values: list[float]) -> float:
        return sum(values) / len(values)

    halves = mean(precision[::2]), mean(precision[1::2])
    return f"MAP {mean(precision):.3f} (halves {halves[0]:.3f} {halves[1]:.3f})  P@5 {mean(at_five):.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("languages", nargs="*", metavar="zh|en")
    languages = parser.parse_args().languages or get_args(Language)
    folder = os.environ.get("SANLIAN_EVAL_DIR")
    if folder is None:
        print("SANLIAN_EVAL_DIR is not set: nothing to measure with")
        return
    for language in languages:
        queries, corpus, relevant = read(Path(folder) / "titles" / language)
        index = TitleIndex(corpus, language)
        print(f"{language}  all channels       {measured(index, queries, relevant)}")
        for name in SHARES:
            share = getattr(titles, name)
            setattr(titles, name, 0.0)
            print(f"{language}  without {name:10s} {measured(index, queries, relevant)}")
            setattr(titles, name, share)


if __name__ == "__main__":
    main()
