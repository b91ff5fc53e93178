"""Puts the sample together: employers and their vacancies, job seekers, each at one street office. Pure."""

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from app.cli.sample.employers import SampleEmployer, make_employers
from app.cli.sample.seekers import make_seeker
from app.cli.sample.templates import Place, places, posts
from app.cli.sample.vacancies import VACANCIES, make_vacancy, share_out
from app.taxonomy.tables import Taxonomy

SEED = 440104
SEEKERS = 324


@dataclass(frozen=True)
class SampleVacancy:
    """One vacancy: the employer's uscc, and the body of `POST /v1/vacancies` without `employer_id`."""

    employer: str
    body: dict[str, Any]


@dataclass(frozen=True)
class OfficeSample:
    """What is entered at one street office, as bodies of the API."""

    region: str
    employers: tuple[dict[str, Any], ...]
    vacancies: tuple[SampleVacancy, ...]
    seekers: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Sample:
    """The whole sample, one part for each street office."""

    offices: tuple[OfficeSample, ...]

    @property
    def size(self) -> int:
        """How many employers, vacancies and seekers in all."""
        return sum(len(o.employers) + len(o.vacancies) + len(o.seekers) for o in self.offices)


def build_sample(taxonomy: Taxonomy, regions: list[str], today: date, seed: int = SEED) -> Sample:
    """The sample for street offices in `regions` (9-digit codes); the same arguments give the same sample.

    Everything is divided over the offices evenly; days on which something ends are counted from `today`.
    """
    if not regions or len(set(regions)) != len(regions):
        raise ValueError("the street offices must be at least one and all different")
    employers = make_employers(_random(seed, "employers"), regions, today)
    vacancies = _vacancies(_random(seed, "vacancies"), taxonomy, employers, today)
    random = _random(seed, "seekers")
    seekers: dict[str, list[dict[str, Any]]] = {region: [] for region in regions}
    for number in range(SEEKERS):
        home = _home(random, regions[number % len(regions)])
        seekers[regions[number % len(regions)]].append(make_seeker(random, taxonomy, number, home, today))
    return Sample(
        tuple(
            OfficeSample(
                region,
                tuple(e.body for e in employers if e.office == region),
                tuple(v for e, v in vacancies if e.office == region),
                tuple(seekers[region]),
            )
            for region in regions
        )
    )


def _random(seed: int, part: str) -> Random:
    """Each part has its own, so that a change in one leaves the others as they are."""
    return Random(f"{seed} {part}")  # noqa: S311  nothing here is secret


def _vacancies(
    random: Random, taxonomy: Taxonomy, employers: list[SampleEmployer], today: date
) -> list[tuple[SampleEmployer, SampleVacancy]]:
    """Each with its employer; of those in the trade the one with the fewest vacancies so far takes the next."""
    counts = share_out([post.posts for post in posts()], VACANCIES)
    kinds = [post for post, count in zip(posts(), counts, strict=True) for _ in range(count)]
    random.shuffle(kinds)
    held = dict.fromkeys((e.uscc for e in employers), 0)
    at_office = dict.fromkeys((e.office for e in employers), 0)
    made = []
    for number, post in enumerate(kinds, start=1):
        possible = [e for e in employers if e.trade in post.trades]
        employer = min(possible, key=lambda e: (held[e.uscc], at_office[e.office]))
        held[employer.uscc] += 1
        at_office[employer.office] += 1
        body = make_vacancy(random, taxonomy, number, post, employer, today)
        made.append((employer, SampleVacancy(employer.uscc, body)))
    return made


def _home(random: Random, office: str) -> Place:
    """Most people register where they live, or near."""
    own = [p for p in places() if p.region == office]
    near = [p for p in places() if p.region.startswith(office[:6])]
    return random.choice(random.choices([own, near, list(places())], weights=[60, 25, 15])[0])
