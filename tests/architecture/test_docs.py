"""The manual's tables say what the code says, and its links lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.architecture.tables import DOCS, TABLES, problem_classes, with_tables

PAGES = sorted([*DOCS.rglob("*.md"), *DOCS.parent.glob("README*.md"), *DOCS.parent.glob("deploy/*.md")])


@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_table_is_in_the_manual_and_says_what_the_code_says(name: str) -> None:
    pages = [page.read_text("utf-8") for page in DOCS.glob("*.md") if f"<!-- {name} -->" in page.read_text("utf-8")]
    assert len(pages) == 1, f"no page of the manual has the table {name}"
    assert pages[0] == with_tables(pages[0]), "out of date: run `make docs`"


def test_no_two_problems_share_a_slug() -> None:
    slugs = sorted(c.slug for c in problem_classes())
    assert slugs == sorted(set(slugs))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS.parent)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_no_placeholder_is_left() -> None:
    for page in PAGES:
        assert not re.search(r"\b(TODO|TBD|FIXME|WALK|NETWORK_TABLE)\b", page.read_text("utf-8")), page


def test_both_readmes_lead_to_the_same_pages() -> None:
    english, chinese = (
        re.findall(r"\]\((docs/[^)#\s]+)", DOCS.parent.joinpath(name).read_text("utf-8"))
        for name in ("README.md", "README.zh-CN.md")
    )
    assert sorted(set(english)) == sorted(set(chinese))
