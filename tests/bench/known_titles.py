"""How many of the titles people bring are understood: taken as one concept, or offered for choice.

A file of SANLIAN_EVAL_DIR is a CSV with the column title or 职位, or a TSV whose second column is the title. Offered
counts from a likeness of 60 of 100; below, what is offered is noise.

    SANLIAN_EVAL_DIR=… python tests/bench/known_titles.py [FILE …]
"""

import csv
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a script, from anywhere

from app.taxonomy.shipped import load_shipped

FILES = ("postings/postings_guangzhou.csv", "postings/postings_with_skills.csv", "titles/zh/corpus.tsv")
COLUMNS = ("title", "职位", "jobtitle")
OFFERED_FROM = 60.0


def titles(file: Path) -> list[str]:
    """The titles of a file, each once."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = csv.DictReader(opened, delimiter="\t" if file.suffix == ".tsv" else ",")
        column = next(name for name in COLUMNS if name in (rows.fieldnames or ()))
        return list(dict.fromkeys(row[column] for row in rows))


def main() -> None:
    folder = os.environ.get("SANLIAN_EVAL_DIR")
    if folder is None:
        print("SANLIAN_EVAL_DIR is not set: nothing to measure with")
        return
    index = load_shipped().occupation_index
    for name in sys.argv[1:] or FILES:
        found = titles(Path(folder) / name)
        meant = [index.resolve(title) for title in found]
        taken = sum(one.id is not None for one in meant)
        offered = sum(one.id is None and any(hit.score >= OFFERED_FROM for hit in one.choices) for one in meant)
        shares = f"taken {taken / len(found):.3f}  offered {offered / len(found):.3f}"
        print(f"{name}: {len(found)} titles  {shares}  together {(taken + offered) / len(found):.3f}")


if __name__ == "__main__":
    main()
