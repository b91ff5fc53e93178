"""The judged set is what it says it is: its size, its situations, its lures, and two judges who agree."""

import csv
from collections import Counter

import pytest

from app.regions.shipped import load_shipped as load_regions
from app.taxonomy.shipped import load_shipped as load_taxonomy
from tests.judged.reading import FOLDER, PARTS, JudgedSeeker, seekers

EVERY = tuple(seeker for part in PARTS for seeker in seekers(part))
SITUATIONS = {
    "no_skills",
    "occupation_only",
    "career_change",
    "part_time",
    "lodging",
    "legal_certificate",
    "4050",
    "under_18",
}


def test_there_are_sixty_seekers_and_more_over_thirteen_families_with_every_situation() -> None:
    assert len(EVERY) >= 60
    by_family: dict[str, set[str]] = {}
    for seeker in EVERY:
        by_family.setdefault(seeker.family, set()).update(seeker.situations)
    assert len(by_family) == 13
    assert all(found == SITUATIONS for found in by_family.values())


@pytest.mark.parametrize("seeker", EVERY, ids=lambda seeker: seeker.id)
def test_every_seeker_has_fifteen_posts_three_lures_and_a_near_miss(seeker: JudgedSeeker) -> None:
    grades = Counter(post.grade for post in seeker.posts)
    assert len(seeker.posts) == 15
    assert set(grades) <= {0, 1, 2, 3}
    assert grades[3] >= 1
    assert sum(post.is_lure for post in seeker.posts) == 3
    assert any(post.is_near_miss for post in seeker.posts)
    for post in seeker.posts:
        if post.is_lure or post.is_near_miss or post.fails:
            assert post.grade == 0, post.listing.id


def test_most_posts_list_no_skills() -> None:
    posts = [post for seeker in EVERY for post in seeker.posts]
    assert sum(not post.listing.skills for post in posts) >= 0.6 * len(posts)


def test_every_code_is_known() -> None:
    taxonomy, regions = load_taxonomy(), load_regions()
    for seeker in EVERY:
        for post in seeker.posts:
            assert post.listing.region in regions.by_code
            assert post.listing.occupation is None or post.listing.occupation in taxonomy.occupations
            assert all(one.skill is None or one.skill in taxonomy.skills for one in post.listing.skills)


def test_two_judges_agree() -> None:
    first = {post.listing.id: post.grade for seeker in EVERY for post in seeker.posts}
    with (FOLDER / "second_judge.csv").open(encoding="utf-8", newline="") as file:
        pairs = [(first[f"{row['seeker']}/{row['post']}"], int(row["grade"])) for row in csv.DictReader(file)]
    assert len(pairs) >= len(first) / 5
    assert _weighted_kappa(pairs) >= 0.6


def _weighted_kappa(pairs: list[tuple[int, int]]) -> float:
    """Cohen's kappa with squared weights (Cohen 1968)."""
    ours, theirs = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    observed = sum((a - b) ** 2 for a, b in pairs)
    expected = sum((a - b) ** 2 * ours[a] * theirs[b] for a in ours for b in theirs) / len(pairs)
    return 1 - observed / expected
